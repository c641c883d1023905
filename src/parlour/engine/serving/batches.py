"""Batches: several requests of one operation in one, at `/json/reply/ChatRequest[]` (docs/wire/routing.md#batches).

All items are checked first. Then each runs by itself, so the items before the first failure are done.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from parlour.engine.codecs import Codec
from parlour.engine.dto.errors import ApiError, MethodNotAllowed, PayloadTooLarge
from parlour.engine.dto.metadata import Kind, Operation, TypeRef
from parlour.engine.http.messages import Headers, HttpResult, Request, Response
from parlour.engine.serving.answers import ResultShape, Writers
from parlour.engine.serving.binding import Binder
from parlour.engine.serving.handlers import Trial
from parlour.engine.serving.negotiation import Formats

SUFFIX = "[]"
COMPLETED = "X-AutoBatch-Completed"
INDEX = "AutoBatchIndex"

# The Python type of a response that is not a DTO.
_BARE: Mapping[Kind, type[Any]] = {"string": str, "bytes": bytes, "list": list, "map": dict}

Item = TypeVar("Item")


def without_suffix(name: str) -> tuple[str, bool]:
    """The name of the operation in a path, and whether the path means a batch of it."""
    return name.removesuffix(SUFFIX), name.endswith(SUFFIX)


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """The most items of a batch. No further item runs once the answers take `max_bytes`."""

    max_items: int
    max_bytes: int


class BatchShape:
    """Reads the batches of an operation and writes their answers."""

    def __init__(self, operation: Operation, binder: Binder, formats: Formats) -> None:
        self._operation = operation
        self._binder = binder
        self._formats = formats
        declared = operation.response
        self._listed: Any = object if declared is None else declared.python or _BARE.get(declared.kind, object)

    def read(self, request: Request, codec: Codec | None, limits: BatchLimits) -> list[Any]:
        """The DTOs of a batch. Raises BindingError like `bind_batch`."""
        return self._binder.bind_batch(request, codec, limits.max_items)

    def answer_of(self, result: Any) -> Any:
        """The entry of the answer's list for a handler's result.

        Raises ApiError if the result reports a failure, or is not of the declared type.
        """
        if isinstance(result, HttpResult):
            if result.status >= 400:
                code = HTTPStatus(result.status).phrase.replace(" ", "")
                raise ApiError("The request was not answered.", code=code, status=result.status)
            result = result.body
        if not (result is None or isinstance(result, self._listed)):
            raise MethodNotAllowed("The answer of this operation cannot be part of a batch.")
        return result

    def size_of(self, answer: Any) -> int:
        """The size of one entry in the default format, in bytes."""
        return len(self._item_writers.of(self._formats.default)(answer))

    def response(self, answers: list[Any], codec: Codec, verb: str, headers: Headers) -> Response:
        if not answers:
            # As recorded, an empty list has no headers of its format.
            return self._result.response(HttpResult(body=answers), codec, verb, headers)
        return self._result.response(answers, codec, verb, [*headers, (COMPLETED, str(len(answers)))])

    @cached_property
    def _result(self) -> ResultShape:
        """Created when first needed, since few operations are ever called in batches."""
        listed = TypeRef("list", item=self._item)
        name = self._operation.name + SUFFIX
        return ResultShape(dataclasses.replace(self._operation, name=name, response=listed), self._formats)

    @cached_property
    def _item(self) -> TypeRef:
        return dataclasses.replace(self._operation.response or TypeRef("any"), nullable=True)

    @cached_property
    def _item_writers(self) -> Writers:
        return Writers(self._item, self._formats)


class BatchRun(Generic[Item]):
    """Runs the items of one batch and knows which item failed. `shape` is that of the batch."""

    def __init__(self, items: Sequence[Item], shape: BatchShape, limits: BatchLimits) -> None:
        self._items = items
        self._shape = shape
        self._limits = limits
        self._at = 0
        self._has_begun = False

    @property
    def failed(self) -> Item | None:
        """The item that failed, or None for an empty batch."""
        return self._items[self._at] if self._items else None

    def look_at(self, look: Callable[[Item], object]) -> None:
        """Checks all items in order. Raises the first refusal."""
        for index, item in enumerate(self._items):
            self._at = index
            look(item)

    async def run(self, run: Callable[[Item], Awaitable[Any]]) -> list[Any]:
        """Runs all items in order until one fails. Returns their answers.

        Raises PayloadTooLarge if the answers reach their limit before the last item.
        """
        self._has_begun = True
        answers = []
        size = 0
        for index, item in enumerate(self._items):
            self._at = index
            if size >= self._limits.max_bytes:
                raise PayloadTooLarge(f"The answer to a batch ends at {self._limits.max_bytes:,} bytes. Ask for less.")
            answer = self._shape.answer_of(await run(item))
            size += self._shape.size_of(answer)
            answers.append(answer)
        return answers

    async def read(
        self, attempt: Callable[[Item], Awaitable[Trial]], keep: Callable[[Item], Awaitable[Any]]
    ) -> list[Any]:
        """Runs items that read. Returns their answers, and raises like `run`.

        Reading may change something, such as the caller's read marker. Such changes are kept only once all items have
        succeeded, because the answer to a failed batch shows none of them.
        """
        changing: list[int] = []

        async def tried(item: Item) -> Any:
            trial = await attempt(item)
            if trial.has_changes:
                changing.append(self._at)
            return trial.result

        answers = await self.run(tried)
        for index in changing:
            answers[index] = self._shape.answer_of(await keep(self._items[index]))
        return answers

    @property
    def failed_meta(self) -> Mapping[str, str]:
        """The index of the failed item, for the failure's `Meta`."""
        return {INDEX: str(self._at)}

    @property
    def failed_headers(self) -> Headers:
        """The number of items that were done before the failure, if any item was run."""
        return [(COMPLETED, str(self._at))] if self._has_begun else ()
