"""The parts of an application that the engine runs: handlers by operation and verb, and units of work.

A handler is a plain function `(request, tx, caller) -> response`. The engine does not use `tx` itself. A UnitOfWork
supplies it, and commits the handler's changes before the answer is sent.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from parlour.engine.dto.errors import FieldError
from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.http.messages import Request

T = TypeVar("T")


class UnitOfWork(Protocol):
    """Runs functions that take a transaction, outside of the event loop."""

    async def read(self, work: Callable[[Any], T], lane: str | None = None) -> T:
        """Runs `work` on a transaction that only reads, perhaps several times.

        Work that asks to write runs again on one that writes, whose attribute `may_write` is true.
        """
        ...

    async def write(self, work: Callable[[Any], T], lane: str | None = None, *, gathers: bool = False) -> T:
        """Runs `work` and returns its result once its changes are durable. If it raises, all changes are undone.

        Work of one `lane` may run one after the other, so that it does not collide. See `Handler` for `gathers`.
        """
        ...

    async def run_slow(self, work: Callable[[], T]) -> T:
        """Runs slow work without a transaction, such as hashing a password. Only a few run at a time."""
        ...


class InlineTransaction:
    """The transaction of an application without a store. It only collects actions for after the work."""

    __slots__ = ("actions",)

    def __init__(self) -> None:
        self.actions: list[Callable[[], object]] = []

    def after_commit(self, action: Callable[[], object]) -> None:
        """Runs `action` when the work is done. If the work fails, it does not run."""
        self.actions.append(action)


class InlineUnits:
    """Units of work for an application without a store. Everything runs at once, and a read has no transaction."""

    async def read(self, work: Callable[[Any], T], lane: str | None = None) -> T:
        return work(None)

    async def write(self, work: Callable[[Any], T], lane: str | None = None, *, gathers: bool = False) -> T:
        tx = InlineTransaction()
        result = work(tx)
        for action in tx.actions:
            action()
        return result

    async def run_slow(self, work: Callable[[], T]) -> T:
        return work()


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of a unit of work whose changes were undone. `has_changes`: there were changes."""

    result: Any
    has_changes: bool


async def tried(
    run: Callable[[Callable[[Any], Any]], Awaitable[Any]], work: Callable[[Any], Any], *, may_write: bool
) -> Trial:
    """Runs `work` and undoes its changes. `run` is the `read` or the `write` of the units of work.

    Without `may_write`, the work begins as a reader and runs again if it needs to write.
    """

    def work_and_undo(tx: Any) -> Any:
        result = work(tx)
        # A reader may run several times, too.
        if not (may_write or getattr(tx, "may_write", False)):
            return Trial(result, has_changes=False)
        raise _Undone(result)

    try:
        return await run(work_and_undo)  # type: ignore[no-any-return]  # a Trial
    except _Undone as undone:
        return Trial(undone.result, has_changes=True)


class _Undone(Exception):
    """Raised to undo a unit of work. It carries the result."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


@dataclass(frozen=True, slots=True)
class Handler:
    """A function of `(request, tx, caller)`.

    `writes` is False for a function that usually only reads. `check` takes the same three arguments and yields field
    errors that no declared rule can find. They are reported together with those of the declared rules. It runs in the
    handler's transaction. It may raise to hide things that the caller may not see (see `raise_field_errors`).

    `lane`, a function of the request, names the one thing that the work is about, such as a chat. The units of work may
    then keep the work apart from other work in no way but by locks. So the handler locks that thing before it reads
    anything that it depends on. `gathers`, a function of the request, says that it usually reads nothing after that. It
    may then run on what was committed a moment ago.
    """

    function: Callable[..., Any]
    writes: bool = True
    check: Callable[[Any, Any, Any], Iterable[FieldError]] | None = None
    lane: Callable[[Any], str | None] | None = None
    gathers: Callable[[Any], bool] | None = None


# Not frozen, since each request of a DirectHandler makes one, and a frozen one takes three times as long.
@dataclass(slots=True)
class Exchange:
    """The context of a DirectHandler besides its DTO: the HTTP request and the units of work.

    `field_errors` are for a handler that reports them itself. `caller` is the Principal, if access rules needed one.
    `is_foreign` says that a page of another site sent the request, which must not sign anybody in or out.
    """

    http: Request
    units: UnitOfWork
    format_name: str
    field_errors: Sequence[FieldError] = ()
    caller: Any = None
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class DirectHandler:
    """An async function of `(request, exchange)`, for operations about the connection itself: signing in and out.

    It runs its own units of work. With `reports_field_errors` it is called even if members break declared rules, and
    reports those errors together with its own. With `checks_access` it checks the caller itself, and the operation's
    access rules are only shown on pages. Such a handler cannot be called in a batch. A batch of a handler that
    `is_costly`, such as one that hashes a password, may have a single item. One that `only_reads` changes nothing, so
    pages of other sites may link to it.
    """

    function: Callable[[Any, Exchange], Awaitable[Any]]
    reports_field_errors: bool = False
    checks_access: bool = False
    is_costly: bool = False
    only_reads: bool = False


AnyHandler = Handler | DirectHandler


def refuse_unfit(handler: AnyHandler, where: str) -> None:
    """Raises DeclarationError if `handler` cannot be called as one. `where` names its operation and verb."""
    if isinstance(handler, Handler):
        _refuse_signature(handler.function, ("request", "tx", "caller"), where)
        if _is_async(handler.function):
            raise DeclarationError(f"{where}: {_named(handler.function)} is async, which only a DirectHandler may be.")
        if handler.check is not None:
            _refuse_signature(handler.check, ("request", "tx", "caller"), where)
    else:
        _refuse_signature(handler.function, ("request", "exchange"), where)
        if not _is_async(handler.function):
            raise DeclarationError(f"{where}: {_named(handler.function)} is not async, which a DirectHandler must be.")


def _refuse_signature(function: Callable[..., Any], arguments: Sequence[str], where: str) -> None:
    if not callable(function):
        raise DeclarationError(f"{where}: {function!r} cannot be called.")
    signature = inspect.signature(function)
    try:
        signature.bind(*arguments)
    except TypeError:
        names = ", ".join(arguments)
        raise DeclarationError(f"{where}: {_named(function)}{signature} cannot be called with ({names}).") from None


def _is_async(function: Callable[..., Any]) -> bool:
    # The function of a callable object is in its class.
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _named(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", repr(function))


@dataclass
class Services:
    """The operations of an application, each with its handlers by verb. `ANY` stands for every other verb."""

    handlers: dict[type[Any], dict[str, AnyHandler]] = field(default_factory=dict)
    service_names: dict[type[Any], str] = field(default_factory=dict)

    def add(self, request: type[Any], *, service: str = "", **by_verb: AnyHandler | Callable[..., Any]) -> None:
        """Adds an operation: `add(ChatRequest, service="ChatService", get=list_chats, put=Handler(change, check=...))`.

        A plain function of `(request, tx, caller)` becomes a Handler that reads under GET and writes under other verbs.
        `service` is the name in the error for a missing method. It defaults to the request's name.
        """
        handlers = self.handlers.setdefault(request, {})
        for verb, handler in by_verb.items():
            if not isinstance(handler, Handler | DirectHandler):
                handler = Handler(handler, writes=verb.upper() != "GET")
            handlers[verb.upper()] = handler
        self.service_names[request] = service or f"{request.__name__}Service"
