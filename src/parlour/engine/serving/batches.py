"""Batches: several requests of one operation in one, at `/json/reply/ChatRequest[]` (docs/wire/routing.md#batches).

All items are looked at first, then each is run by itself: what stands before the first that fails is done.
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

# What a handler answers with where no DTO is declared.
_BARE: Mapping[Kind, type[Any]] = {"string": str, "bytes": bytes, "list": list, "map": dict}

Item = TypeVar("Item")


def without_suffix(name: str) -> tuple[str, bool]:
    """An operation as a path names it, and whether a batch of it is meant."""
    return name.removesuffix(SUFFIX), name.endswith(SUFFIX)


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What a batch may cost: so many items, and no other item once their answers come to `max_bytes`."""

    max_items: int
    max_bytes: int


class BatchShape:
    """How the batches of an operation are read, and their answers written."""

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
        """What stands in the list for a handler's result.

        Raises ApiError for one that tells of a failure, and for one that is not of the declared type.
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
        """How many bytes one answer of the list takes in the default format."""
        return len(self._item_writers.of(self._formats.default)(answer))

    def response(self, answers: list[Any], codec: Codec, verb: str, headers: Headers) -> Response:
        if not answers:
            # As recorded: without what the format puts on a list that has something in it.
            return self._result.response(HttpResult(body=answers), codec, verb, headers)
        return self._result.response(answers, codec, verb, [*headers, (COMPLETED, str(len(answers)))])

    @cached_property
    def _result(self) -> ResultShape:
        """Made when first needed: few operations are ever called in batches."""
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
    """The items of one batch on their way; `shape` is that of the batch."""

    def __init__(self, items: Sequence[Item], shape: BatchShape, limits: BatchLimits) -> None:
        self._items = items
        self._shape = shape
        self._limits = limits
        self._at = 0
        self._has_begun = False

    @property
    def failed(self) -> Item | None:
        """The item that failed; None where there is none."""
        return self._items[self._at] if self._items else None

    def look_at(self, look: Callable[[Item], object]) -> None:
        """Looks at all items, in order, until one is refused."""
        for index, item in enumerate(self._items):
            self._at = index
            look(item)

    async def run(self, run: Callable[[Item], Awaitable[Any]]) -> list[Any]:
        """The answers of all items, run in order until one fails.

        Raises PayloadTooLarge for the item before which the answers have grown to their limit.
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
        """The answers of items that read. Raises like `run`.

        What reading changes, such as how far somebody has read, is kept once all items are answered: the answer to a
        batch that fails shows none of them.
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
        """What a failure says of the item that failed."""
        return {INDEX: str(self._at)}

    @property
    def failed_headers(self) -> Headers:
        """How many items were done before the one that failed, if any was begun."""
        return [(COMPLETED, str(self._at))] if self._has_begun else ()
