"""What the engine is given to run: which function answers which operation and verb, and where it runs.

A handler is a plain function `(request, tx, caller) -> response`. The engine knows nothing of `tx`: a
UnitOfWork supplies it and commits what the handler did before anybody is answered.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from parlour.engine.dto.errors import FieldError, FieldErrors
from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.http.messages import Request

T = TypeVar("T")


class UnitOfWork(Protocol):
    """Runs functions of a transaction, off the event loop."""

    async def read(self, work: Callable[[Any], T]) -> T:
        """Runs `work` on a transaction that only reads; again on one that writes, when it asks for that."""
        ...

    async def write(self, work: Callable[[Any], T]) -> T:
        """Runs `work` and gives its result once everything it wrote is durable; undoes it all when it raises."""
        ...

    async def run_slow(self, work: Callable[[], T]) -> T:
        """Runs slow work that needs no transaction, such as hashing a password; only few at a time."""
        ...


class InlineTransaction:
    """The transaction of work without a store. It only collects what is to happen once the work is done."""

    __slots__ = ("actions",)

    def __init__(self) -> None:
        self.actions: list[Callable[[], object]] = []

    def after_commit(self, action: Callable[[], object]) -> None:
        """Runs `action` once the work is done, and not at all if the work fails."""
        self.actions.append(action)


class InlineUnits:
    """Units of work for an application without a store. Everything runs at once, and a read has no transaction."""

    async def read(self, work: Callable[[Any], T]) -> T:
        return work(None)

    async def write(self, work: Callable[[Any], T]) -> T:
        tx = InlineTransaction()
        result = work(tx)
        for action in tx.actions:
            action()
        return result

    async def run_slow(self, work: Callable[[], T]) -> T:
        return work()


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of a unit of work of which nothing was kept. `has_changes`: it did want to write."""

    result: Any
    has_changes: bool


async def tried(
    run: Callable[[Callable[[Any], Any]], Awaitable[Any]], work: Callable[[Any], Any], *, may_write: bool
) -> Trial:
    """Runs `work` and undoes what it writes; `run` is the method of the units of work to run it by.

    Without `may_write` it begins as work that reads, and is run again when it wants to write.
    """

    def work_and_undo(tx: Any) -> Any:
        nonlocal may_write
        writes, may_write = may_write, True
        result = work(tx)
        if not writes:
            return Trial(result, has_changes=False)
        raise _Undone(result)

    try:
        return await run(work_and_undo)  # type: ignore[no-any-return]  # a Trial
    except _Undone as undone:
        return Trial(undone.result, has_changes=True)


class _Undone(Exception):
    """Raised in a unit of work whose result is wanted, but nothing that it has written."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


@dataclass(frozen=True, slots=True)
class Handler:
    """A function of `(request, tx, caller)`.

    `writes` is False for a function that usually only reads. `check`, a function of the same three, yields the field
    errors that no declared rule can find. They are reported together with those of the declared rules. It runs in the
    handler's transaction, and may raise where the caller must learn nothing (see `raise_field_errors`).
    """

    function: Callable[..., Any]
    writes: bool = True
    check: Callable[[Any, Any, Any], Iterable[FieldError]] | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a DirectHandler works with besides its DTO: the HTTP request and the units of work.

    `field_errors` are the members that break declared rules, for a handler that refuses them itself; `caller` is the
    Principal where access rules had to find out who calls. `is_foreign` says that a page of another site sent the
    request, which must neither sign in nor out.
    """

    http: Request
    units: UnitOfWork
    format_name: str
    field_errors: FieldErrors = field(default_factory=FieldErrors)
    caller: Any = None
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class DirectHandler:
    """An async function of `(request, exchange)`, for operations about the connection itself: signing in and out.

    It runs its own units of work. With `reports_field_errors` it is called although members break declared rules, and
    reports those itself, together with the errors it finds. With `checks_access` it checks the caller itself, and the
    operation's access rules are only shown. Such a handler cannot be called in a batch. A batch of a handler that
    `is_costly`, such as one that hashes a password, may have a single item.
    """

    function: Callable[[Any, Exchange], Awaitable[Any]]
    reports_field_errors: bool = False
    checks_access: bool = False
    is_costly: bool = False


AnyHandler = Handler | DirectHandler


def refuse_unfit(handler: AnyHandler, where: str) -> None:
    """Raises DeclarationError for what cannot be called as a handler; `where` names its operation and verb."""
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
        told = ", ".join(arguments)
        raise DeclarationError(f"{where}: {_named(function)}{signature} cannot be called with ({told}).") from None


def _is_async(function: Callable[..., Any]) -> bool:
    # An object that is called has its function in its class.
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _named(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", repr(function))


@dataclass
class Services:
    """The operations of an application, each with its handlers by verb (`ANY` for every other verb)."""

    handlers: dict[type[Any], dict[str, AnyHandler]] = field(default_factory=dict)
    service_names: dict[type[Any], str] = field(default_factory=dict)

    def add(self, request: type[Any], *, service: str = "", **by_verb: AnyHandler | Callable[..., Any]) -> None:
        """Adds an operation: `add(ChatRequest, service="ChatService", get=list_chats, put=Handler(change, check=...))`.

        A function of `(request, tx, caller)` alone is a Handler, which under GET only reads and else writes. `service`
        is the name that a failure to find a method tells callers; it defaults to the request's.
        """
        handlers = self.handlers.setdefault(request, {})
        for verb, handler in by_verb.items():
            if not isinstance(handler, Handler | DirectHandler):
                handler = Handler(handler, writes=verb.upper() != "GET")
            handlers[verb.upper()] = handler
        self.service_names[request] = service or f"{request.__name__}Service"
