"""The way of one request: address, format, DTO, caller, rules, handler, answer.

`Engine.answer` passes a request through the middlewares to `_handle`, which finds its operation. `_call` then reads,
runs and answers it. Everything that can be known before is compiled when an engine is created: routes, readers, the
common writers, rules, and the handler of each verb.
"""

import dataclasses
from collections.abc import Awaitable, Container, Coroutine, Sequence
from functools import partial
from typing import Any

from parlour.engine.codecs import Codec
from parlour.engine.dto.errors import (
    ApiError,
    ErrorResponse,
    FieldError,
    MethodNotAllowed,
    NotFound,
    raise_field_errors,
)
from parlour.engine.dto.metadata import DeclarationError, FilesMember, dto_type, operation_of
from parlour.engine.http.conditional import not_modified_or
from parlour.engine.http.cookies import without_replaced
from parlour.engine.http.cors import CrossOrigin
from parlour.engine.http.messages import Answer, Headers, HttpResult, Request, Response
from parlour.engine.http.mount import Mount
from parlour.engine.http.origins import Origins
from parlour.engine.http.uploads import FormLimits
from parlour.engine.serving.admission import Admission, Admitted, Endpoint
from parlour.engine.serving.answers import FailureShape
from parlour.engine.serving.batches import BatchLimits, BatchRun
from parlour.engine.serving.description import ApiDescription, PageFactory, Streams
from parlour.engine.serving.failures import Failures
from parlour.engine.serving.handlers import (
    DirectHandler,
    Exchange,
    Handler,
    InlineUnits,
    Services,
    Trial,
    UnitOfWork,
    tried,
)
from parlour.engine.serving.negotiation import Formats, asks_for_script
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.principals import Authentication, Principal
from parlour.engine.serving.served import HANDLED_VERBS, Call, ServedOperation, compiled
from parlour.engine.serving.targets import Target, Targets, verb_of

FORM_BYTES_AROUND_A_FILE = 64 * 1024
"""Enough for the boundaries and the other fields of a form with one file."""


