"""The prerequisites of cases on the host `auth`: `<cookies of ann>`, and earlier recorded requests.

A file contains some of the recorded cases, in order. Later cases depend on earlier ones, so the omitted requests are
sent here.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from examples.stubs.auth import PASSWORD
from tests.golden.recordings import Answer, Case

_PLACEHOLDER = re.compile(r"<cookies of (\w+)>")

# The user requested the signed-in user twice, then signed in again with the existing cookies.
_BEFORE_SECOND_SIGN_IN = (": auth", ": auth xml", ": auth post credentials again")


class SignedIn:
    """Signs in users of a host when a case needs their cookies. `send` sends a case to its host."""

    def __init__(self, send: Callable[[Case], Answer]) -> None:
        self._send = send
        self._cookies: dict[tuple[str, ...], str] = {}
        self._done: set[tuple[str, ...]] = set()

    def prepared(self, case: Case) -> Case:
        """The case with real cookies, after all earlier requests were sent."""
        if case.name.startswith("register ") and case.name != "register ok":
            cat = {"userName": "cat", "password": PASSWORD, "email": "cat@example.org"}
            self._once(case, "cat", "/register", cat)
        headers = [
            (name, _PLACEHOLDER.sub(lambda found: self._cookies_of(case, found[1]), text))
            for name, text in case.headers
        ]
        return replace(case, headers=tuple(headers))

    def _cookies_of(self, case: Case, user: str) -> str:
        key = (case.group, case.profile, user)
        if key not in self._cookies:
            given = self._post(case, "/auth/credentials", _credentials(user)).headers
            self._cookies[key] = "; ".join(value.partition(";")[0] for name, value in given if name == "Set-Cookie")
        if not case.name.endswith(_BEFORE_SECOND_SIGN_IN):
            self._once(case, f"{user} again", "/auth/credentials", _credentials(user), self._cookies[key])
        if case.name.endswith(": after logout"):
            self._once(case, f"{user} out", "/auth/logout", {}, self._cookies[key])
        return self._cookies[key]

    def _once(self, case: Case, what: str, path: str, body: dict[str, Any], cookies: str = "") -> None:
        key = (case.group, case.profile, what)
        if key not in self._done:
            self._done.add(key)
            self._post(case, path, body, cookies)

    def _post(self, case: Case, path: str, body: dict[str, Any], cookies: str = "") -> Answer:
        headers = (("Content-Type", "application/json"), ("Accept", "application/json"), ("Cookie", cookies))
        sent = json.dumps(body).encode()
        return self._send(replace(case, method="POST", target=path, headers=headers, body=sent, is_chunked=False))


def _credentials(user: str) -> dict[str, Any]:
    return {"userName": user, "password": PASSWORD}
