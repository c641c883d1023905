"""The contract engine: DTOs and HTTP. Knows nothing of chats, SQL or mail.

What nearly every application needs is imported from here. Beside it stand `validation` and `request_rules` (the rules),
`sign_in` and its neighbours (operations to register), `memory_accounts`, `events` and the modules they name.
"""

from parlour.engine.asgi import AsgiApp, BodyLimits
from parlour.engine.auth import ApiKey, Principal
from parlour.engine.authentication import AccountsAuthentication
from parlour.engine.codecs import Profile
from parlour.engine.cors import Cors
from parlour.engine.declare import (
    EMPTY_GUID,
    MIN_DATETIME,
    ApiMember,
    Files,
    Guid,
    answers_with,
    hidden,
    namespace,
    new_guid,
    requires_any_permission,
    requires_any_role,
    requires_api_key,
    requires_authentication,
    requires_permission,
    requires_role,
    returns,
    route,
    tag,
    validate_request,
)
from parlour.engine.errors import (
    ApiError,
    Conflict,
    FieldError,
    Forbidden,
    NotFound,
    ResponseStatus,
    Unauthorized,
    ValidationError,
)
from parlour.engine.events import EventOptions, Listener, ServerEvents
from parlour.engine.events.access import EventAccess
from parlour.engine.handlers import DirectHandler, Exchange, Handler, InlineUnits, Services, UnitOfWork
from parlour.engine.http import HttpResult, Request, Response
from parlour.engine.metadata import DeclarationError
from parlour.engine.pipeline import Engine
from parlour.engine.proxies import TrustedProxies
from parlour.engine.uploads import UploadedFile

__all__ = [
    "EMPTY_GUID",
    "MIN_DATETIME",
    "AccountsAuthentication",
    "ApiError",
    "ApiKey",
    "ApiMember",
    "AsgiApp",
    "BodyLimits",
    "Conflict",
    "Cors",
    "DeclarationError",
    "DirectHandler",
    "Engine",
    "EventAccess",
    "EventOptions",
    "Exchange",
    "FieldError",
    "Files",
    "Forbidden",
    "Guid",
    "Handler",
    "HttpResult",
    "InlineUnits",
    "Listener",
    "NotFound",
    "Principal",
    "Profile",
    "Request",
    "Response",
    "ResponseStatus",
    "ServerEvents",
    "Services",
    "TrustedProxies",
    "Unauthorized",
    "UnitOfWork",
    "UploadedFile",
    "ValidationError",
    "answers_with",
    "hidden",
    "namespace",
    "new_guid",
    "requires_any_permission",
    "requires_any_role",
    "requires_api_key",
    "requires_authentication",
    "requires_permission",
    "requires_role",
    "returns",
    "route",
    "tag",
    "validate_request",
]
