"""Access to operations by credential."""

import logging
from datetime import timedelta

import pytest

from parlour.engine.accounts.attempts import TRIES, TRIES_ANYWHERE, TRIES_ANYWHERE_WINDOW, TRIES_WINDOW
from parlour.engine.accounts.credentials import presented
from parlour.engine.accounts.jwt import ACCESS, access_claims
from parlour.engine.http.messages import Request
from parlour.engine.serving.principals import ApiKey
from parlour.engine.testing.memory_accounts import UserKey
from parlour.engine.testing.memory_store import MemoryUser
from tests.support.auth_host import PASSWORD, SIGNER, START, Host, basic, failure, json_of

CHALLENGE = ("WWW-Authenticate", 'credentials realm="/auth/credentials"')


@pytest.fixture
def host() -> Host:
    return Host()


def bearer(host: Host, name: str = "ann") -> str:
    return f"Bearer {host.tokens(name)['access']}"


# Roles and permissions


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/for/all", {"ann", "bob", "root", ""}),
        ("/for/users", {"ann", "bob", "root"}),
        ("/for/agents", {"ann", "root"}),
        ("/for/readers", {"ann", "root"}),
        ("/for/writers", {"root"}),
    ],
)
def test_an_operation_is_open_to_the_callers_of_its_access_rule(host: Host, path: str, allowed: set[str]) -> None:
    callers = {name: bearer(host, name) for name in ("ann", "bob", "root")} | {"": ""}

    assert {name for name, shown in callers.items() if host.get(path, authorization=shown).status == 200} == allowed


def test_a_missing_role_or_permission_is_reported_as_such(host: Host) -> None:
    shown = bearer(host, "bob")

    assert failure(host.get("/for/agents", authorization=shown)) == (403, "Forbidden", "Invalid Role")
    assert failure(host.get("/for/readers", authorization=shown)) == (403, "Forbidden", "Invalid Permission")


def test_a_role_given_after_the_token_was_issued_counts(host: Host) -> None:
    shown = bearer(host, "bob")
    root = basic("root")

    change = {"userName": "bob", "roles": ["Agent"], "permissions": ["read"]}
    given = json_of(host.call("POST", "/assignroles", change, authorization=root))
    allowed = host.get("/for/agents", authorization=shown)
    taken = json_of(host.call("POST", "/unassignroles", change, authorization=root))

    assert (given["allRoles"], given["allPermissions"]) == (["Agent"], ["read"])
    assert allowed.body == b"bob"
    assert taken["allRoles"] == taken["allPermissions"] == []
    assert host.get("/for/agents", authorization=shown).status == 403


@pytest.mark.parametrize(
    ("caller", "body", "expected"),
    [
        ("", {"userName": "bob"}, (401, "Unauthorized")),
        ("ann", {"userName": "bob", "roles": ["Admin"]}, (403, "Forbidden")),
        ("ann", {}, (403, "Forbidden")),
        ("root", {}, (400, "ArgumentNullException")),
        ("root", {"userName": "zoe"}, (404, "NotFound")),
    ],
)
@pytest.mark.parametrize("path", ["/assignroles", "/unassignroles"])
def test_only_administrators_assign_roles(
    host: Host, path: str, caller: str, body: dict[str, object], expected: tuple[int, str]
) -> None:
    response = host.call("POST", path, body, authorization=basic(caller) if caller else "")

    assert failure(response)[:2] == expected
    bob = host.accounts.find("bob")
    assert bob is not None and bob.roles == set()


def test_a_refusal_before_the_service_has_the_shared_shape(host: Host) -> None:
    old = bearer(host)
    host.pass_by(timedelta(days=14))

    for path in ("/for/users", "/for/agents"):
        response = host.get(path, authorization=old)
        assert failure(response) == (401, "TokenException", "Token has expired")
        assert CHALLENGE not in response.headers
    assert CHALLENGE in host.get("/for/users").headers


# Basic


def test_basic_identifies_by_name_or_address_in_any_case(host: Host) -> None:
    for name in ("ann", "ANN", "Ann@Example.org"):
        assert host.get("/for/users", authorization=basic(name)).body == b"ann"


@pytest.mark.parametrize("name", ["ann", "zoe", ""])
def test_a_wrong_name_and_a_wrong_password_get_the_same_error(host: Host, name: str) -> None:
    if name:
        response = host.get("/for/users", authorization=basic(name, "wrong"))
        assert failure(response) == (401, "Unauthorized", "Invalid Username or Password")
    assert host.get("/for/all", authorization=basic(name, "wrong")).body == b"nobody"


