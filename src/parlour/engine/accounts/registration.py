"""Lets people create their own accounts. An application opts in to it.

The operations are those of docs/wire/authentication.md#registration.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Protocol

from parlour.engine.accounts.credentials import LONGEST_NAME, LONGEST_PASSWORD, Client, Presented, client_of, presented
from parlour.engine.accounts.issuing import Issuing
from parlour.engine.accounts.sessions import SignedIn, UserProfile
from parlour.engine.dto.declare import DataMember, Secret, data_contract, namespace, returns, route
from parlour.engine.dto.errors import (
    FRAMEWORK,
    HIDDEN,
    TYPES_NAMESPACE,
    ApiError,
    FieldError,
    MethodNotAllowed,
    ResponseStatus,
    RuleErrors,
)
from parlour.engine.dto.metadata import TypeRef
from parlour.engine.http.messages import HttpResult
from parlour.engine.http.origins import ForeignPage
from parlour.engine.rules.rules import Email, MaximumBytes, MaximumLength
from parlour.engine.serving.handlers import DirectHandler, Exchange, Services, UnitOfWork
from parlour.engine.serving.principals import Authentication, Principal, identified

_TEXT = TypeRef("string")


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class RegisterResponse:
    """The account, and with `AutoLogin` what signing in to it gives."""

    user_id: Annotated[str | None, DataMember(order=1)] = None
    session_id: Annotated[str | None, DataMember(order=2)] = None
    user_name: Annotated[str | None, DataMember(order=3)] = None
    referrer_url: Annotated[str | None, DataMember(order=4)] = None
    bearer_token: Annotated[str | None, DataMember(order=5)] = field(default=None, repr=False)
    refresh_token: Annotated[str | None, DataMember(order=6)] = field(default=None, repr=False)
    refresh_token_expiry: Annotated[datetime | None, DataMember(order=7)] = None
    roles: Annotated[list[str] | None, DataMember(order=8)] = None
    permissions: Annotated[list[str] | None, DataMember(order=9)] = None
    redirect_url: Annotated[str | None, DataMember(order=10)] = None
    response_status: Annotated[ResponseStatus | None, DataMember(order=11)] = None
    meta: Annotated[dict[str, str] | None, DataMember(order=12)] = None


@route("/register", "POST PUT")
@returns(RegisterResponse)
@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class Register:
    """Makes an account, known by a user name, an e-mail address or both."""

    user_name: Annotated[str | None, DataMember(order=1), MaximumLength(LONGEST_NAME)] = None
    first_name: Annotated[str | None, DataMember(order=2), MaximumLength(LONGEST_NAME)] = None
    last_name: Annotated[str | None, DataMember(order=3), MaximumLength(LONGEST_NAME)] = None
    display_name: Annotated[str | None, DataMember(order=4), MaximumLength(LONGEST_NAME)] = None
    email: Annotated[str | None, DataMember(order=5), MaximumLength(LONGEST_NAME)] = None
    password: Annotated[str | None, DataMember(order=6), Secret(), MaximumBytes(LONGEST_PASSWORD)] = field(
        default=None, repr=False
    )
    confirm_password: Annotated[str | None, DataMember(order=7), Secret(), MaximumBytes(LONGEST_PASSWORD)] = field(
        default=None, repr=False
    )
    auto_login: Annotated[bool | None, DataMember(order=8)] = None
    error_view: Annotated[str | None, DataMember(order=9)] = None
    meta: Annotated[dict[str, str] | None, DataMember(order=10)] = None


class Registry(Protocol):
    """Sessions that people may add themselves to."""

    async def is_taken(self, name: str, units: UnitOfWork) -> bool:
        """Whether a user name or an e-mail address is taken."""
        ...

    async def enrol(self, request: Register, units: UnitOfWork) -> Principal:
        """Adds an account. Raises Conflict if its name or address has been taken meanwhile."""
        ...

    async def start_session(
        self, principal: Principal, client: Client, shown: Presented | None, units: UnitOfWork
    ) -> SignedIn:
        """As `Sessions.start_session`."""
        ...

    def profile_of(self, principal: Principal) -> UserProfile:
        """As `Sessions.profile_of`."""
        ...


def register(
    services: Services,
    registry: Registry,
    authentication: Authentication,
    *,
    tokens_in_cookies: bool = True,
) -> None:
    """Adds the operation."""
    registering = _Registering(registry, authentication, Issuing(tokens_in_cookies=tokens_in_cookies))
    handler = DirectHandler(registering.register, is_costly=True)
    services.add(Register, service="RegisterService", post=handler, put=handler)


@dataclass(frozen=True, slots=True)
class _Registering:
    registry: Registry
    authentication: Authentication
    issuing: Issuing

    async def register(self, request: Register, exchange: Exchange) -> HttpResult:
        wrong = [*_field_errors(request), *await self._taken_names(request, exchange.units)]
        if wrong:
            raise RuleErrors(sorted(wrong, key=lambda each: _ORDER.index(each.field_name)))
        if await self._is_signed_in(exchange):
            raise MethodNotAllowed(
                "Updating existing User is not enabled. Sign out to register a new User.", code="NotSupportedException"
            )
        if request.auto_login and exchange.is_foreign:
            raise ForeignPage
        principal = await self.registry.enrol(request, exchange.units)
        response = RegisterResponse(user_id=principal.user_id, user_name=principal.user_name)
        if not request.auto_login:
            return HttpResult(body=response)
        http = exchange.http
        signed_in = await self.registry.start_session(principal, client_of(http), presented(http), exchange.units)
        response.session_id = self.registry.profile_of(signed_in.principal).session_id
        response.roles = sorted(principal.roles)
        response.permissions = sorted(principal.permissions)
        headers = self.issuing.session(signed_in, exchange.http, is_permanent=False)
        headers += self.issuing.tokens(signed_in, response, exchange.http)
        return HttpResult(body=response, headers=headers)

    async def _taken_names(self, request: Register, units: UnitOfWork) -> list[FieldError]:
        given = (("UserName", "User Name", "Username", request.user_name), ("Email", "Email", "Email", request.email))
        return [
            _wrong(member, shown, value, "AlreadyExists", f"{label} already exists")
            for member, shown, label, value in given
            if value and await self.registry.is_taken(value, units)
        ]

    async def _is_signed_in(self, exchange: Exchange) -> bool:
        try:
            return (await identified(self.authentication, exchange.http, exchange.units)).principal is not None
        except ApiError:
            return False


_ORDER = ("Password", "ConfirmPassword", "UserName", "Email")
"""The order in which wrong members are reported."""


def _field_errors(request: Register) -> Iterator[FieldError]:
    if _is_blank(request.password):
        yield _empty("Password", "Password", request.password and HIDDEN)
    if request.confirm_password and request.confirm_password != request.password:
        compared: dict[str, str | None] = {"ComparisonValue": HIDDEN, "ComparisonProperty": "Password"}
        yield _wrong(
            "ConfirmPassword",
            "Confirm Password",
            HIDDEN,
            "PasswordsShouldMatch",
            "Passwords should match!",
            compared,
        )
    if _is_blank(request.user_name) and _is_blank(request.email):
        yield _empty("UserName", "User Name", request.user_name)
    if _is_blank(request.user_name):
        if _is_blank(request.email):
            yield _empty("Email", "Email", request.email)
        if request.email is not None and not Email().holds(request.email, _TEXT):
            yield _wrong("Email", "Email", request.email, "Email", "'Email' is not a valid email address.")


def _is_blank(text: str | None) -> bool:
    return not (text or "").strip()


def _empty(member: str, shown: str, value: str | None) -> FieldError:
    return _wrong(member, shown, value, "NotEmpty", f"'{shown}' must not be empty.")


def _wrong(
    member: str, shown: str, value: str | None, code: str, message: str, meta: dict[str, str | None] | None = None
) -> FieldError:
    return FieldError(member, message, code, {**(meta or {}), "PropertyName": shown, "PropertyValue": value})
