"""The target of a request: its operation, the route to it, and the format of the answer."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from parlour.engine.codecs import Codec
from parlour.engine.codecs.context import RequestContext
from parlour.engine.dto.errors import ApiError, MethodNotAllowed
from parlour.engine.http.forms import read_form
from parlour.engine.http.messages import Request
from parlour.engine.http.mount import has_api_routes
from parlour.engine.http.percent import NotUtf8
from parlour.engine.serving.batches import without_suffix
from parlour.engine.serving.description import ApiDescription
from parlour.engine.serving.predefined import ApiRoutes, FormatRoutes, NamedOperation, PredefinedRoutes
from parlour.engine.serving.routes import Match, RouteTable
from parlour.engine.serving.served import HANDLED_VERBS, ServedOperation

_OVERRIDE = "x-http-method-override"
_FORM = "application/x-www-form-urlencoded"


# Not frozen, since each request makes one, and a frozen one takes three times as long.
@dataclass(slots=True)
class Target:
    """Where a request goes, and the format of its answer.

    `match` is for a declared route, `named` for a predefined one. Without `served`, the request is answered with the
    error that `refusal` makes.
    """

    codec: Codec
    served: ServedOperation | None = None
    match: Match | None = None
    named: NamedOperation | None = None
    is_batch: bool = False
    refusal: Callable[[], ApiError] | None = None


class Targets:
    """The addresses of an application's operations.

    `served` are all operations, also hidden ones, by their names in lower case.
    """

    def __init__(self, served: Mapping[str, ServedOperation], api: ApiDescription) -> None:
        self._served = served
        self._api = api
        self._formats = api.formats
        self._routes = RouteTable(each.operation for each in served.values())
        self._by_operation = {each.operation: each for each in served.values()}
        self._predefined: list[PredefinedRoutes] = [FormatRoutes(api.formats)]
        if has_api_routes(api.prefix):
            self._predefined.append(ApiRoutes(api.formats))

    def target(self, verb: str, request: Request) -> Target | None:
        """The target of the request, in the variant of the format that it asks for; None if there is none."""
        # A wildcard in Accept means the format of the body, if there is one.
        key = (self, verb, bool(request.body))
        known: Target | None = request.known.get(key)
        if known is not None:
            return known
        target = self.found(verb, request)
        if target is None:
            return None
        codec = target.codec
        if not request.query and not codec.shows_request:
            if target.refusal is None:
                request.known[key] = target
            return target
        operation = None if target.served is None else target.served.operation
        path_values = target.match.named_values if target.match is not None and target.match.values else ()
        variant = codec.for_request(RequestContext(request, verb, self._api, operation, path_values))
        return target if variant is codec else dataclasses.replace(target, codec=variant)

    def found(self, verb: str, request: Request) -> Target | None:
        """The target at the request's path.

        Declared routes come first, so one may be below `/api/`.
        """
        path = request.path
        match, codec = self._declared(verb, path)
        if match is not None:
            operation = match.route.operation
            codec = codec or self._formats.wanted(request, operation.default_format)
            return Target(codec, self._by_operation[operation], match=match)
        named = next((found for kind in self._predefined if (found := kind.find(path)) is not None), None)
        name, is_batch = ("", False) if named is None else without_suffix(named.operation)
        served = self._served.get(name.lower())
        if named is None or served is None:
            allowed = self.allowed(path)
            if allowed:
                message = f"{verb} is not answered here."
                refusal = partial(MethodNotAllowed, message, headers=[("Allow", ", ".join(allowed))])
                return Target(self._suffix(path)[1] or self._formats.wanted(request), refusal=refusal)
            if named is None:
                return None
        codec = self._formats.asked_in_query(request) or named.codec or self._formats.wanted(request)
        if served is None:
            message = "The operation does not exist for this service"
            return Target(codec, refusal=partial(MethodNotAllowed, message))
        return Target(codec, served, named=named, is_batch=is_batch)

    def _declared(self, verb: str, path: str) -> tuple[Match | None, Codec | None]:
        """The declared route at a path, and the format of its suffix. A wildcard's value never includes that suffix."""
        stem, codec = self._suffix(path)
        if codec is not None:
            match = self._route(verb, stem)
            if match is not None and not match.route.has_wildcard:
                return match, codec
        return self._route(verb, path), None

    def _suffix(self, path: str) -> tuple[str, Codec | None]:
        """A path without the suffix that names a format, and that format. The whole path if it has none."""
        dot = path.rfind(".") + 1
        codec = self._formats.named(path[dot:]) if dot > path.rfind("/") else None
        return (path, None) if codec is None else (path[: dot - 1], codec)

    def _route(self, verb: str, path: str) -> Match | None:
        match = self._routes.find(verb, path)
        if verb != "HEAD" or (match is not None and verb in match.route.verbs):
            return match
        # Without a route for HEAD, the answer is about the route for GET.
        return self._routes.find("GET", path)

    def allowed(self, path: str) -> list[str]:
        """The verbs that the declared routes at a path answer, whatever its suffix."""
        found = set()
        for route in self._routes.at(self._suffix(path)[0]):
            served = self._by_operation[route.operation]
            found |= {verb for verb in served.endpoints if route.allows("GET" if verb == "HEAD" else verb)}
        return [verb for verb in HANDLED_VERBS if verb in found]


def verb_of(request: Request) -> str:
    """The request's verb, or the verb that it asks to be treated as.

    The query and a form can only replace a verb that itself changes things: a link must not change anything.
    """
    override = request.header(_OVERRIDE)
    if override is None and request.method not in ("GET", "HEAD"):
        if request.query:
            override = _override_in(request.query_values)
        if override is None and request.body and _is_form(request):
            override = _override_in(_form_fields(request, request.body))
    return override.upper() if override else request.method


def _override_in(pairs: Iterable[tuple[str, str]]) -> str | None:
    return next((value for name, value in pairs if name.lower() == _OVERRIDE), None)


def _is_form(request: Request) -> bool:
    return (request.header("content-type") or "")[: len(_FORM)].lower() == _FORM


def _form_fields(request: Request, body: bytes) -> Sequence[tuple[str, str]]:
    """The fields of a URL-encoded form that may name a verb. Empty if the form cannot be read completely."""
    if _OVERRIDE.encode() not in body.lower():
        return ()
    try:
        form = read_form(request.header("content-type") or "", body)
    except ApiError:
        # Binding reports what is wrong with it.
        return ()
    is_whole = form.is_utf8 and not any(isinstance(value, NotUtf8) for _, value in form.fields)
    return form.fields if is_whole else ()
