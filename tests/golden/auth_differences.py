"""The intended differences from the recordings in signing in, tokens and access."""

import base64
import json
import re
from typing import Any

from tests.golden.comparing import are_alike, comparable, compared_headers
from tests.golden.difference import Complaint, Deviation, Difference
from tests.golden.hosts import Hosts
from tests.golden.recordings import Answer, Case

# -- properties of a case's request


def _is_refused_without_reason(case: Case) -> bool:
    """Whether an access rule refused without a body."""
    recorded = case.recorded
    is_bare = recorded.status == 401 and not recorded.body and recorded.header("WWW-Authenticate") is not None
    return is_bare or (recorded.status == 403 and recorded.media_type == "text/plain")


def _has_unbelievable_token(case: Case) -> bool:
    """Whether an access token of another kind, algorithm or issuer is sent, or one that never expires."""
    shown = f"{case.header('Authorization') or ''} {case.header('Cookie') or ''}"
    return any(_is_unbelievable(*found) for found in re.findall(r"\b(ey[\w-]+)\.([\w-]*)\.[\w-]*", _no_refresh(shown)))


def _no_refresh(cookies: str) -> str:
    return re.sub(r"ss-reftok=[^;]*", "", cookies)


def _is_unbelievable(header: str, payload: str) -> bool:
    head, claims = _decoded(header), _decoded(payload)
    is_foreign = head.get("alg") != "HS256" or head.get("typ") != "JWT" or claims.get("iss", "ssjwt") != "ssjwt"
    return is_foreign or not {"exp", "sub"} <= set(claims)


