"""The way of one request: address, format, DTO, caller, rules, handler, answer.

Everything that can be known beforehand is compiled when an engine is made: routes, readers, the writers that programs
use, rules and which handler answers which verb. A request looks up and calls.
"""

import dataclasses
import logging
from collections.abc import Awaitable, Callable, Container, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from parlour.engine.accounts.redirects import login_address
from parlour.engine.codecs import Codec
from parlour.engine.dto.errors import (
    ApiError,
    ErrorResponse,
    FieldErrors,
    MethodNotAllowed,
    NotFound,
    ServiceUnavailable,
    raise_field_errors,
)
from parlour.engine.dto.metadata import DeclarationError, dto_type, operation_of
from parlour.engine.events import ServerEvents
from parlour.engine.http.conditional import not_modified_or
from parlour.engine.http.cookies import without_replaced
from parlour.engine.http.cors import CrossOrigin
from parlour.engine.http.messages import VARY, Answer, Headers, HttpResult, Request, Response
from parlour.engine.http.mount import Mount
from parlour.engine.http.origins import Origins
from parlour.engine.http.percent import escaped
from parlour.engine.serving.admission import Admission, Admitted, Endpoint
from parlour.engine.serving.answers import FailureShape
from parlour.engine.serving.batches import BatchLimits, BatchRun
from parlour.engine.serving.debugging import inner_messages, stack_trace
from parlour.engine.serving.description import ApiDescription, PageFactory
from parlour.engine.serving.handlers import (
    DirectHandler,
    Exchange,
    Handler,
    InlineUnits,
    Services,
    UnitOfWork,
)
from parlour.engine.serving.negotiation import Formats, asks_for_script
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.principals import Authentication, Principal
from parlour.engine.serving.served import HANDLED_VERBS, ServedOperation, compiled
from parlour.engine.serving.targets import Target, Targets, verb_of

# What keeps a unit of work from running is over in a moment, or lasts until somebody sees to it.
RETRY_SECONDS = 5

_logger = logging.getLogger("parlour")


class InternalError(ApiError):
    """What a caller is told of a bug: nothing."""

    status = 500
    code = "InternalServerError"
    stack_trace: str | None = None


