"""The contract engine: DTOs and HTTP. Knows nothing of chats, SQL or mail.

What nearly every application needs is imported from here. Beside it stand `validation` and `request_rules` (the rules),
`sign_in` and its neighbours (operations to register), `memory_accounts`, `events` and the modules they name.
"""

from parlour.contract.asgi import AsgiApp, BodyLimits
from parlour.contract.auth import ApiKey, Principal
from parlour.contract.authentication import AccountsAuthentication
from parlour.contract.codecs import Profile
from parlour.contract.cors import Cors
from parlour.contract.declare import (
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
from parlour.contract.errors import (
    ApiError,
    Conflict,
    FieldError,
    Forbidden,
    NotFound,
    ResponseStatus,
    Unauthorized,
    ValidationError,
)
from parlour.contract.events import EventOptions, Listener, ServerEvents
from parlour.contract.events.access import EventAccess
from parlour.contract.handlers import DirectHandler, Exchange, Handler, InlineUnits, Services, UnitOfWork
from parlour.contract.http import HttpResult, Request, Response
from parlour.contract.metadata import DeclarationError
from parlour.contract.pipeline import Engine
from parlour.contract.proxies import TrustedProxies
from parlour.contract.uploads import UploadedFile

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
