"""The engine: typed operations over HTTP. It knows nothing about chats, SQL or mail.

Most names that applications need are imported from here. Rules are in `rules` and `serving.request_rules`, operations
to register in `accounts` and `events`, accounts in memory in `testing`.

The rooms import in one direction only, so the serving room knows no page. The formats and pages are put together here.
"""

from collections.abc import Sequence
from functools import partial

from parlour.engine.accounts.authentication import AccountsAuthentication
from parlour.engine.codecs import Profile
from parlour.engine.codecs.standard import standard_codecs
from parlour.engine.dto.declare import (
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
from parlour.engine.dto.errors import (
    ApiError,
    Conflict,
    FieldError,
    Forbidden,
    NotFound,
    ResponseStatus,
    Unauthorized,
    ValidationError,
)
from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.events import EventOptions, Listener, ServerEvents
from parlour.engine.events.channel_access import EventAccess
from parlour.engine.http.asgi import AsgiApp, BodyLimits
from parlour.engine.http.cors import Cors
from parlour.engine.http.messages import HttpResult, Request, Response
from parlour.engine.http.proxies import TrustedProxies
from parlour.engine.http.uploads import UploadedFile
from parlour.engine.pages.answer_page import answer_surroundings
from parlour.engine.pages.api_index import ApiIndex
from parlour.engine.pages.metadata_pages import MetadataPages
from parlour.engine.pages.openapi import OpenApi
from parlour.engine.references import LANGUAGES
from parlour.engine.references.endpoint import TypeReferences
from parlour.engine.serving.description import PageFactory, Streams
from parlour.engine.serving.handlers import DirectHandler, Exchange, Handler, InlineUnits, Services, UnitOfWork
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.pipeline import Engine
from parlour.engine.serving.principals import ApiKey, Authentication, Principal

__all__ = [
    "EMPTY_GUID",
    "MIN_DATETIME",
    "STANDARD_PAGES",
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
    "EngineOptions",
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
    "standard_engine",
    "tag",
    "validate_request",
]

STANDARD_PAGES: Sequence[PageFactory] = (
    ApiIndex,
    OpenApi,
    partial(MetadataPages, languages=LANGUAGES),
    TypeReferences,
)
"""The pages beside the operations: the index at `/api`, OpenAPI, `/metadata` and `/types`."""


def standard_engine(
    services: Services,
    units: UnitOfWork = InlineUnits(),  # noqa: B008 - keeps nothing
    *,
    pages: Sequence[PageFactory] = STANDARD_PAGES,
    authentication: Authentication | None = None,
    events: ServerEvents | None = None,
    protocols: Sequence[Streams] = (),
    options: EngineOptions = EngineOptions(),  # noqa: B008 - frozen
) -> Engine:
    """Return an engine with all formats, and with all pages unless `pages` says otherwise.

    Raises DeclarationError if something is declared wrongly.
    """
    return Engine(
        services,
        units,
        codecs=standard_codecs(options.profile, answer_surroundings),
        pages=pages,
        authentication=authentication,
        events=events,
        protocols=protocols,
        options=options,
    )
