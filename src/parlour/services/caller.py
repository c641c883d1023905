"""The caller, with what Parlour's rules need to know."""

from dataclasses import dataclass

from parlour.engine.dto.declare import Guid
from parlour.engine.serving.principals import Principal

ADMINISTRATOR = "Administrator"
AGENT = "Agent"
WORKER = "Worker"
CONTACT = "Contact"


@dataclass(frozen=True, kw_only=True)
class Caller(Principal):
    """A user who is signed in to one agency and is the contact `contact_id` there. `user_id` is a Guid.

    `good_until` is when the caller's token or cookie expires, in microseconds of Unix time. None for a password.
    """

    agency_id: Guid
    contact_id: Guid
    session_id: Guid | None = None
    good_until: int | None = None

    @property
    def is_administrator(self) -> bool:
        return ADMINISTRATOR in self.roles