class _Undone(Exception):
    """Raised in a unit of work whose result is wanted, and nothing that it has written."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


@dataclass(slots=True, kw_only=True)
class _Call(Admitted):
    """One request on its way through its operation.

    What it writes is undone unless it `keeps_changes`; `has_changes` then says that there was something.
    """

    served: ServedOperation
    dto: Any
    keeps_changes: bool = True
    has_changes: bool = False


class Engine:
    """The operations of an application over HTTP, without sockets.

    `codecs` are its formats. `pages` answer paths without an operation, in their order. `authentication` finds out who
    calls; without it nobody is known. `events` are served at their paths, before any operation. `standard_engine` makes
    one with all formats and pages. Raises DeclarationError when something is declared wrongly.
    """

    def __init__(
        self,
        services: Services,
        units: UnitOfWork = InlineUnits(),  # noqa: B008 - keeps nothing
        *,
        codecs: Sequence[Codec],
        pages: Sequence[PageFactory] = (),
        authentication: Authentication | None = None,
        events: ServerEvents | None = None,
        options: EngineOptions = EngineOptions(),  # noqa: B008 - frozen
    ) -> None:
        profile, cors = options.profile, options.cors
        self.formats = Formats(codecs, options.default_format)
        self._units = units
        self._authentication = authentication
        # Whether a page of another site may load an answer is left to CORS where there is CORS.
        policy = (b"Cross-Origin-Resource-Policy", b"same-origin" if cors is None else b"cross-origin")
        self._default_headers = ((b"X-Content-Type-Options", b"nosniff"), policy)
        # Where callers are known, every answer of an operation may hold what only its caller may see.
        private = () if authentication is None else ((b"Cache-Control", b"private, no-store"),)
        self._operation_headers = (*self._default_headers, *private)
        self._events = events
        self._admission = Admission(authentication, units, gives_sessions=options.session_cookies)
        self._debug = options.debug
        self._batch_limits = BatchLimits(options.max_batch_items, options.max_batch_bytes)
        self._outages = options.outages
        self._shared_failure = FailureShape(dto_type(ErrorResponse), self.formats)
        served: dict[str, ServedOperation] = {}
        for request, handlers in services.handlers.items():
            cls: Any = request
            one = compiled(
                operation_of(cls),
                handlers,
                services.service_names[request],
                formats=self.formats,
                profile=profile,
                max_body_bytes=options.max_body_bytes,
                knows_callers=authentication is not None,
            )
            if served.setdefault(request.__name__.lower(), one) is not one:
                raise DeclarationError(f"Two operations are named {request.__name__}.")
        self.operations = tuple(each.operation for each in served.values())
        """All operations, in the order they were added."""
        endpoints = {each.operation: each.endpoints for each in served.values() if not each.operation.is_hidden}
        self.description = ApiDescription(
            options.title, tuple(endpoints), endpoints, self.formats, profile, authentication, options.prefix
        )
        self._targets = Targets(served, self.description)
        self._pages = [page(self.description) for page in pages]
        self._cross_origin = None if cors is None else CrossOrigin(cors)
        self._mount = Mount(options.prefix) if options.prefix else None
        self._origins = Origins(options.base_url, () if cors is None else cors.origins)
        # What stands around the way of a request is wrapped around it here, so that only who has it pays for it.
        self.answer: Answer = self._answer
        """Answers any request; nothing is raised but what cancels the task.

        The response to HEAD has the body that GET would get: whoever writes it leaves the body out and keeps
        its length.
        """
        if self._cross_origin is not None:
            self.answer = self._cross_origin.around(self.answer)
        if self._mount is not None:
            self.answer = self._mount.around(self.answer)
        if options.base_url[:6].lower() == "https:":
            self.answer = _by_https(self.answer)
        self.answer = self._with_default_headers(self.answer)

    def _with_default_headers(self, answer: Answer) -> Answer:
        """`answer` with the headers that every answer has."""
        default_headers = self._default_headers

        async def answer_with_headers(request: Request) -> Response:
            response = await answer(request)
            if request.renewed:
                response.headers = [*request.renewed, *response.headers]
            if not response.default_headers:
                response.default_headers = default_headers
            return response

        return answer_with_headers

    async def _answer(self, request: Request) -> Response:
        if request.query and asks_for_script(request):
            request.ignore_cookies()
        if self._events is not None and self._events.answers(request.path):
            response = await self._event_stream(self._events, request)
            response.default_headers = self._operation_headers
            return response
        verb = verb_of(request)
        target = self._targets.target(verb, request)
        if target is None:
            return self._page(request)
        response = await self._called(verb, target, request)
        response.default_headers = self._operation_headers
        return response

    async def _called(self, verb: str, target: Target, request: Request) -> Response:
        call: _Call | None = None
        try:
            if target.is_batch:
                return await self._batch(verb, target, request)
            call = self._bound(verb, target, request)
            result = await self._run(call, request, target.codec)
            if isinstance(result, HttpResult):
                result = not_modified_or(result, request, verb, is_private=self._is_private(call))
            return call.served.result.response(result, target.codec, verb, call.headers)
        except Exception as error:
            return self._failed(call, self._told(error, request, call), target.codec, request)

    async def _batch(self, verb: str, target: Target, request: Request) -> Response:
        """Answers the requests of a batch together, or with the failure of the first that fails."""
        served, endpoint = self._endpoint(verb, target, request)
        assert target.named is not None
        if isinstance(endpoint.handler, DirectHandler) and endpoint.handler.checks_access:
            raise MethodNotAllowed(f"{served.operation.name} cannot be called in a batch.")
        limits = self._batch_limits
        if isinstance(endpoint.handler, DirectHandler) and endpoint.handler.is_costly:
            limits = dataclasses.replace(limits, max_items=1)
        dtos = served.batch.read(request, target.named.codec, limits)
        first = _Call(served=served, endpoint=endpoint, dto=None)
        await self._admission.ask(first, request)
        calls = [dataclasses.replace(first, dto=dto) for dto in dtos]
        run = BatchRun(calls, served.batch, limits)
        try:
            await self._units.read(lambda tx: run.look_at(lambda call: self._looked_at(call, tx)))
            if isinstance(endpoint.handler, Handler) and not endpoint.handler.writes:
                answers = await self._read_all(run, calls, endpoint.handler)
            else:
                answers = await run.run(lambda call: self._item(call, request, target.codec))
        except Exception as error:
            return self._failed(run.failed, run.marked(self._told(error, request, run.failed)), target.codec, request)
        return served.batch.response(answers, target.codec, verb, (calls or [first])[-1].headers)

    async def _event_stream(self, events: ServerEvents, request: Request) -> Response:
        codec = self.formats.wanted(request)
        try:
            self._origins.refuse(request, only_reads=False)
            response = await events.answer(request)
        except Exception as error:
            return self._failed(None, self._told(error, request), codec, request)
        if response.stream is not None:
            response.headers += self._admission.new_session_cookies(request)
        return response

    def refuse(self, request: Request, error: ApiError) -> Response:
        """The answer to a request whose body was not read, in the caller's format."""
        if self._mount is not None:
            self._mount.enter(request)
        target = self._targets.target(verb_of(request), request)
        response = self._shared_failure.response(error, self.formats.default if target is None else target.codec)
        response.default_headers = self._operation_headers
        return response if self._cross_origin is None else self._cross_origin.mark(response, request)

    async def upload_limit(self, request: Request) -> int | None:
        """The most bytes of a form with files; None when the request's operation takes none.

        Raises ApiError when the caller may not call it, so that only who may fills the disk.
        """
        given, request = request, dataclasses.replace(request)
        if self._mount is not None and not self._mount.enter(request):
            return None
        verb = verb_of(request)
        target = self._targets.found(verb, request)
        served = None if target is None else target.served
        if served is None or served.operation.request.files is None or verb not in served.endpoints:
            return None
        endpoint = served.endpoints[verb]
        if asks_for_script(request):
            request.ignore_cookies()
        self._refuse_foreign(endpoint, request)
        # Rules for the request as a whole look at what is not there yet.
        if endpoint.rules and not endpoint.operation.rules:
            admitted = Admitted(endpoint=endpoint)
            try:
                await self._admission.ask(admitted, request)
                await self._units.read(lambda tx: self._admission.admit(admitted, None, tx))
            except Exception as error:
                raise self._told(error, request) from error
            finally:
                if request.renewed:
                    # The form may arrive so slowly that the cookies it was announced with are no good by then.
                    given.renew(request.cookies, request.renewed)
        return served.operation.request.files.max_bytes

    def _page(self, request: Request) -> Response:
        """What stands where no operation is. Only browsers are told in words when that is nothing."""
        pages = (page.answer(request) for page in self._pages)
        found = next((found for found in pages if found is not None), None)
        if found is not None:
            return found
        codec = self.formats.wanted(request)
        if not codec.explains_missing:
            return Response(status=404)
        return self._shared_failure.response(NotFound("There is nothing at this address."), codec)

    # -- running it

    def _endpoint(self, verb: str, target: Target, request: Request) -> tuple[ServedOperation, Endpoint]:
        served = target.served
        if served is None:
            assert target.error is not None
            raise target.error
        endpoint = served.endpoints.get(verb)
        if endpoint is None:
            allowed = served.endpoints if target.match is None else self._targets.allowed(request.path)
            raise _no_method(verb, served, allowed, self._admission.new_session_cookies(request))
        self._refuse_foreign(endpoint, request)
        return served, endpoint

    def _refuse_foreign(self, endpoint: Endpoint, request: Request) -> None:
        """Raises ForeignPage where a page of another site would act by the cookies of whoever is signed in."""
        handler = endpoint.handler
        self._origins.refuse(request, only_reads=isinstance(handler, Handler) and not handler.writes)

    def _bound(self, verb: str, target: Target, request: Request) -> _Call:
        served, endpoint = self._endpoint(verb, target, request)
        if target.match is not None:
            dto = served.binder.bind_route(request, target.match.route.variables, target.match.values)
        else:
            assert target.named is not None
            dto = served.binder.bind_predefined(request, target.named.codec)
        # Who only asks what the answer would be is shown nothing, so nothing may count as shown.
        return _Call(served=served, endpoint=endpoint, dto=dto, keeps_changes=verb != "HEAD")

    async def _run(self, call: _Call, request: Request, codec: Codec) -> Any:
        handler = call.endpoint.handler
        if isinstance(handler, DirectHandler):
            caller = await self._admitted(call, handler, request)
            return await self._direct(call, handler, request, codec, caller)
        await self._admission.ask(call, request)
        return await self._unit_of(call, handler)

    async def _read_all(self, run: BatchRun[_Call], calls: Sequence[_Call], handler: Handler) -> list[Any]:
        """The answers of a batch that reads.

        What reading changes, such as how far somebody has read, is kept once all items are answered: the answer to a
        batch that fails shows none of them.
        """
        for call in calls:
            call.keeps_changes = False
        answers = await run.run(lambda call: self._unit_of(call, handler))
        for index, call in enumerate(calls):
            if call.has_changes:
                call.keeps_changes = True
                answers[index] = call.served.batch.answer_of(await self._unit_of(call, handler))
        return answers

    async def _item(self, call: _Call, request: Request, codec: Codec) -> Any:
        """Runs one request of a batch, whose credentials were taken already."""
        handler = call.endpoint.handler
        if not isinstance(handler, DirectHandler):
            return await self._unit_of(call, handler)
        caller = await self._units.read(lambda tx: self._admission.admit(call, call.dto, tx))
        result = await self._direct(call, handler, request, codec, caller)
        if isinstance(result, HttpResult):
            # The cookies of a sign-in: who signs in twice keeps the last ones.
            call.headers = [*call.headers, *result.headers]
        return result

    async def _direct(
        self, call: _Call, handler: DirectHandler, request: Request, codec: Codec, caller: Principal | None
    ) -> Any:
        field_errors = self._field_errors(call)
        if not handler.reports_field_errors:
            raise_field_errors(field_errors)
        is_foreign = self._origins.is_foreign(request) or self._origins.is_followed_link(request)
        exchange = Exchange(request, self._units, codec.name, field_errors, caller, is_foreign)
        result = await handler.function(call.dto, exchange)
        if isinstance(result, HttpResult):
            call.headers = without_replaced(call.headers, result.headers)
        return result

    async def _admitted(self, call: _Call, handler: DirectHandler, request: Request) -> Principal | None:
        """Who calls a handler that runs its own units of work, where rules are about that."""
        endpoint = call.endpoint
        if handler.checks_access or not (endpoint.needs_caller or endpoint.operation.rules):
            call.headers = self._admission.new_session_cookies(request)
            return None
        await self._admission.ask(call, request)
        return await self._units.read(lambda tx: self._admission.admit(call, call.dto, tx))

    def _unit_of(self, call: _Call, handler: Handler) -> Coroutine[Any, Any, Any]:
        """The unit of work that is the call."""

        def work(tx: Any) -> Any:
            caller = self._checked(call, handler, tx)
            return handler.function(call.dto, tx, caller)

        run = self._units.write if handler.writes else self._units.read
        if not call.keeps_changes:
            return _undone(run, work, call, handler)
        result = run(work)
        return result if handler.then is None else _followed(result, handler.then, call.dto)

    def _checked(self, call: _Call, handler: Handler, tx: Any) -> Principal | None:
        """The caller, who may call, and has named no wrong member."""
        caller = self._admission.admit(call, call.dto, tx)
        field_errors = self._field_errors(call)
        if handler.check is not None:
            raise_field_errors(field_errors, handler.check(call.dto, tx, caller))
        elif field_errors:
            raise_field_errors(field_errors)
        return caller

    def _looked_at(self, call: _Call, tx: Any) -> None:
        """Raises what is wrong with a call that is known before anything is run."""
        self._admission.admit(call, call.dto, tx)
        raise_field_errors(self._field_errors(call))

    def _is_private(self, call: _Call) -> bool:
        """Whether an answer may hold what only its caller may see: one of a call by somebody, or about a session."""
        if self._authentication is None:
            return False
        is_about_connection = isinstance(call.endpoint.handler, DirectHandler)
        return is_about_connection or call.endpoint.needs_caller or bool(call.credentials or call.headers)

    def _field_errors(self, call: _Call) -> FieldErrors:
        """The members that break declared rules."""
        call.has_own_failure_shape = True
        validate = call.served.validate
        return FieldErrors() if validate is None else validate(call.dto, call.endpoint.verb)

    # -- failing

    def _failed(self, call: _Call | None, error: ApiError, codec: Codec, request: Request) -> Response:
        """A failure before the operation has the shape they share, a later one that of the operation.

        A browser that lacks a sign-in is led to where it can.
        """
        is_of_service = call is not None and call.has_own_failure_shape
        if isinstance(error, InternalError):
            trace = error.stack_trace
            return self._shared_failure.response(error, codec, is_of_service=is_of_service, stack_trace=trace)
        headers: Headers = () if call is None else call.headers
        login_path = None if self._authentication is None else self._authentication.login_path
        if error.http_status == 401 and codec.is_for_people and login_path is not None:
            login = ("Location", login_address(request, login_path))
            return Response(status=302, headers=[VARY, login, *headers, *error.headers])
        if call is None or not call.has_own_failure_shape:
            return self._shared_failure.response(error, codec, headers)
        return call.served.failure.response(error, codec, headers, is_of_service=True)

    def _told(self, error: Exception, request: Request, call: _Call | None = None) -> ApiError:
        """What the caller is told of a failure. One that is not his own doing goes to the log."""
        if isinstance(error, ApiError):
            return error
        if isinstance(error, self._outages):
            _logger.error("%s %s was not answered: %s", request.method, escaped(request.path), error)
            return _unavailable()
        _logger.exception("%s %s failed", request.method, escaped(request.path))
        told = InternalError("The server failed to answer.")
        if self._debug:
            told.stack_trace = stack_trace(error, None if call is None else call.dto, self.description.profile)
            inner = "\n".join(inner_messages(error))
            told.meta = {"InnerMessages": inner} if inner else None
        return told


