"""All operations of a Parlour, by the verbs that are handled by different code."""

from collections.abc import Iterator, Sequence
from typing import Any

from parlour import app
from parlour.engine.dto.metadata import operation_of
from parlour.engine.events import ServerEvents
from parlour.engine.serving.served import HANDLED_VERBS
from parlour.services.identity import Identity
from tests.support.access_world import SETTINGS

_KEY = SETTINGS.secret_key.encode()

# Verbs with a body first: their handler often handles GET as well.
_BY_BODY = ("POST", "PUT", "PATCH", "DELETE", "GET")


def operations(*, with_body: bool = False) -> Sequence[tuple[str, str]]:
    """The name of each operation with each verb, with `with_body` only verbs that have a body."""
    return [each for each in _operations() if not with_body or each[1] != "GET"]


def _operations() -> Iterator[tuple[str, str]]:
    services = app.services(SETTINGS, Identity(_KEY), app.invitation_policy(SETTINGS, _KEY))
    ServerEvents().register(services)
    assert set(_BY_BODY) <= set(HANDLED_VERBS)
    for request, handlers in services.handlers.items():
        cls: Any = request
        told: list[Any] = []
        for verb in _BY_BODY:
            handler = handlers.get(verb, handlers.get("ANY"))
            routes = operation_of(cls).routes
            is_routed = any(not route.verbs or verb in route.verbs for route in routes)
            if handler is not None and is_routed and handler not in told:
                told.append(handler)
                yield operation_of(cls).name, verb