def test_a_locked_user_is_refused_with_every_credential(host: Host) -> None:
    tokens = host.tokens()
    session = dict(
        value.partition(";")[0].split("=", 1) for name, value in host.sign_in().headers if name == "Set-Cookie"
    )["ss-id"]
    ann = host.accounts.find("ann")
    assert ann is not None
    ann.is_disabled = True

    assert failure(host.sign_in()) == (401, "AuthenticationException", "This account has been locked")
    assert host.get("/for/users", authorization=basic("ann")).status == 401
    assert host.get("/for/users", authorization=f"Bearer {tokens['access']}").status == 401
    assert host.get("/for/users", cookie=f"ss-id={session}").status == 401
    assert host.get("/for/users", cookie=f"ss-reftok={tokens['refresh']}").status == 401
    assert host.call("POST", "/access-token", {"refreshToken": tokens["refresh"]}).status == 401


def test_after_too_many_guesses_even_the_right_password_is_refused(host: Host) -> None:
    for _ in range(TRIES):
        assert host.sign_in(password="wrong").status == 401

    stopped = host.sign_in()
    assert stopped.status == 429
    assert dict(stopped.headers)["Retry-After"] == str(int(TRIES_WINDOW.total_seconds()))
    assert host.get("/auth", authorization=basic("ANN")).status == 429
    assert host.sign_in("bob").status == 200
    host.pass_by(TRIES_WINDOW)
    assert host.sign_in().status == 200


def test_guesses_from_other_networks_lock_a_user_out_only_at_a_high_limit(host: Host) -> None:
    device = next(value for name, value in host.sign_in().headers if value.startswith("ss-dev=")).partition(";")[0]
    for number in range(TRIES_ANYWHERE):
        assert host.sign_in(password="wrong", client=f"10.{number // TRIES}.0.{number % TRIES}").status == 401
        assert number % TRIES or host.sign_in("bob").status == 200
    assert host.sign_in(password="wrong", client="10.0.0.200").status == 429

    stopped = host.sign_in(client="2001:db8::1")
    known = host.sign_in(client="2001:db8::1", cookie=device)

    assert (stopped.status, known.status) == (429, 200)
    assert dict(stopped.headers)["Retry-After"] == str(int(TRIES_ANYWHERE_WINDOW.total_seconds()))
    host.pass_by(TRIES_ANYWHERE_WINDOW)
    assert host.sign_in(client="2001:db8::1").status == 200


def test_another_name_of_the_same_account_gives_no_more_tries(host: Host) -> None:
    for _ in range(TRIES):
        host.sign_in(password="wrong")

    assert host.sign_in("ann@example.org").status == 429


def test_failures_are_logged_without_the_typed_password(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    host.sign_in(password="s3cret", client="192.0.2.7")
    host.sign_in("s3cret", "s3cret", client="192.0.2.7")
    host.get("/for/users", authorization=basic("bob", "s3cret"))

    assert caplog.messages == [
        "A sign-in as 'ann' from 192.0.2.7 failed: wrong password",
        "A sign-in from 192.0.2.7 failed: no such account",
        "A sign-in as 'bob' from nowhere failed: wrong password",
    ]


def test_without_throttles_no_device_cookie_is_set() -> None:
    assert "ss-dev" not in str(Host(counts_tries=False).sign_in().headers)


def test_a_right_password_resets_the_count(host: Host) -> None:
    for _ in range(3):
        for _ in range(TRIES - 1):
            host.sign_in(password="wrong")
        assert host.sign_in().status == 200


# API keys


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        ("ak-all", {"/for/keys"}),
        ("ak-reports", {"/for/keys", "/for/reports"}),
        ("ak-admin", {"/for/keys", "/for/reports"}),
        ("ak-one", {"/for/keys"}),
        ("ak-none", set[str]()),
        ("", set[str]()),
    ],
)
def test_an_api_key_without_a_user_opens_only_operations_for_keys(host: Host, key: str, allowed: set[str]) -> None:
    paths = ("/for/keys", "/for/reports", "/for/users", "/for/agents")

    for headers in ({"x_api_key": key}, {"authorization": f"Bearer {key}"}):
        assert {path for path in paths if host.get(path, **headers).status == 200} == allowed


def test_without_a_sufficient_key_the_caller_is_refused(host: Host) -> None:
    response = host.get("/for/keys", authorization=bearer(host, "root"))

    assert failure(response) == (401, "Unauthorized", "Invalid API Key")
    assert CHALLENGE not in response.headers


def test_a_key_that_names_operations_opens_no_other() -> None:
    key = ApiKey("x", operations=frozenset({"A"}))

    assert key.allows("A", None) and not key.allows("B", None) and not key.allows("A", "scope")


