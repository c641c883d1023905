"""The wire of signing in, over accounts that live in a dictionary: what a host without Parlour's tables sees."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parlour.contract.auth import Identified, Principal
from parlour.contract.credentials import Presented, presented
from parlour.contract.declare import Guid
from parlour.contract.errors import ApiError, Unauthorized
from parlour.contract.handlers import DirectHandler, Exchange, Services, UnitOfWork
from parlour.contract.http import HttpResult, Request
from parlour.contract.metadata import dto_type, operation_of
from parlour.contract.sign_in import (
    CHALLENGE,
    Attempt,
    Authenticate,
    AuthenticateLogout,
    AuthenticateResponse,
    GetAccessToken,
    GetAccessTokenResponse,
    Profile,
    SignedIn,
    Token,
    register,
)

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
DAY = timedelta(days=1)
ANN = Principal(user_id=Guid("1"), user_name="ann", display_name="ANN", roles=frozenset({"Agent"}))


class Units:
    """Units of work on nothing."""

    async def read(self, work: Callable[[Any], Any]) -> Any:
        return work(None)

    write = read

    async def apart(self, work: Callable[[], Any]) -> Any:
        return work()


class Stub:
    """One user, `ann`, whose password is `p`, and one token of each kind."""

    challenge = CHALLENGE
    admin_role = "Admin"

    async def credentials(self, request: Request, units: UnitOfWork) -> Presented | None:
        return presented(request)

    def identify(self, credentials: Presented | None, tx: Any) -> Identified:
        if credentials is not None and credentials.bearer == "access":
            return Identified(ANN, provider="jwt")
        return Identified()

    async def sign_in(self, attempt: Attempt, units: UnitOfWork) -> SignedIn:
        if (attempt.user_name, attempt.password) != ("ann", "p"):
            raise Unauthorized("Invalid Username or Password")
        return SignedIn(ANN, "secret", Token("access", NOW + DAY, DAY), Token("refresh", NOW + 9 * DAY, 9 * DAY), NOW)

    async def refresh(self, refresh_token: str, units: UnitOfWork) -> Token:
        if refresh_token != "refresh":
            raise ApiError("Token is invalid", code="ArgumentException")
        return Token("fresh", NOW + DAY, DAY)

    async def sign_out(self, request: Request, units: UnitOfWork) -> None:
        return None

    def profile_of(self, principal: Principal) -> Profile:
        return Profile(session_id="s")


def call(
    dto: Any,
    method: str = "POST",
    target: str = "/",
    headers: Mapping[str, str] | None = None,
    *,
    format_name: str = "json",
    in_cookies: bool = True,
) -> Any:
    services, stub = Services(), Stub()
    register(services, stub, stub, tokens_in_cookies=in_cookies, known_roles=["Agent", "Boss"])
    handlers = services.handlers[type(dto)]
    handler = handlers.get(method) or handlers["ANY"]
    assert isinstance(handler, DirectHandler)
    path, _, query = target.partition("?")
    given = [("host", "parlour.test"), *(headers or {}).items()]
    request = Request(method=method, path=path, query=query, headers=given)
    return asyncio.run(_answered(handler, dto, Exchange(request, Units(), format_name)))


async def _answered(handler: DirectHandler, dto: Any, exchange: Exchange) -> Any:
    return await handler.function(dto, exchange)


def signing_in(**changes: Any) -> Authenticate:
    return Authenticate(**({"provider": "credentials", "user_name": "ann", "password": "p"} | changes))


def set_cookies(result: HttpResult) -> list[str]:
    return [value for name, value in result.headers if name == "Set-Cookie"]


def test_members_stand_in_the_order_of_the_contract() -> None:
    names = [member.wire_name for member in dto_type(Authenticate).xml_properties]

    assert names[:4] == ["provider", "UserName", "Password", "RememberMe"]
    assert [member.wire_name for member in dto_type(AuthenticateResponse).xml_properties] == [
        *("UserId", "SessionId", "UserName", "DisplayName", "ReferrerUrl", "BearerToken", "RefreshToken"),
        *("RefreshTokenExpiry", "ProfileUrl", "Roles", "Permissions", "AuthProvider", "ResponseStatus", "Meta"),
    ]


def test_the_literal_route_of_signing_out_is_beside_that_of_providers() -> None:
    assert [route.path for route in operation_of(AuthenticateLogout).routes] == ["/auth/logout"]
    assert "/auth/{provider}" in [route.path for route in operation_of(Authenticate).routes]


def test_cookies_are_written_as_clients_know_them() -> None:
    result = call(signing_in())

    first, *others = set_cookies(result)
    assert first == "ss-id=secret; path=/; samesite=lax; httponly"
    assert others[1].startswith("ss-opt=temp; expires=")
    assert others[-2:] == [
        "ss-tok=access; expires=Mon, 23 Nov 2026 18:00:00 GMT; max-age=86400; path=/; samesite=lax; httponly",
        "ss-reftok=refresh; expires=Tue, 01 Dec 2026 18:00:00 GMT; max-age=777600; path=/; samesite=lax; httponly",
    ]


def test_only_the_session_cookie_that_counts_holds_the_secret() -> None:
    temporary = [value.partition(";")[0] for value in set_cookies(call(signing_in()))]
    permanent = [value.partition(";")[0] for value in set_cookies(call(signing_in(remember_me=True)))]

    assert temporary[0] == "ss-id=secret" and temporary[1] != "ss-pid=secret"
    assert permanent[1] == "ss-pid=secret" and permanent[0] != "ss-id=secret"


def test_tokens_in_the_body_are_in_the_body_alone() -> None:
    result = call(signing_in(), in_cookies=False)

    assert (result.body.bearer_token, result.body.refresh_token) == ("access", "refresh")
    assert result.body.refresh_token_expiry == NOW + 9 * DAY
    assert not any("ss-tok" in value for value in set_cookies(result))


def test_a_user_name_without_a_provider_signs_in_and_a_provider_without_one_does_not() -> None:
    assert call(signing_in(provider=None)).body.user_id == "1"
    with pytest.raises(Unauthorized, match="Not Authenticated"):
        call(Authenticate())
    with pytest.raises(ApiError, match="must not be empty"):
        call(Authenticate(provider="credentials"))


def test_asking_who_is_signed_in_gives_no_tokens() -> None:
    result = call(Authenticate(), "GET", headers={"authorization": "Bearer access"})

    assert (result.body.user_id, result.body.auth_provider, result.body.roles) == ("1", "jwt", ["Agent"])
    assert result.headers == ()


def test_a_refresh_answers_the_way_it_was_asked() -> None:
    in_body = call(GetAccessToken(refresh_token="refresh"), in_cookies=False)
    by_cookie = call(GetAccessToken(), headers={"cookie": "ss-reftok=refresh"}, in_cookies=False)

    assert in_body == GetAccessTokenResponse(access_token="fresh")
    assert by_cookie.body == GetAccessTokenResponse()
    assert set_cookies(by_cookie)[0].startswith("ss-tok=fresh;")


# Browsers


@pytest.mark.parametrize(
    ("target", "headers", "location"),
    [
        ("/auth/credentials?continue=/x", {}, "/x"),
        ("/auth/credentials?redirect=/y", {}, "/y"),
        ("/auth/credentials?continue=http://parlour.test/z", {}, "http://parlour.test/z"),
        ("/auth/credentials", {"referer": "http://parlour.test/login?a=b"}, "http://parlour.test/login?a=b"),
        ("/auth/credentials?continue=/%D0%B6", {}, "/%D0%B6"),
    ],
)
def test_a_form_leads_back_to_where_it_says(target: str, headers: dict[str, str], location: str) -> None:
    result = call(signing_in(), target=target, headers=headers, format_name="html")

    assert (result.status, ("Location", location) in result.headers) == (302, True)
    assert len(set_cookies(result)) == 6


def test_a_form_that_fails_leads_back_with_the_reason() -> None:
    result = call(signing_in(password="x"), target="/auth/credentials?continue=/x", format_name="html")

    assert ("Location", "/x?f=Invalid+Username+or+Password") in result.headers
    assert set_cookies(result) == []


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "https://[",
        "/x%0aSet-Cookie:a",
        "x",
    ],
)
def test_a_form_leads_nowhere_else(address: str) -> None:
    with pytest.raises(ApiError, match="External Redirects are not permitted"):
        call(signing_in(), target=f"/auth/credentials?continue={address}", format_name="html")


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/auth/credentials", {}),
        ("/auth/credentials?noredirect&continue=/x", {}),
        ("/auth/credentials", {"referer": "http://evil.example/"}),
    ],
)
def test_without_an_address_to_lead_to_the_answer_is_told(target: str, headers: dict[str, str]) -> None:
    assert call(signing_in(), target=target, headers=headers, format_name="html").status == 200


def test_programs_are_never_led_anywhere() -> None:
    assert call(signing_in(), target="/auth/credentials?continue=/x").status == 200


def test_signing_out_leads_back_too() -> None:
    result = call(AuthenticateLogout(), target="/auth/logout?continue=/bye", format_name="html")

    assert (result.status, ("Location", "/bye") in result.headers) == (302, True)


# Credentials


def presented_by(**headers: str) -> Presented | None:
    given = [(name.replace("_", "-").lower(), value) for name, value in headers.items()]
    return presented(Request(method="GET", path="/", headers=given))


def test_the_option_says_which_session_cookie_counts() -> None:
    ids = "ss-id=a; ss-pid=b"

    assert presented_by(cookie=ids) == Presented(session="a")
    assert presented_by(cookie=f"{ids}; ss-opt=temp") == Presented(session="a")
    assert presented_by(cookie=f"{ids}; ss-opt=perm") == Presented(session="b")
    assert presented_by(cookie=ids, x_ss_pid="c", x_ss_opt="perm") == Presented(session="c")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic", "Basic !!!", "Basic YW5u", "Basic YWsteDo=", "Foo x"]
)
def test_half_a_header_presents_nothing(header: str) -> None:
    assert presented_by(authorization=header) is None
    assert presented_by(authorization=header, cookie="ss-tok=t") == Presented(token_cookie="t")


def test_a_password_may_hold_colons_and_any_letters() -> None:
    assert presented_by(authorization="Basic YW5uOnA6w6k=") == Presented(basic=("ann", "p:é"))
