"""The errors that a client can cause and act on, and the DTOs that report them.

Each class has one HTTP status and one `ErrorCode`; some codes are names of exceptions, which clients
compare (docs/wire/errors.md#statuses). Anything that is not an ApiError is a bug and is answered as a bare 500.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Self, overload

from parlour.engine.dto.declare import DataMember, data_contract, namespace

FRAMEWORK = "ServiceStack"
TYPES_NAMESPACE = "http://schemas.servicestack.net/types"

HIDDEN = "***"
"""Replaces secret values in errors."""

MAX_FIELD_ERRORS = 100
"""The most field errors that an answer lists. Clients can cause any number, and nobody reads more."""

MAX_SHOWN = 50
"""The most characters of a wrong value or a map's key that an error repeats."""

MAX_COUNTED = 10_000
"""Readers stop counting field errors here. Each takes a microsecond, while all other requests wait."""

UNLISTED = "UnlistedErrors"
"""The key in `Meta` for the number of field errors that are not listed."""


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class ResponseError:
    """One invalid member of a request."""

    error_code: Annotated[str | None, DataMember(order=1)] = None
    field_name: Annotated[str | None, DataMember(order=2)] = None
    message: Annotated[str | None, DataMember(order=3)] = None
    meta: Annotated[dict[str, str | None] | None, DataMember(order=4)] = None


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class ResponseStatus:
    """The reason why a request failed. Null if it did not fail."""

    error_code: Annotated[str | None, DataMember(order=1)] = None
    message: Annotated[str | None, DataMember(order=2)] = None
    stack_trace: Annotated[str | None, DataMember(order=3)] = None
    errors: Annotated[list[ResponseError] | None, DataMember(order=4)] = None
    meta: Annotated[dict[str, str] | None, DataMember(order=5)] = None


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class ErrorResponse:
    """The response to a request that failed before its operation ran."""

    response_status: Annotated[ResponseStatus | None, DataMember(order=1)] = None


@dataclass(frozen=True, slots=True)
class FieldError:
    """The error of one member. `field_name` is declared (`Chat.ChatMembers[0].UserId`), `meta` has the placeholders."""

    field_name: str
    message: str
    error_code: str
    meta: Mapping[str, str | None] = field(default_factory=dict)


class FieldErrors(Sequence[FieldError]):
    """The field errors of a request in order. The first hundred are listed, the others are counted."""

    __slots__ = ("_listed", "unlisted")

    def __init__(self, found: Iterable[FieldError] = ()) -> None:
        self._listed: list[FieldError] = []
        self.unlisted = 0
        # Every request has one that stays empty.
        if found:
            self.extend(found)

    def __len__(self) -> int:
        return len(self._listed)

    @overload
    def __getitem__(self, index: int) -> FieldError: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[FieldError]: ...
    def __getitem__(self, index: int | slice) -> FieldError | Sequence[FieldError]:
        return self._listed[index]

    def append(self, errors: FieldError) -> None:
        self.add(lambda: errors)

    def add(self, make: Callable[[], FieldError]) -> None:
        """Adds the error that `make` returns. `make` is not called for an error that is only counted."""
        if len(self._listed) < MAX_FIELD_ERRORS:
            self._listed.append(make())
        else:
            self.unlisted += 1

    def extend(self, found: Iterable[FieldError]) -> None:
        for each in found:
            self.append(each)
        self.unlisted += found.unlisted if isinstance(found, FieldErrors) else 0