def test_a_users_key_identifies_the_user(host: Host) -> None:
    host.accounts.add_user_key(UserKey("live-1", "1"))

    for shown in ("Bearer live-1", basic("live-1", "")):
        assert host.get("/for/agents", authorization=shown).body == b"ann"
    assert json_of(host.get("/auth", authorization="Bearer live-1"))["authProvider"] == "apikey"


def test_an_unusable_user_key_is_refused_with_the_reason(host: Host) -> None:
    host.accounts.add_user_key(UserKey("old", "1", expires_at=START))
    host.accounts.add_user_key(UserKey("gone", "1", is_cancelled=True))

    assert failure(host.get("/for/users", authorization="Bearer old")) == (403, "Forbidden", "API Key has expired")
    assert failure(host.get("/for/users", authorization=basic("gone", "")))[2] == "API Key has been cancelled"
    assert failure(host.get("/for/users", authorization=basic("none", "")))[:2] == (404, "NotFound")
    assert host.get("/for/users", authorization="Bearer none").status == 401
    for shown in ("Bearer old", basic("gone", ""), basic("none", "")):
        assert host.get("/for/all", authorization=shown).body == b"nobody"
        assert failure(host.get("/auth", authorization=shown)) == (401, "Unauthorized", "Not Authenticated")


def test_users_can_list_and_regenerate_their_keys(host: Host) -> None:
    host.accounts.add_user_key(UserKey("live-1", "1"))
    host.accounts.add_user_key(UserKey("test-1", "1", environment="test"))
    host.accounts.add_user_key(UserKey("of-bob", "2"))
    ann = basic("ann")

    before = json_of(host.get("/apikeys", authorization=ann))["results"]
    (fresh,) = json_of(host.call("POST", "/apikeys/regenerate/live", {}, authorization=ann))["results"]

    assert [each["key"] for each in before] == ["live-1", "test-1"]
    assert host.get("/for/users", authorization="Bearer live-1").status == 403
    assert host.get("/for/users", authorization=f"Bearer {fresh['key']}").body == b"ann"
    assert [each["key"] for each in json_of(host.get("/apikeys/test", authorization=ann))["results"]] == ["test-1"]
    assert host.get("/apikeys").status == 401


# Registering


def test_a_registered_user_can_sign_in_and_names_are_unique(host: Host) -> None:
    made = host.call("POST", "/register", {"userName": "Eve", "email": "eve@example.org", "password": PASSWORD})
    again = host.call("POST", "/register", {"userName": "EVE", "email": "Eve@example.org", "password": PASSWORD})

    assert json_of(made) == {"userId": "4", "userName": "Eve"}
    assert host.sign_in("eve@example.org").status == 200
    assert [each["errorCode"] for each in json_of(again)["responseStatus"]["errors"]] == ["AlreadyExists"] * 2


def test_registering_can_sign_in_at_once(host: Host) -> None:
    made = json_of(
        host.call("POST", "/register", {"email": "eve@example.org", "password": PASSWORD, "autoLogin": True})
    )

    assert made["userName"] == "eve@example.org"
    assert host.get("/for/users", authorization=f"Bearer {made['bearerToken']}").body == b"eve@example.org"


def test_a_signed_in_user_cannot_register(host: Host) -> None:
    response = host.call("POST", "/register", {"userName": "eve", "password": PASSWORD}, authorization=bearer(host))

    assert failure(response)[:2] == (405, "NotSupportedException")


# Secrets


def test_no_secret_is_in_a_repr_or_in_a_log(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = bearer(host)
    user = MemoryUser(user_id="9", user_name="zoe")
    host.accounts.add(user, "hush-hush")
    key = UserKey("hush-key", "9")

    host.sign_in(password="hush-hush")
    host.get("/for/users", authorization=token)
    host.get("/for/keys", x_api_key="hush-key")
    shown = presented(Request(method="GET", path="/", headers=[("authorization", token), ("x-api-key", "hush-key")]))

    told_all = " ".join([caplog.text, repr(user), repr(key), repr(shown), repr(host.accounts)])
    assert "hush" not in told_all and token not in told_all


def test_a_valid_token_of_an_unknown_user_is_accepted(host: Host) -> None:
    user = MemoryUser(user_id="guest-7", user_name="guest", roles={"Agent"})
    guest = host.accounts.principal_of(user, None, None)
    claims = access_claims(
        guest, issued=START, expires=START + timedelta(hours=1), email="", first_name="", last_name=""
    )
    shown = f"Bearer {SIGNER.sign(ACCESS, claims)}"

    assert host.get("/for/agents", authorization=shown).body == b"guest"
    assert failure(host.get("/for/writers", authorization=shown))[0] == 403
