"""The caller, as Parlour's rules need him."""

from dataclasses import dataclass

from parlour.engine.dto.declare import Guid
from parlour.engine.serving.principals import Principal

ADMINISTRATOR = "Administrator"
AGENT = "Agent"
WORKER = "Worker"
CONTACT = "Contact"


@dataclass(frozen=True, kw_only=True)
class Caller(Principal):
    """A user signed in to one agency, in which he is the contact `contact_id`. `user_id` is a Guid.

    `good_until` is when the token or cookie that he showed expires, in microseconds of Unix time; None for a password.
    """

    agency_id: Guid
    contact_id: Guid
    session_id: Guid | None = None
    good_until: int | None = None

    @property
    def is_administrator(self) -> bool:
        return ADMINISTRATOR in self.roles