def _by_https(answer: Answer) -> Answer:
    """`answer` for requests that all came by HTTPS to whatever passed them on."""

    def answered(request: Request) -> Coroutine[Any, Any, Response]:
        request.scheme = "https"
        return answer(request)

    return answered


async def _undone(
    run: Callable[[Callable[[Any], Any]], Awaitable[Any]], work: Callable[[Any], Any], call: _Call, handler: Handler
) -> Any:
    """The result of a unit of work of which nothing is kept."""
    # Work that reads is run again when it wants to write.
    may_write = handler.writes

    def work_and_undo(tx: Any) -> Any:
        nonlocal may_write
        writes, may_write = may_write, True
        result = work(tx)
        if not writes:
            return result
        call.has_changes = True
        raise _Undone(result)

    try:
        return await run(work_and_undo)
    except _Undone as undone:
        return undone.result


async def _followed(result: Awaitable[Any], then: Callable[[Any], None], dto: Any) -> Any:
    kept = await result
    then(dto)
    return kept


def _no_method(verb: str, served: ServedOperation, allowed: Container[str], headers: Headers) -> MethodNotAllowed:
    name = served.operation.name
    return MethodNotAllowed(
        f"Could not find method named {verb.capitalize()}({name}) or Any({name}) on Service {served.service_name}",
        headers=[("Allow", ", ".join(verb for verb in HANDLED_VERBS if verb in allowed)), *headers],
    )


def _unavailable() -> ServiceUnavailable:
    headers = [("Retry-After", str(RETRY_SECONDS))]
    return ServiceUnavailable("The server cannot answer this at the moment. Try again later.", headers=headers)
