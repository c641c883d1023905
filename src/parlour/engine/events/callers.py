"""Identifies the callers who open streams, and what others see of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from parlour.engine.dto.errors import ApiError, Unauthorized
from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.events.stream_slots import StreamSlots, holder_of
from parlour.engine.events.subscriptions import ANONYMOUS_PICTURE, Subscription
from parlour.engine.http.cookies import new_session_id
from parlour.engine.http.messages import Request
from parlour.engine.serving.handlers import UnitOfWork
from parlour.engine.serving.principals import Authentication, Identified, Principal, identified


@dataclass(frozen=True, slots=True)
class Listener:
    """The session and the picture of a signed-in caller."""

    session_id: str | None = None
    picture: str | None = None


class Callers:
    """Identifies callers and creates their subscriptions. Anonymous callers are numbered, unless `must_be_signed_in`.

    A caller may have at most `max_streams` open. Raises DeclarationError if callers must be signed in but
    `authentication` is None.
    """

    def __init__(
        self,
        units: UnitOfWork,
        authentication: Authentication | None,
        listener: Callable[[Principal], Listener],
        *,
        must_be_signed_in: bool,
        max_streams: int,
    ) -> None:
        if must_be_signed_in and authentication is None:
            raise DeclarationError("The event stream is for signed-in callers, but ServerEvents has no authentication.")
        self._units = units
        self._authentication = authentication
        self._listener = listener
        self._must_be_signed_in = must_be_signed_in
        self._slots = StreamSlots(max_streams)
        self._anonymous = 0

    async def caller(self, request: Request) -> Identified:
        """The caller. Raises Unauthorized for anonymous callers if `must_be_signed_in`."""
        authentication = self._authentication
        if authentication is None:
            return Identified()
        try:
            caller = await identified(authentication, request, self._units)
            if self._must_be_signed_in and caller.principal is None:
                raise Unauthorized("Not Authenticated", headers=caller.headers)
        except ApiError as error:
            if not self._must_be_signed_in:
                # Where anonymous callers are allowed, invalid credentials count as none.
                return Identified()
            if isinstance(error, Unauthorized):
                raise ApiError.like(error, [("WWW-Authenticate", authentication.challenge)]) from error
            raise
        return caller

    def subscription(self, request: Request, caller: Identified) -> Subscription:
        """A subscription of the caller, without channels yet. Raises TooManyRequests."""
        principal = caller.principal
        listener = Listener() if principal is None else self._listener(principal)
        holder = holder_of(caller, listener.session_id, request.client)
        slot = self._slots.take(holder, of_user=None if principal is None else principal.user_id)
        if principal is None:
            self._anonymous += 1
            user_id, user_name, display_name = f"-{self._anonymous}", "", f"user{self._anonymous}"
        else:
            user_id, user_name = principal.user_id, principal.user_name
            display_name = principal.display_name or user_name
        return Subscription(
            id=new_session_id(),
            user_id=user_id,
            user_name=user_name,
            display_name=display_name,
            picture=listener.picture or ANONYMOUS_PICTURE,
            address=request.client,
            channels=[],
            created_ms=int(time.time() * 1000),
            holder=holder,
            slot=slot,
            principal=principal,
            session_id=listener.session_id,
            last_id=None if principal is None else request.header("last-event-id"),
        )
