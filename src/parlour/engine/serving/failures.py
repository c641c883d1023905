"""Reports failures: to the caller as a response, and to the log if the caller did not cause them."""

import logging
from collections.abc import Mapping

from parlour.engine.codecs import Codec, Profile
from parlour.engine.dto.errors import ApiError, ServiceUnavailable
from parlour.engine.http.login import login_address
from parlour.engine.http.messages import VARY, Headers, Request, Response
from parlour.engine.http.percent import escaped
from parlour.engine.serving.admission import Refused
from parlour.engine.serving.answers import FailureShape
from parlour.engine.serving.debugging import inner_messages, stack_trace
from parlour.engine.serving.served import Call

# An outage is over in a moment, or lasts until somebody sees to it.
RETRY_SECONDS = 5

_logger = logging.getLogger("parlour")


class InternalError(ApiError):
    """Raised for a bug. The answer says nothing more, unless it may show the `stack_trace`."""

    status = 500
    code = "InternalServerError"

    def __init__(self, stack_trace: str | None = None, meta: Mapping[str, str] | None = None) -> None:
        super().__init__("The server failed to answer.", meta=meta)
        self.stack_trace = stack_trace


class Failures:
    """Reports the failures of an engine.

    `shared` is the shape of failures before the service. `outages` are errors that are not bugs. A browser that lacks
    a sign-in is sent to `login_path`, if there is one. With `debug` callers are shown stack traces.
    """

    def __init__(
        self,
        shared: FailureShape,
        profile: Profile,
        *,
        outages: tuple[type[Exception], ...],
        login_path: str | None,
        debug: bool,
    ) -> None:
        self.shared = shared
        self._profile = profile
        self._outages = outages
        self._login_path = login_path
        self._debug = debug

    def response(
        self,
        raised: Exception,
        request: Request,
        codec: Codec,
        call: Call | None = None,
        more_meta: Mapping[str, str] | None = None,
    ) -> Response:
        """The answer to a request that failed. `call` is None if the request failed before it was read.

        A failure before the service has the shape that operations share, a later one that of the operation.
        """
        error = self.reported(raised, request, call)
        is_of_service = call is not None and not isinstance(error, Refused)
        if isinstance(error, InternalError):
            return self.shared.response(
                error, codec, is_of_service=is_of_service, stack_trace=error.stack_trace, more_meta=more_meta
            )
        headers: Headers = () if call is None else call.headers
        if error.http_status == 401 and codec.is_for_people and self._login_path is not None:
            login = ("Location", login_address(request, self._login_path))
            return Response(status=302, headers=[VARY, login, *headers, *error.headers])
        shape = call.served.failure if call is not None and is_of_service else self.shared
        return shape.response(error, codec, headers, is_of_service=is_of_service, more_meta=more_meta)

    def reported(self, raised: Exception, request: Request, call: Call | None = None) -> ApiError:
        """The error to report to the caller. If the caller did not cause it, it is logged."""
        if isinstance(raised, ApiError):
            return raised
        if isinstance(raised, self._outages):
            _logger.error("%s %s was not answered: %s", request.method, escaped(request.path), raised)
            return _unavailable()
        _logger.exception("%s %s failed", request.method, escaped(request.path))
        if not self._debug:
            return InternalError()
        inner = "\n".join(inner_messages(raised))
        trace = stack_trace(raised, None if call is None else call.dto, self._profile)
        return InternalError(trace, {"InnerMessages": inner} if inner else None)


def _unavailable() -> ServiceUnavailable:
    headers = [("Retry-After", str(RETRY_SECONDS))]
    return ServiceUnavailable("The server cannot answer this at the moment. Try again later.", headers=headers)
