"""How a result or a failure becomes a response, in the format that the caller asked for.

For the formats that most programs use, writers are made when the operation is compiled. For the others they are made
when first asked for, so that an application with many operations starts quickly.
"""

import dataclasses
import sys
from collections.abc import Mapping
from typing import Any

from parlour.engine.codecs import Codec, Writer
from parlour.engine.dto.errors import ApiError, ErrorResponse, response_status
from parlour.engine.dto.metadata import DtoType, Operation, TypeRef, dto_type
from parlour.engine.http.messages import VARY, Headers, HttpResult, Pieces, Response
from parlour.engine.serving.negotiation import Formats

_STATUS_TYPE = dto_type(ErrorResponse).by_name["responsestatus"].type


class Writers:
    """The writers for the values of a type, one for each format. Those of variants for one request are not kept."""

    def __init__(self, type_: TypeRef, formats: Formats) -> None:
        self._type = type_
        self._lasting = frozenset(formats.by_name.values())
        self._made = {codec: codec.writer(type_) for codec in self._lasting if codec.compiles_at_start}

    def of(self, codec: Codec) -> Writer:
        writer = self._made.get(codec)
        if writer is None:
            writer = codec.writer(self._type)
            if codec in self._lasting:
                self._made[codec] = writer
        return writer


class FailureShape:
    """The DTO for the failures of an operation: its response class, or the class that operations share."""

    def __init__(self, dto: DtoType, formats: Formats) -> None:
        assert dto.status_property is not None
        self._cls = dto.cls
        self._attribute = dto.status_property.attribute
        self._writers = Writers(TypeRef("dto", nullable=True, python=dto.cls), formats)

    def response(
        self,
        error: ApiError,
        codec: Codec,
        headers: Headers = (),
        *,
        is_of_service: bool = False,
        stack_trace: str | None = None,
        more_meta: Mapping[str, str] | None = None,
    ) -> Response:
        """`error` as a response; `headers` and `more_meta` go on it beside the error's own.

        `is_of_service`: the request had come as far as the rules of its operation.
        """
        dto = self._cls()
        status = response_status(error, more_meta)
        status.stack_trace = stack_trace
        setattr(dto, self._attribute, status)
        response = Response(
            status=error.http_status,
            headers=[("Content-Type", codec.content_type), VARY, *headers, *error.headers],
            body=self._writers.of(codec)(dto),
        )
        return codec.finish_failure(response, error, is_of_service=is_of_service)


class ResultShape:
    """The successful answer of an operation."""

    def __init__(self, operation: Operation, formats: Formats) -> None:
        declared = operation.response
        self._cls = declared.python if declared is not None and declared.kind == "dto" else None
        # A list or map of the declared kind, or of a subclass such as a listing.
        self._container = {"list": list, "map": dict}.get(declared.kind) if declared is not None else None
        self._writers = None if declared is None else Writers(declared, formats)
        # By name, because the variant for one request has the headers of its format.
        self._own_headers = {name: codec.headers(operation.name) for name, codec in formats.by_name.items()}

    def response(self, result: Any, codec: Codec, verb: str, headers: Headers = ()) -> Response:
        """A handler's result as a response. `headers` are added to the result's own."""
        response = self._response(result, codec, verb, headers)
        has_own_type = isinstance(result, HttpResult) and result.content_type is not None
        return codec.finish_answer(response, has_own_type=has_own_type)

    def _response(self, result: Any, codec: Codec, verb: str, headers: Headers) -> Response:
        if isinstance(result, HttpResult):
            return self._http_result(result, codec, headers)
        all_headers = [VARY, *headers, *self._own_headers[codec.name]]
        if result is None:
            # HEAD and OPTIONS are answered with 200, because their answer is not empty: it is the headers.
            return Response(status=200 if verb in ("HEAD", "OPTIONS") else 204, headers=all_headers)
        content_type, body = self._encoded(result, codec)
        return Response(headers=[("Content-Type", content_type), *all_headers], body=body)

    def _http_result(self, result: HttpResult, codec: Codec, headers: Headers) -> Response:
        if isinstance(result.body, Pieces):
            content_type = result.content_type or "application/octet-stream"
            all_headers = [("Content-Type", content_type), VARY, *headers, *result.headers]
            return Response(status=result.status, headers=all_headers, pieces=result.body)
        if result.content_type is not None and isinstance(result.body, str):
            content_type, body = result.content_type, result.body.encode()
        else:
            content_type, body = (codec.content_type, b"") if result.body is None else self._encoded(result.body, codec)
        all_headers = [VARY, *headers, *result.headers]
        if result.status not in (204, 304):
            all_headers.insert(0, ("Content-Type", result.content_type or content_type))
        return Response(status=result.status, headers=all_headers, body=body)

    def _encoded(self, result: Any, codec: Codec) -> tuple[str, bytes]:
        if isinstance(result, str):
            return f"{codec.media_type}; charset=utf-8", codec.text(result)
        if isinstance(result, bytes):
            return codec.content_type, result
        return codec.content_type, self._writer(result, codec)(result)

    def _writer(self, result: Any, codec: Codec) -> Writer:
        if type(result) is self._cls or (self._container is not None and isinstance(result, self._container)):
            assert self._writers is not None
            return self._writers.of(codec)
        # A handler may return another DTO than the declared one, for example in an HttpResult.
        cls: Any = type(result)
        return codec.writer(TypeRef("dto", nullable=True, python=dto_type(cls).cls))


def failure_dto(operation: Operation) -> DtoType:
    """The DTO for failures of an operation that ran (docs/wire/errors.md#which-class-carries-it).

    It is a class `{Name}Response` in the request's module. Otherwise it is the response, if it can contain a status, or
    the class that operations share.
    """
    beside = getattr(sys.modules[operation.request.cls.__module__], f"{operation.name}Response", None)
    candidates = [beside] if isinstance(beside, type) and dataclasses.is_dataclass(beside) else []
    if operation.response is not None and operation.response.kind == "dto":
        candidates.append(operation.response.python)
    for candidate in candidates:
        dto = dto_type(candidate)
        carries = dto.status_property is not None and dto.status_property.type == _STATUS_TYPE
        if carries and (candidate is not beside or dto.namespace == operation.request.namespace):
            return dto
    return dto_type(ErrorResponse)