def _decoded(part: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refreshes_by_access_token(case: Case) -> bool:
    given = re.search(rb'"refreshToken":\s*"(ey[\w-]+)\.', case.body or b"")
    return given is not None and _decoded(given[1].decode()).get("typ") == "JWT" and case.recorded.status == 200


def _spells_name_otherwise(case: Case) -> bool:
    name = _user_name(case)
    return case.recorded.status == 401 and name != name.lower()


def _user_name(case: Case) -> str:
    found = re.search(r'"userName":\s*"([^"]*)"', (case.body or b"").decode())
    return found[1] if found else ""


def _repeats_passwords(case: Case) -> bool:
    """Whether a failure repeats the passwords that were sent."""
    return "ConfirmPassword" in case.recorded.text and "PasswordsShouldMatch" in case.recorded.text


def _gives_tokens_for_basic(case: Case) -> bool:
    """Whether a request for the signed-in user with a Basic password was answered with tokens."""
    recorded = case.recorded
    is_basic = (case.header("Authorization") or "").lower().startswith("basic ")
    has_tokens = recorded.header("X-Cookies") is not None or "earerToken" in recorded.text
    return is_basic and recorded.status == 200 and has_tokens


# -- the required responses


def _same_headers(case: Case, ours: Answer) -> bool:
    """Whether all headers but the type of the body are as recorded."""
    mine, recorded = compared_headers(ours), compared_headers(case.recorded)
    return [each for each in mine if each[0] != "content-type"] == [
        each for each in recorded if each[0] != "content-type"
    ]


def _tells_why(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    told = {401: ("Unauthorized", "Not Authenticated"), 403: ("Forbidden", "Invalid Role")}[case.recorded.status]
    if ours.status != case.recorded.status or not _same_headers(case, ours):
        return "has another status or other headers"
    return None if all(word in ours.text for word in ("esponseStatus", *told)) else "has no ResponseStatus"


def _is_not_signed_in(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    if ours.status == 302 and "/login?redirect=" in (ours.header("Location") or ""):
        return None
    is_told = ours.status == 401 and "Unauthorized" in ours.text and "Not Authenticated" in ours.text
    return None if is_told else f"is {ours.status}, not a 401 Unauthorized"


def _names_blank_fields(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    alike = ours.status == 400 and compared_headers(ours) == compared_headers(case.recorded)
    is_page = case.recorded.is_page and ours.media_type == "text/html"
    return None if alike and (is_page or comparable(ours) == comparable(case.recorded)) else "is not the same as 400"


def _is_no_refresh_token(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    is_told = ours.status == 400 and "ArgumentException" in ours.text and "Token is invalid" in ours.text
    return None if is_told else f"is {ours.status}, not a 400 ArgumentException"


def _gives_no_tokens(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    left = [
        (name, value)
        for name, value in compared_headers(case.recorded)
        if name != "x-cookies" and not value.startswith(("ss-tok=", "ss-reftok="))
    ]
    mine, recorded = str(comparable(ours)), str(comparable(case.recorded))
    recorded = re.sub(r'"(bearerToken|refreshToken|refreshTokenExpiry)":(\.\.\.|"[^"]*"),?', "", recorded)
    recorded = re.sub(r"<(BearerToken|RefreshToken|RefreshTokenExpiry)>[^<]*</\1>", "", recorded)
    is_alike = ours.status == 200 and compared_headers(ours) == left and (case.recorded.is_page or mine == recorded)
    return None if is_alike else "is not the recorded one without the tokens"


def _repeats_no_password(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    sent = re.findall(rb'"(?:confirmP|p)assword":\s*"([^"]+)"', case.body or b"", re.IGNORECASE)
    told = "|".join(re.escape(each.decode()) for each in sent)
    hidden = re.sub(rf'([">:])(?:{told})(?=[",<}}])', r"\1***", case.recorded.text)
    same = ours.status == case.recorded.status and compared_headers(ours) == compared_headers(case.recorded)
    is_page = case.recorded.is_page and not any(each in ours.body for each in sent)
    return None if same and (is_page or ours.text == hidden) else "is not the recorded one without the passwords"


def _signs_in_all_the_same(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    assert case.body is not None
    name = _user_name(case).encode()
    usual = hosts.answer(case, body=case.body.replace(name, name.lower()))
    same = _in_lower_case(usual) == _in_lower_case(ours) and compared_headers(usual) == compared_headers(ours)
    return None if ours.status == usual.status == 200 and same else "is not that for the name in lower case"


def _in_lower_case(answer: Answer) -> str:
    found = comparable(answer)
    assert isinstance(found, str)
    return found.lower()


def _is_that_of_auth(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    usual = hosts.answer(case, target=case.target.replace("/authenticate", "/auth", 1))
    return None if are_alike(ours, usual) else "is not that of the same path below /auth"


ALWAYS = (
    Deviation(
        title="The lifetime of cookies",
        recorded="`Expires` only.",
        ours="`Expires` and `Max-Age`.",
        reason="RFC 6265, 4.1.2.2. `Max-Age` does not depend on the client's clock.",
    ),
    Deviation(
        title="Headers for browsers and caches",
        recorded="None.",
        ours="Every answer has `X-Content-Type-Options: nosniff` and `Cross-Origin-Resource-Policy`: `cross-origin` "
        "with CORS, otherwise `same-origin`. In applications with authentication, operations answer with "
        "`Cache-Control: private, no-store` unless they set their own.",
        reason="Browsers do not guess another type, other sites cannot embed the answer, and caches do not keep "
        "private answers.",
    ),
    Deviation(
        title="`Vary` with CORS",
        recorded="`Vary: Accept`.",
        ours="`Vary: Accept, Origin`, also to requests without an origin.",
        reason="Otherwise a cache would give one site's page the answer for another site.",
    ),
    Deviation(
        title="Guessing passwords",
        recorded="No limit.",
        ours="429 `TooManyRequests` after ten wrong passwords for one account from one network within 15 minutes, and "
        "after a hundred from everywhere within an hour. A sign-in sets the cookie `ss-dev`; the second limit does not "
        "stop browsers that have it. The accounts in memory, with which the recordings are replayed, have no limit.",
        reason="Attackers guess passwords by the thousand, and must not lock out the owner of the account.",
    ),
    Deviation(
        title="Pages of other sites",
        recorded="Cookies work from pages of any site, and any page can sign people in and out.",
        ours="403 `Forbidden` if `Origin` or `Sec-Fetch-Site` names another site, and the request has sign-in cookies "
        "or signs somebody in or out. The same host on another port is another site, and so is `null`. Sites in "
        "`cors_origins` are allowed. Links may lead to operations that only read. `HEAD` signs nobody out.",
        reason="Otherwise a page could act for the people who open it, or sign them in as somebody else.",
    ),
    Deviation(
        title="Cookies and scripts",
        recorded="`?callback=` answers use the request's cookies.",
        ours="`?callback=` answers ignore cookies and set none. Other credentials work.",
        reason="Any page can load a script and read the data that it passes to a function.",
    ),
)
"""Differences in every case, and those that no recording shows. Other tests compare them."""

AUTH_DIFFERENCES = (
    Difference(
        title="The reason of a refusal",
        recorded="401 without a body, with the reason in the status line. 403 as lines of plain text that repeat the "
        "request.",
        ours="The same status and headers, with a ResponseStatus in the caller's format: `Unauthorized` and "
        "`Not Authenticated`, or `Forbidden` and `Invalid Role`.",
        reason="An ASGI application cannot choose the text of the status line, and HTTP/2 has none.",
        cases="auth: *",
        applies=_is_refused_without_reason,
        check=_tells_why,
    ),
    Difference(
        title="Tokens that are not accepted",
        recorded="405 for a token of another algorithm. Accepted are a refresh token in place of an access token, a "
        "token of another issuer, and one without an expiry or a subject.",
        ours="401 `Unauthorized`. Operations for everybody ignore such tokens.",
        reason="A bad request is never a failure of the server. A stolen token must not work for ever.",
        cases="auth: *",
        applies=_has_unbelievable_token,
        check=_is_not_signed_in,
    ),
    Difference(
        title="An access token in place of a refresh token",
        recorded="Exchanged for a fresh access token.",
        ours="400 `ArgumentException`, `Token is invalid`.",
        reason="Otherwise a leaked access token could be renewed for ever.",
        cases="auth: *",
        applies=_refreshes_by_access_token,
        check=_is_no_refresh_token,
    ),
    Difference(
        title="Signing out",
        recorded="Tokens are accepted until they expire.",
        ours="Signing out ends the session and every token that came from it.",
        reason="People who sign out want to be signed out.",
        cases="auth: * after logout",
        applies=lambda case: case.recorded.status == 200,
        check=_is_not_signed_in,
    ),
    Difference(
        title="Blank fields of a sign-in",
        recorded="500 `ValidationException`.",
        ours="400 with the same body.",
        reason="A bad request is never a failure of the server.",
        cases="auth: *",
        applies=lambda case: case.recorded.status == 500,
        check=_names_blank_fields,
    ),
    Difference(
        title="Asking by Basic who is signed in",
        recorded="Every such request signs in, and gives an access token and a refresh token.",
        ours="The user, without tokens. A sign-in gives these.",
        reason="A client that sends a password with every request needs no tokens, and the server would have to keep "
        "them.",
        cases="auth*: *",
        applies=_gives_tokens_for_basic,
        check=_gives_no_tokens,
    ),
    Difference(
        title="Passwords in error messages",
        recorded="Two passwords that differ are both shown, in `ComparisonValue` and `PropertyValue`.",
        ours="`***` in both places.",
        reason="Answers end up in logs and on screens.",
        cases="auth*: *",
        applies=_repeats_passwords,
        check=_repeats_no_password,
    ),
    Difference(
        title="Upper and lower case in user names",
        recorded="401 if the case differs.",
        ours="The case of user names and e-mail addresses does not matter.",
        reason="Phones write the first letter of a field in upper case.",
        cases="auth: *",
        applies=_spells_name_otherwise,
        check=_signs_in_all_the_same,
    ),
    Difference(
        title="`/authenticate`",
        recorded="404.",
        ours="The same as `/auth`.",
        reason="Clients of older versions sign in there.",
        cases="auth: *",
        applies=lambda case: case.path.startswith("/authenticate") and case.recorded.status == 404,
        check=_is_that_of_auth,
    ),
)