class ApiError(Exception):
    """An error that the client caused and can act on.

    `code` and `status` default to those of the class. `errors` are the first hundred field errors, and `field_errors`
    also counts the others. `headers` are sent with the response.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "BadRequest"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        errors: Iterable[FieldError] = (),
        meta: Mapping[str, str] | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.error_code = code or type(self).code
        self.http_status = status or type(self).status
        self.field_errors = FieldErrors(errors)
        self.errors = tuple(self.field_errors)
        self.meta = meta
        self.headers = tuple(headers)

    @classmethod
    def like(cls, error: "ApiError", headers: Iterable[tuple[str, str]] = ()) -> Self:
        """The same failure with more `headers`, to be raised `from error`: no error is changed after it was raised."""
        return cls(
            error.message,
            code=error.error_code,
            status=error.http_status,
            errors=error.field_errors,
            meta=error.meta,
            headers=(*headers, *error.headers),
        )


class BindingError(ApiError):
    """Raised when a request cannot be read: a value is wrong, or the body is not in the format it claims."""

    code = "SerializationException"


class BodyError(BindingError):
    """Raised when a body as a whole cannot be read.

    Its message is only the reason. `serving/binding.py` prepends a sentence with content type and request type.
    """


class ValidationError(ApiError):
    """Raised by a service when members break its own rules. The code is that of the first error.

    The message is that of the first error, followed by a list if there are several.
    """

    def __init__(self, errors: Iterable[FieldError]) -> None:
        field_errors = FieldErrors(errors)
        listed = tuple(field_errors)
        super().__init__(self._summary(listed), code=listed[0].error_code, errors=field_errors)

    def _summary(self, found: Sequence[FieldError]) -> str:
        if len(found) == 1:
            return found[0].message
        listed = "".join(f"\n  - {errors.message} [{errors.field_name}]" for errors in found)
        return f"{found[0].message}\n{listed}"


class RuleErrors(ValidationError):
    """Raised by the pipeline when members break their declared rules. Code and message are those of the first error."""

    def _summary(self, found: Sequence[FieldError]) -> str:
        return found[0].message


def raise_field_errors(declared: Iterable[FieldError], found: Iterable[FieldError] = ()) -> None:
    """Raises RuleErrors with all field errors, first those of declared rules, then those `found`.

    A member that breaks a declared rule gets no further errors. `found` may raise an ApiError to stop, such as for a
    thing that the caller may not see. It is raised unless there were errors before.
    """
    errors = FieldErrors(declared)
    named = {each.field_name for each in errors}
    try:
        # One by one, to keep the errors found before it raises.
        for each in found:
            if each.field_name not in named:
                errors.append(each)
    except ApiError:
        if not errors:
            raise
    if errors:
        raise RuleErrors(errors)


class Unauthorized(ApiError):
    """Raised when the caller is not signed in, or the session or token is not valid."""

    status = 401
    code = "Unauthorized"


class TokenError(Unauthorized):
    """Raised when a token has expired or was ended. Clients then refresh it."""

    code = "TokenException"


class Forbidden(ApiError):
    """Raised when the caller lacks a role. For things that only other people may see, NotFound is raised."""

    status = 403
    code = "Forbidden"


class NotFound(ApiError):
    """Raised when a thing does not exist, or when this caller may not see it."""

    status = 404
    code = "NotFound"


class MethodNotAllowed(ApiError):
    """Raised when the address or the operation does not support the verb."""

    status = 405
    code = "NotImplementedException"


class Conflict(ApiError):
    """Raised when the request conflicts with stored data."""

    status = 409
    code = "Conflict"


class AnotherUser(ApiError):
    """Raised when the header `Expected-User` names another user than the one whom the credentials belong to."""

    status = 412
    code = "AnotherUser"

    def __init__(self) -> None:
        super().__init__("The header Expected-User names another user than the one who is signed in here.")


class PayloadTooLarge(ApiError):
    """Raised when a body is larger than its limit, or when the answers of a batch are."""

    status = 413
    code = "PayloadTooLarge"


class TooManyRequests(ApiError):
    """Raised when a caller tries something too often. `Retry-After` says when to try again."""

    status = 429
    code = "TooManyRequests"


class ServiceUnavailable(ApiError):
    """Raised when the server cannot work at the moment. `Retry-After` says when to try again."""

    status = 503
    code = "ServiceUnavailable"


def missing_argument(name: str) -> ApiError:
    """The error for a missing argument that an operation requires."""
    code, message = "ArgumentNullException", "Value cannot be null."
    return ApiError(f"{message} (Parameter '{name}')", code=code, errors=[FieldError(name, message, code)])


def response_status(error: ApiError, more_meta: Mapping[str, str] | None = None) -> ResponseStatus:
    """`error` as it is sent, with `more_meta` added to its `Meta`.

    Text that could start a script is escaped, since clients show it in pages.
    """
    message, meta = error.message, {**(error.meta or {}), **(more_meta or {})}
    if unlisted := error.field_errors.unlisted:
        message = f"{message}\n{unlisted_text(unlisted)}"
        meta[UNLISTED] = str(unlisted)
    return ResponseStatus(
        error_code=error.error_code,
        message=_defused(message),
        errors=[
            ResponseError(
                error_code=errors.error_code,
                field_name=errors.field_name,
                message=errors.message,
                meta=dict(errors.meta) or None,
            )
            for errors in error.errors
        ],
        meta=meta or None,
    )


def unlisted_text(unlisted: int) -> str:
    """The sentence that says how many errors are not listed."""
    at_least = "At least " if unlisted >= MAX_COUNTED - MAX_FIELD_ERRORS else ""
    return f"{at_least}{unlisted:,} more failures are not listed."


def shown(text: str) -> str:
    """The start of a client's text, as an error repeats it."""
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "..."


def _defused(message: str) -> str:
    if "<script" not in message.lower():
        return message
    return message.replace("<", "&lt;").replace(">", "&gt;")