class Engine:
    """The operations of an application over HTTP, without sockets.

    `codecs` are its formats. `pages` answer paths without an operation, in their order. `authentication` identifies
    callers. Without it all callers are unknown. `events` are served at their own paths, before any operation, and
    `protocols` at paths without an operation.
    `standard_engine` creates an engine with all formats and pages. Raises DeclarationError for wrong declarations.
    """

    def __init__(
        self,
        services: Services,
        units: UnitOfWork = InlineUnits(),  # noqa: B008 - keeps nothing
        *,
        codecs: Sequence[Codec],
        pages: Sequence[PageFactory] = (),
        authentication: Authentication | None = None,
        events: Streams | None = None,
        protocols: Sequence[Streams] = (),
        options: EngineOptions = EngineOptions(),  # noqa: B008 - frozen
    ) -> None:
        profile, cors = options.profile, options.cors
        self.formats = Formats(codecs, options.default_format)
        served = _served(services, self.formats, options, knows_callers=authentication is not None)
        self.operations = tuple(each.operation for each in served.values())
        """All operations, in the order they were added."""
        endpoints = {each.operation: each.endpoints for each in served.values() if not each.operation.is_hidden}
        self.description = ApiDescription(
            options.title,
            tuple(endpoints),
            endpoints,
            self.formats,
            profile,
            authentication,
            options.prefix,
            options.notice,
        )
        self._units = units
        self._events = events
        self._protocols = protocols
        self._knows_callers = authentication is not None
        self._uploads, self._max_body_bytes = options.uploads, options.max_body_bytes
        self._batch_limits = BatchLimits(options.max_batch_items, options.max_batch_bytes)
        self._targets = Targets(served, self.description)
        self._pages = [page(self.description) for page in pages]
        self._origins = Origins(options.base_url, () if cors is None else cors.origins)
        self._admission = Admission(authentication, units, gives_sessions=options.session_cookies)
        self._failures = Failures(
            FailureShape(dto_type(ErrorResponse), self.formats),
            profile,
            outages=options.outages,
            login_path=None if authentication is None else authentication.login_path,
            debug=options.debug,
        )
        # With CORS, CORS decides whether a page of another site may load an answer.
        policy = (b"Cross-Origin-Resource-Policy", b"same-origin" if cors is None else b"cross-origin")
        self._default_headers = ((b"X-Content-Type-Options", b"nosniff"), policy)
        # If callers are known, every answer of an operation may contain data that only its caller may see.
        private = ((b"Cache-Control", b"private, no-store"),) if self._knows_callers else ()
        self._operation_headers = (*self._default_headers, *private)
        self._cross_origin = None if cors is None else CrossOrigin(cors)
        self._mount = Mount(options.prefix) if options.prefix else None
        self._answer = self._with_middlewares(came_by_https=options.base_url[:6].lower() == "https:")

    def _with_middlewares(self, *, came_by_https: bool) -> Answer:
        """`_handle` inside the middlewares that the options ask for."""
        answer: Answer = self._handle
        if self._cross_origin is not None:
            answer = self._cross_origin.around(answer)
        if self._mount is not None:
            answer = self._mount.around(answer)
        return _by_https(answer) if came_by_https else answer

    async def answer(self, request: Request) -> Response:
        """Answers any request. Raises nothing, unless the task is cancelled.

        The response to HEAD has the body that GET would get: the server leaves it out and keeps its length.
        """
        response = await self._answer(request)
        if request.renewed:
            response.headers = [*request.renewed, *response.headers]
        if not response.default_headers:
            response.default_headers = self._default_headers
        return response

    async def _handle(self, request: Request) -> Response:
        """Finds the operation at the request's address and the format of its answer."""
        if request.query and asks_for_script(request):
            request.ignore_cookies()
        if self._events is not None and self._events.answers(request.path):
            response = await self._by_protocol(self._events, request)
        else:
            verb = verb_of(request)
            target = self._targets.target(verb, request)
            if target is not None:
                response = await self._call(verb, target, request)
            elif (protocol := self._protocol_at(request.path)) is not None:
                response = await self._by_protocol(protocol, request)
            else:
                return self._page(request)
        response.default_headers = self._operation_headers
        return response

    async def _call(self, verb: str, target: Target, request: Request) -> Response:
        """Reads the request's DTO, runs its operation and writes the answer."""
        codec = target.codec
        try:
            served, endpoint = self._endpoint(verb, target, request)
            if target.is_batch:
                return await self._batch(verb, target, served, endpoint, request)
            dto = _dto(target, served, request)
        except Exception as error:
            return self._failures.response(error, request, codec)
        call = Call(served=served, endpoint=endpoint, dto=dto)
        try:
            # HEAD shows its caller nothing, so no message may be marked as read.
            result = await self._run(call, request, codec, keeps_changes=verb != "HEAD")
            if isinstance(result, HttpResult):
                result = not_modified_or(result, request, verb, is_private=self._is_private(call))
            return served.result.response(result, codec, verb, call.headers)
        except Exception as error:
            return self._failures.response(error, request, codec, call)

    # -- finding the operation

    def _endpoint(self, verb: str, target: Target, request: Request) -> tuple[ServedOperation, Endpoint]:
        served = target.served
        if served is None:
            assert target.refusal is not None
            raise target.refusal()
        endpoint = served.endpoints.get(verb)
        if endpoint is None:
            allowed = served.endpoints if target.match is None else self._targets.allowed(request.path)
            raise _no_method(verb, served, allowed, self._admission.new_session_cookies(request))
        self._refuse_foreign(endpoint, request)
        return served, endpoint

    def _refuse_foreign(self, endpoint: Endpoint, request: Request) -> None:
        """Raises ForeignPage if a page of another site would use the cookies of a signed-in person."""
        handler = endpoint.handler
        only_reads = not handler.writes if isinstance(handler, Handler) else handler.only_reads
        self._origins.refuse(request, only_reads=only_reads)

    # -- running it

    async def _run(self, call: Call, request: Request, codec: Codec, *, keeps_changes: bool) -> Any:
        """The result of the call's handler, for a caller who may call it."""
        handler = call.endpoint.handler
        if isinstance(handler, DirectHandler):
            caller = await self._caller_of_direct(call, handler, request)
            return await self._run_direct(call, handler, request, codec, caller)
        await self._admission.ask(call, request)
        return await self._unit(call, handler) if keeps_changes else (await self._trial(call, handler)).result

    def _unit(self, call: Call, handler: Handler) -> Awaitable[Any]:
        """Runs the handler in a unit of work."""
        run = self._units.write if handler.writes else self._units.read
        work = partial(self._work, call, handler)
        if handler.lane is None:
            return run(work)
        lane = handler.lane(call.dto)
        if handler.gathers is not None and handler.gathers(call.dto):
            return self._units.write(work, lane, gathers=True)
        return run(work, lane)

    def _trial(self, call: Call, handler: Handler) -> Awaitable[Trial]:
        """Runs the handler in a unit of work and undoes its changes."""
        run = self._units.write if handler.writes else self._units.read
        return tried(run, partial(self._work, call, handler), may_write=handler.writes)

    def _work(self, call: Call, handler: Handler, tx: Any) -> Any:
        """Checks the caller and the members of the DTO, then runs the handler."""
        caller = self._admission.admit(call, call.dto, tx)
        field_errors = _field_errors(call)
        if handler.check is not None:
            raise_field_errors(field_errors, handler.check(call.dto, tx, caller))
        elif field_errors:
            raise_field_errors(field_errors)
        return handler.function(call.dto, tx, caller)

    async def _caller_of_direct(self, call: Call, handler: DirectHandler, request: Request) -> Principal | None:
        """The caller, or None if the operation has no access rules that are checked here."""
        endpoint = call.endpoint
        if handler.checks_access or not (endpoint.needs_caller or endpoint.operation.rules):
            call.headers = self._admission.new_session_cookies(request)
            return None
        await self._admission.ask(call, request)
        return await self._units.read(lambda tx: self._admission.admit(call, call.dto, tx))

    async def _run_direct(
        self, call: Call, handler: DirectHandler, request: Request, codec: Codec, caller: Principal | None
    ) -> Any:
        field_errors = _field_errors(call)
        if field_errors and not handler.reports_field_errors:
            raise_field_errors(field_errors)
        is_foreign = self._origins.is_foreign(request) or self._origins.is_followed_link(request)
        exchange = Exchange(request, self._units, codec.name, field_errors, caller, is_foreign)
        result = await handler.function(call.dto, exchange)
        if isinstance(result, HttpResult):
            call.headers = without_replaced(call.headers, result.headers)
        return result

    def _is_private(self, call: Call) -> bool:
        """Whether an answer may contain data that only its caller may see."""
        if not self._knows_callers:
            return False
        is_about_connection = isinstance(call.endpoint.handler, DirectHandler)
        return is_about_connection or call.endpoint.needs_caller or bool(call.credentials or call.headers)

    # -- batches

    async def _batch(
        self, verb: str, target: Target, served: ServedOperation, endpoint: Endpoint, request: Request
    ) -> Response:
        """Answers all requests of a batch together. If one fails, the answer is its failure."""
        assert target.named is not None
        handler, codec = endpoint.handler, target.codec
        if isinstance(handler, DirectHandler) and handler.checks_access:
            raise MethodNotAllowed(f"{served.operation.name} cannot be called in a batch.")
        limits = self._batch_limits
        if isinstance(handler, DirectHandler) and handler.is_costly:
            limits = dataclasses.replace(limits, max_items=1)
        dtos = served.batch.read(request, target.named.codec, limits)
        first = Call(served=served, endpoint=endpoint, dto=None)
        await self._admission.ask(first, request)
        calls = [dataclasses.replace(first, dto=dto) for dto in dtos]
        run = BatchRun(calls, served.batch, limits)
        try:
            await self._units.read(lambda tx: run.look_at(lambda call: self._look_at(call, tx)))
            if isinstance(handler, DirectHandler):
                answers = await run.run(lambda call: self._direct_item(call, handler, request, codec))
            elif handler.writes:
                answers = await run.run(lambda call: self._unit(call, handler))
            else:
                answers = await run.read(
                    lambda call: self._trial(call, handler), keep=lambda call: self._unit(call, handler)
                )
        except Exception as error:
            response = self._failures.response(error, request, codec, run.failed, run.failed_meta)
            response.headers += run.failed_headers
            return response
        return served.batch.response(answers, codec, verb, (calls or [first])[-1].headers)

    def _look_at(self, call: Call, tx: Any) -> None:
        """Raises the errors of a call that can be found before anything runs."""
        self._admission.admit(call, call.dto, tx)
        raise_field_errors(_field_errors(call))

    async def _direct_item(self, call: Call, handler: DirectHandler, request: Request, codec: Codec) -> Any:
        """The result of one item. Its credentials have been taken before."""
        caller = await self._units.read(lambda tx: self._admission.admit(call, call.dto, tx))
        result = await self._run_direct(call, handler, request, codec, caller)
        if isinstance(result, HttpResult):
            # The cookies of a sign-in. A caller who signs in twice keeps the last ones.
            call.headers = [*call.headers, *result.headers]
        return result

    # -- what is not an operation

    def _protocol_at(self, path: str) -> Streams | None:
        return next((protocol for protocol in self._protocols if protocol.answers(path)), None)

    async def _by_protocol(self, protocol: Streams, request: Request) -> Response:
        codec = self.formats.wanted(request)
        try:
            self._origins.refuse(request, only_reads=False)
            response = await protocol.answer(request)
        except Exception as error:
            return self._failures.response(error, request, codec)
        if response.stream is not None:
            response.headers += self._admission.new_session_cookies(request)
        return response

    def _page(self, request: Request) -> Response:
        """The page at an address without an operation. If there is none, only browsers get a message."""
        pages = (page.answer(request) for page in self._pages)
        found = next((found for found in pages if found is not None), None)
        if found is not None:
            return found
        codec = self.formats.wanted(request)
        if not codec.explains_missing:
            return Response(status=404)
        return self._failures.shared.response(NotFound("There is nothing at this address."), codec)

    # -- before the body is there

    def refuse(self, request: Request, error: ApiError) -> Response:
        """The answer to a request whose body was not read, in the caller's format."""
        if self._mount is not None:
            self._mount.enter(request)
        target = self._targets.target(verb_of(request), request)
        codec = self.formats.default if target is None else target.codec
        response = self._failures.shared.response(error, codec)
        response.default_headers = self._operation_headers
        return response if self._cross_origin is None else self._cross_origin.mark(response, request)

    def reads_body(self, request: Request) -> bool:
        """Whether a protocol reads the body of this request while it answers."""
        request = dataclasses.replace(request)
        if self._mount is not None and not self._mount.enter(request):
            return False
        return self._protocol_at(request.path) is not None

    async def upload_limit(self, request: Request) -> FormLimits | None:
        """The limits of a form with files, or None if the request's operation takes none.

        Raises ApiError if the caller may not call it, so that only permitted callers can fill the disk.
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
        # Rules for the request as a whole need its body, which is not there yet.
        if endpoint.rules and not endpoint.operation.rules:
            admitted = Admitted(endpoint=endpoint)
            try:
                await self._admission.ask(admitted, request)
                await self._units.read(lambda tx: self._admission.admit(admitted, None, tx))
            except ApiError:
                raise
            except Exception as error:
                raise self._failures.reported(error, request) from error
            finally:
                if request.renewed:
                    # The form may arrive so slowly that its cookies have expired by then.
                    given.renew(request.cookies, request.renewed)
        return self._form_limits(served.operation.request.files)

    def _form_limits(self, files: FilesMember) -> FormLimits:
        uploads = self._uploads
        if files.max_bytes is not None or uploads is None:
            return FormLimits(form_bytes=files.max_bytes or self._max_body_bytes)
        return FormLimits(
            form_bytes=uploads.max_file_bytes + FORM_BYTES_AROUND_A_FILE,
            file_bytes=uploads.max_file_bytes,
            open_file=uploads.open_file,
        )


def _served(
    services: Services, formats: Formats, options: EngineOptions, *, knows_callers: bool
) -> dict[str, ServedOperation]:
    """The compiled operations, by their names in lower case."""
    served: dict[str, ServedOperation] = {}
    for request, handlers in services.handlers.items():
        cls: Any = request
        one = compiled(
            operation_of(cls),
            handlers,
            services.service_names[request],
            formats=formats,
            profile=options.profile,
            max_body_bytes=options.max_body_bytes,
            knows_callers=knows_callers,
        )
        if served.setdefault(request.__name__.lower(), one) is not one:
            raise DeclarationError(f"Two operations are named {request.__name__}.")
    return served


def _by_https(answer: Answer) -> Answer:
    """A middleware for servers behind a proxy that clients reach by HTTPS."""

    def answered(request: Request) -> Coroutine[Any, Any, Response]:
        request.scheme = "https"
        return answer(request)

    return answered


def _dto(target: Target, served: ServedOperation, request: Request) -> Any:
    """Reads the request's DTO. Raises BindingError with every member that cannot be read."""
    if target.match is not None:
        return served.binder.bind_route(request, target.match.route.variables, target.match.values)
    assert target.named is not None
    return served.binder.bind_predefined(request, target.named.codec)


def _field_errors(call: Call) -> Sequence[FieldError]:
    """The errors of members that break declared rules."""
    validate = call.served.validate
    return () if validate is None else validate(call.dto, call.endpoint.verb)


def _no_method(verb: str, served: ServedOperation, allowed: Container[str], headers: Headers) -> MethodNotAllowed:
    name = served.operation.name
    return MethodNotAllowed(
        f"Could not find method named {verb.capitalize()}({name}) or Any({name}) on Service {served.service_name}",
        headers=[("Allow", ", ".join(verb for verb in HANDLED_VERBS if verb in allowed)), *headers],
    )
