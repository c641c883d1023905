"""Tokens: their users, their expiry, and the refusal of all other texts."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.stubs.auth import SIGNING_KEY, auth_accounts
from parlour.engine.accounts.attempts import Attempts
from parlour.engine.accounts.credentials import Client
from parlour.engine.accounts.devices import Devices
from parlour.engine.accounts.jwt import ACCESS, REFRESH, JwtSigner, access_claims, principal_of, refresh_claims
from parlour.engine.accounts.sessions import LIVE_TOKENS, REPLACED_GRACE, USER_SESSIONS, Lifetimes
from parlour.engine.dto.errors import TokenError
from parlour.engine.http.messages import Response
from parlour.engine.testing import memory_store
from parlour.engine.testing.memory_store import MemoryTries
from tests.engine.samples import UNHURRIED
from tests.golden.recordings import RECORDINGS
from tests.golden.test_golden import needs_recordings
from tests.support.auth_host import SIGNER, START, Host, basic, failure, json_of

NOT_SIGNED_IN = (401, "Unauthorized", "Not Authenticated")
HOUR = timedelta(hours=1)
GOOD = {"sub": 1, "iat": 0, "exp": int((START + HOUR).timestamp())}


@pytest.fixture(scope="module")
def quiet() -> Host:
    """A host that no test changes, for many requests."""
    return Host()


def signed(kind: str = "JWT", signer: JwtSigner = SIGNER, **claims: Any) -> str:
    left = {name: value for name, value in {**GOOD, **claims}.items() if value is not None}
    return signer.sign(kind, left)  # type: ignore[arg-type] # other kinds must be refused


def with_header(header: Mapping[str, Any] | bytes) -> str:
    """A token with another header and a valid signature."""
    _, payload, signature = signed().split(".")
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return f"{urlsafe_b64encode(text).rstrip(b'=').decode()}.{payload}.{signature}"


def parts(token: str) -> list[dict[str, Any]]:
    return [json.loads(urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


@needs_recordings
def test_tokens_say_what_recorded_ones_say_in_the_same_order() -> None:
    recorded = json.loads((Path(RECORDINGS) / "tokens.json").read_text())["default"]
    ann = auth_accounts().find("ann")
    assert ann is not None
    accounts, signer = auth_accounts(), JwtSigner(SIGNING_KEY)
    principal = accounts.principal_of(ann, None, None)
    end = START + HOUR
    access = access_claims(
        principal, issued=START, expires=end, email=ann.email, first_name=ann.first_name, last_name=ann.last_name
    )
    ours = {
        "ss-tok": signer.sign(ACCESS, access),
        "ss-reftok": signer.sign(REFRESH, refresh_claims(ann.user_id, issued=START, expires=end)),
    }

    for name, token in ours.items():
        header, claims = parts(token)
        changing = {"iat": 0, "exp": 0, "jti": 0}
        assert header == recorded[name][0]
        assert list(claims) == list(recorded[name][1])
        assert claims | changing == recorded[name][1] | changing
        assert type(claims["jti"]) is int and (claims["jti"] < 0) == (recorded[name][1]["jti"] < 0)


def test_a_token_describes_the_caller_as_of_its_creation() -> None:
    token = signed(preferred_username="eve", roles=["Agent"], perms=["read"], department="sales")

    claims = SIGNER.read(ACCESS, token, START)
    assert claims is not None
    found = principal_of(claims)

    assert (found.user_id, found.user_name) == ("1", "eve")
    assert (found.roles, found.permissions) == (frozenset({"Agent"}), frozenset({"read"}))
    assert ("department", "sales") in found.claims


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b",
        "a.b.c",
        "..",
        "a.b.c.d.e",
        "é.é.é",
        signed("JWTR"),
        signed("other"),
        signed(signer=JwtSigner(b"x" * 32)),
        signed(iss="elsewhere"),
        signed(exp=None),
        signed(exp="soon"),
        signed(exp=True),
        signed(nbf="later"),
        signed(sub=None),
        signed(sub=""),
        signed(sub=["1"]),
        with_header({"typ": "JWT", "alg": "none"}),
        with_header({"typ": "JWT", "alg": "HS512"}),
        with_header({"typ": "JWT"}),
        with_header({"alg": ["HS256"]}),
        with_header({"alg": "HS256", "crit": ["x"]}),
        with_header({"alg": "HS256", "b64": False}),
        with_header(b"[" * 5000),
        with_header(b'"alg"'),
        f"{signed()}=",
        f" {signed()}x",
    ],
)
def test_an_incomplete_or_foreign_token_identifies_nobody(quiet: Host, token: str) -> None:
    assert failure(quiet.get("/for/users", authorization=f"Bearer {token}")) == NOT_SIGNED_IN
    assert failure(quiet.get("/for/users", cookie=f"ss-tok={token}")) == NOT_SIGNED_IN
    assert failure(quiet.get("/auth", authorization=f"Bearer {token}")) == NOT_SIGNED_IN
    assert quiet.get("/for/all", authorization=f"Bearer {token}").body == b"nobody"


@UNHURRIED
@given(data=st.data())
def test_a_changed_token_is_not_accepted(quiet: Host, data: st.DataObject) -> None:
    token = signed()
    at = data.draw(st.integers(0, len(token) - 1))
    put = data.draw(st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF), max_size=2))
    mangled = token[:at] + put + token[at + 1 :]

    response = quiet.get("/for/users", authorization=f"Bearer {mangled}")

    assert response.status == (200 if mangled == token else 401)


@UNHURRIED
@given(st.text(st.characters(max_codepoint=0xFF), max_size=60))
def test_any_text_as_credentials_gets_401(quiet: Host, text: str) -> None:
    for scheme in ("Bearer", "Digest", ""):
        assert quiet.get("/for/users", authorization=f"{scheme} {text}").status == 401
    assert quiet.get("/for/users", cookie=f"ss-tok={text}; ss-reftok={text}; ss-id={text}").status == 401
    assert quiet.get("/for/users", authorization=f"Basic {text}").status in (400, 401, 404)
    assert quiet.call("POST", "/access-token", {"refreshToken": text}).status == 400


@UNHURRIED
@given(
    st.dictionaries(
        st.sampled_from(["sub", "exp", "nbf", "iss", "aud", "roles", "perms", "name"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=5)
        | st.lists(st.text()),
    )
)
def test_unexpected_claims_with_a_valid_signature_are_handled(quiet: Host, claims: dict[str, Any]) -> None:
    token = SIGNER.sign(ACCESS, GOOD | claims)

    assert quiet.get("/for/agents", authorization=f"Bearer {token}").status in (200, 401, 403)


def test_a_token_of_others_may_end_after_all_dates_and_be_signed_out() -> None:
    host, token = Host(), f"Bearer {signed(exp=10**15)}"

    assert host.get("/for/users", authorization=token).status == 200
    assert host.call("POST", "/auth/logout", authorization=token).status == 200
    assert host.get("/for/users", authorization=token).status == 401


@pytest.mark.parametrize("path", ["/access-token", "/for/users"])
def test_an_old_refresh_cookie_ends_the_session_after_a_grace(path: str) -> None:
    host = Host(tokens_in_cookies=True)
    held = dict(pair.split("=", 1) for pair in set_pairs(host.sign_in()))
    old = f"ss-reftok={held['ss-reftok']}"
    new = [dict(pair.split("=", 1) for pair in set_pairs(host.get("/for/users", cookie=old))) for _ in range(2)]
    assert new[0]["ss-reftok"] == new[1]["ss-reftok"] != held["ss-reftok"]
    host.pass_by(REPLACED_GRACE + timedelta(seconds=1))

    again = host.call("GET" if path == "/for/users" else "POST", path, cookie=old)

    assert again.status == 401
    assert host.get("/for/users", cookie=f"ss-reftok={new[0]['ss-reftok']}").status == 401


def test_an_expired_or_future_token_is_reported_as_such() -> None:
    host = Host()
    early = signed(nbf=int((START + HOUR).timestamp()))
    token = signed()

    assert failure(host.get("/for/users", authorization=f"Bearer {early}"))[1:] == (
        "TokenException",
        "Token not valid yet",
    )
    host.pass_by(HOUR)
    assert failure(host.get("/for/users", authorization=f"Bearer {token}"))[1:] == (
        "TokenException",
        "Token has expired",
    )


def test_with_an_audience_tokens_must_be_for_it() -> None:
    ours, theirs = JwtSigner(b"k" * 32, audience="us"), JwtSigner(b"k" * 32, audience="them")

    assert ours.read(ACCESS, ours.sign(ACCESS, GOOD), START) is not None
    assert ours.read(ACCESS, ours.sign(ACCESS, {**GOOD, "aud": ["them", "us"]}), START) is not None
    with pytest.raises(TokenError, match="Invalid Audience: them"):
        ours.read(ACCESS, theirs.sign(ACCESS, GOOD), START)


def test_each_kind_of_token_is_accepted_only_for_its_purpose() -> None:
    host = Host()
    tokens = host.tokens()

    assert host.get("/for/users", authorization=f"Bearer {tokens['access']}").body == b"ann"
    assert failure(host.get("/for/users", authorization=f"Bearer {tokens['refresh']}")) == NOT_SIGNED_IN
    assert failure(host.call("POST", "/access-token", {"refreshToken": tokens["access"]}))[:2] == (
        400,
        "ArgumentException",
    )
    fresh = json_of(host.call("POST", "/access-token", {"refreshToken": tokens["refresh"]}))["accessToken"]
    assert host.get("/for/users", authorization=f"Bearer {fresh}").body == b"ann"


def test_a_refresh_cookie_replaces_an_expired_access_token() -> None:
    host = Host()
    tokens = host.tokens()
    host.pass_by(Lifetimes().access_token)

    response = host.get("/for/users", cookie=f"ss-tok={tokens['access']}; ss-reftok={tokens['refresh']}")

    assert response.body == b"ann"
    given = [value for name, value in response.headers if name == "Set-Cookie"]
    assert [value.startswith("ss-tok=ey") for value in given if value.startswith("ss-tok=")] == [False, True]
    assert [value.startswith("ss-reftok=ey") for value in given if value.startswith("ss-reftok=")] == [True]


def test_signing_out_ends_all_tokens_that_came_from_the_session() -> None:
    host = Host()
    tokens = host.tokens()
    fresh = json_of(host.call("POST", "/access-token", {"refreshToken": tokens["refresh"]}))["accessToken"]
    other = host.tokens()

    host.call("POST", "/auth/logout", authorization=f"Bearer {tokens['access']}")

    for ended in (tokens["access"], fresh):
        assert failure(host.get("/for/users", authorization=f"Bearer {ended}"))[2] == "Token has been invalidated"
    assert host.call("POST", "/access-token", {"refreshToken": tokens["refresh"]}).status == 401
    assert host.get("/for/users", cookie=f"ss-reftok={tokens['refresh']}").status == 401
    assert host.get("/for/users", authorization=f"Bearer {other['access']}").status == 200


def test_a_session_keeps_only_its_newest_access_tokens() -> None:
    host = Host()
    first = host.tokens()
    tokens = [first["access"]]
    for _ in range(LIVE_TOKENS + 1):
        refreshed = host.call("POST", "/access-token", {"refreshToken": first["refresh"]})
        tokens.append(json_of(refreshed)["accessToken"])

    statuses = [host.get("/for/users", authorization=f"Bearer {token}").status for token in tokens]

    assert statuses == [401, 401, *[200] * LIVE_TOKENS]


def test_repeated_requests_do_not_fill_the_memory() -> None:
    host = Host()
    tokens = host.tokens()
    cookies = {name: value for name, _, value in (pair.partition("=") for pair in set_pairs(host.sign_in()))}

    def all_of_it(times: int) -> int:
        for number in range(times):
            host.call("POST", "/access-token", {"refreshToken": tokens["refresh"]})
            host.call("POST", "/session-to-token", {}, cookie=f"ss-id={cookies['ss-id']}")
            for path in ("/auth", "/session-to-token", "/for/users"):
                host.call("POST", path, {}, authorization=basic("bob"))
            host.get("/for/users", cookie=f"ss-reftok={tokens['refresh']}")
            host.call("POST", "/auth/logout", {}, authorization=f"Bearer nothing{number}", cookie=f"ss-id=no{number}")
            host.sign_in("bob")
        kept = [*vars(host.accounts).items(), *vars(host.accounts.store).items()]
        return len(str(sorted(map(str, kept))))

    before = all_of_it(USER_SESSIONS)

    assert all_of_it(USER_SESSIONS) <= before * 1.02


def test_the_number_of_counted_unknown_names_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_store, "COUNTED_NAMES", 200)
    tries = MemoryTries(lambda: START)
    attempts = Attempts(tries, Devices(b"k" * 32), str.casefold)
    for number in range(210):
        attempts.count(None, f"nobody{number}", None, Client())

    assert len(list(tries)) == 200


@pytest.mark.parametrize("path", ["/auth", "/auth/basic"])
def test_basic_credentials_on_each_request_create_no_tokens(path: str) -> None:
    host = Host(tokens_in_cookies=True)
    response = host.get(path, authorization=basic("ann"))

    assert json_of(response)["userName"] == "ann"
    assert [pair.partition("=")[0] for pair in set_pairs(response)] == ["X-UAId"]
    assert host.call("POST", "/session-to-token", {}, authorization=basic("ann")).status == 401


def set_pairs(response: Response) -> list[str]:
    return [value.partition(";")[0] for name, value in response.headers if name == "Set-Cookie"]
