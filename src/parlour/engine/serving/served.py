"""Compiles operations: everything that their requests need."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parlour.engine.codecs import Profile
from parlour.engine.dto.declare import unknown_verbs
from parlour.engine.dto.metadata import DeclarationError, Operation
from parlour.engine.rules.validators import Validator, validator
from parlour.engine.serving.admission import Admitted, Endpoint, endpoint_of
from parlour.engine.serving.answers import FailureShape, ResultShape, failure_dto
from parlour.engine.serving.batches import BatchShape
from parlour.engine.serving.binding import Binder
from parlour.engine.serving.handlers import AnyHandler, refuse_unfit
from parlour.engine.serving.negotiation import Formats

HANDLED_VERBS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
"""The verbs that a handler for `ANY` answers."""


@dataclass(frozen=True, slots=True)
class ServedOperation:
    """A compiled operation. `service_name` is the name of the service in failures."""

    operation: Operation
    service_name: str
    endpoints: Mapping[str, Endpoint]
    binder: Binder
    validate: Validator | None
    result: ResultShape
    failure: FailureShape
    batch: BatchShape


@dataclass(slots=True, kw_only=True)
class Call(Admitted):
    """One request on its way through its operation."""

    served: ServedOperation
    dto: Any


def compiled(
    operation: Operation,
    handlers: Mapping[str, AnyHandler],
    service_name: str,
    *,
    formats: Formats,
    profile: Profile,
    max_body_bytes: int,
    knows_callers: bool,
) -> ServedOperation:
    """Compiles an operation with its handlers by verb. `knows_callers`: the engine identifies callers.

    Raises DeclarationError if they do not fit.
    """
    if not handlers:
        raise DeclarationError(f"{operation.name} has no handler.")
    unknown = unknown_verbs(verb for rule in operation.access for verb in rule.verbs)
    if unknown:
        raise DeclarationError(f"{operation.name} is guarded for {unknown[0]}, which is not a verb.")
    needs_caller = operation.access or any(rule.needs_caller for rule in operation.rules)
    if needs_caller and not knows_callers:
        raise DeclarationError(f"{operation.name} is not for everybody, but the engine has no authentication.")
    binder = Binder(operation.request, formats, max_body_bytes)
    return ServedOperation(
        operation=operation,
        service_name=service_name,
        endpoints=_endpoints(operation, handlers),
        binder=binder,
        validate=validator(operation.request, profile.guid_format),
        result=ResultShape(operation, formats),
        failure=FailureShape(failure_dto(operation), formats),
        batch=BatchShape(operation, binder, formats),
    )


def _endpoints(operation: Operation, handlers: Mapping[str, AnyHandler]) -> dict[str, Endpoint]:
    """The endpoint for each verb. `ANY` stands for every other verb, and HEAD is answered by the handler of GET."""
    known = {"ANY", *HANDLED_VERBS}
    if not set(handlers) <= known:
        raise DeclarationError(
            f"{operation.name} has handlers for {sorted(set(handlers) - known)}, which are not verbs."
        )
    for verb, given in handlers.items():
        refuse_unfit(given, f"{operation.name}, {verb}")
    found = {}
    for verb in HANDLED_VERBS:
        handler = handlers.get(verb, handlers.get("ANY"))
        if handler is not None:
            found[verb] = endpoint_of(verb, operation, handler)
    if "GET" in found:
        # HEAD has the access rules of GET, since it reports on the same things.
        found.setdefault("HEAD", found["GET"])
    return found
