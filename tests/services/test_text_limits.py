"""Text that takes very long to normalise is refused before that."""

from collections.abc import Mapping

import pytest

from parlour.engine.accounts import api_keys, registration, role_assignment
from parlour.engine.accounts.sign_in import Authenticate
from parlour.engine.accounts.token_exchange import GetAccessToken
from parlour.engine.dto.metadata import DtoType, dto_type
from parlour.engine.rules.rules import Length, MaximumBytes, rule_sets
from parlour.model.contacts import InviteContact
from parlour.model.invitations import AcceptInvitation, PreviewInvitation
from parlour.services import passwords
from parlour.services.throttles import throttle
from parlour.store.database import Database
from parlour.store.email_addresses import address_key
from tests.support.auth_host import Host, basic, json_of
from tests.support.costs import Affordable
from tests.support.office import Office

# Normalising sorts the marks after a letter, with one step for each pair in wrong order.
SLOW = "a" + "\u0301" * 64_000 + "\u0316" * 64_000
SLOW_ADDRESS = SLOW + "@example.org"

LONGEST_NAME = "a" * 242 + "@example.org"
LONGEST_PASSWORD = "\u00e4" * 500


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database, throttle=throttle)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"userName": SLOW, "password": "p"}, "UserName"),
        ({"userName": SLOW_ADDRESS, "password": "p"}, "UserName"),
        ({"userName": f"a@{SLOW}", "password": "p"}, "UserName"),
        ({"userName": "ann@acme.example", "password": SLOW}, "Password"),
        ({"userName": LONGEST_NAME + "x", "password": "p"}, "UserName"),
        ({"userName": "ann@acme.example", "password": LONGEST_PASSWORD + "x"}, "Password"),
    ],
)
def test_signing_in_refuses_text_too_long_and_names_the_field(
    office: Office, affordable: Affordable, body: Mapping[str, str], field: str
) -> None:
    answer = affordable(lambda: office.post("/auth/credentials", body))

    assert (answer.status, answer.body["responseStatus"]["errorCode"]) == (400, "MaximumLength")
    assert answer.wrong == [field]


def test_the_longest_name_and_password_are_checked(office: Office) -> None:
    answer = office.post("/auth/credentials", {"userName": LONGEST_NAME, "password": LONGEST_PASSWORD})

    assert (answer.status, answer.body["responseStatus"]["message"]) == (401, "Invalid Username or Password")


@pytest.mark.parametrize("pair", [(SLOW, "p"), ("ann@acme.example", SLOW), (LONGEST_NAME + "x", "p")])
def test_basic_credentials_too_long_are_refused_at_once(
    office: Office, affordable: Affordable, pair: tuple[str, str]
) -> None:
    answer = affordable(lambda: office.call("GET", "/auth", authorization=basic(*pair)))
    invited = affordable(lambda: office.call("POST", "/json/reply/InviteContact", {}, authorization=basic(*pair)))

    assert (answer.status, invited.status) == (401, 401)
    assert office.value("SELECT count(*) AS tries FROM throttle") == 0


@pytest.mark.parametrize("address", [SLOW_ADDRESS, f"a@{SLOW}.example", "a" * 243 + "@example.org"])
def test_inviting_refuses_an_address_too_long(office: Office, affordable: Affordable, address: str) -> None:
    answer = affordable(lambda: office.invite(office.ann, address))

    assert (answer.status, answer.wrong) == (400, ["EmailAddress"])


@pytest.mark.parametrize(("password", "name", "field"), [(SLOW, "Bob", "Password"), ("p4ssw0rd", SLOW, "DisplayName")])
def test_accepting_refuses_text_too_long(
    office: Office, affordable: Affordable, password: str, name: str, field: str
) -> None:
    given = {"token": office.invited("bob@example.org"), "displayName": name, "password": password}

    answer = affordable(lambda: office.post("/v1/invitations/accept", given))

    assert answer.status == 400
    assert set(answer.wrong) == {field}


@pytest.mark.parametrize("member", ["userName", "email", "password", "displayName"])
def test_registering_refuses_text_too_long(affordable: Affordable, member: str) -> None:
    host = Host()
    given = {"userName": "new", "password": "p", member: SLOW}

    answer = affordable(lambda: host.call("POST", "/register", given))

    assert answer.status == 400
    assert json_of(answer)["responseStatus"]["errors"][0]["fieldName"].lower() == member.lower()


def test_roles_cannot_be_assigned_to_a_name_too_long() -> None:
    host = Host()

    answer = host.call("POST", "/assignroles", {"userName": SLOW}, authorization=basic("root"))

    assert answer.status == 400
    assert json_of(answer)["responseStatus"]["errors"][0]["fieldName"] == "UserName"


def test_a_refresh_token_too_long_is_refused() -> None:
    answer = Host().call("POST", "/access-token", {"refreshToken": SLOW})

    assert answer.status == 400
    assert json_of(answer)["responseStatus"]["errors"][0]["fieldName"] == "RefreshToken"


def test_a_long_return_address_is_not_parsed(affordable: Affordable) -> None:
    host = Host()
    given = {"userName": "ann", "password": "p@55word", "returnUrl": f"//{SLOW}/"}

    answer = affordable(lambda: host.call("POST", "/auth/credentials.html", given))

    assert answer.status == 400


def test_address_keys_and_passwords_of_any_length_have_bounded_cost(affordable: Affordable) -> None:
    key = affordable(lambda: address_key(SLOW_ADDRESS))
    affordable(lambda: passwords.verify_password(None, SLOW))
    with pytest.raises(ValueError, match="1,000 bytes"):
        passwords.hash_password(SLOW)
    assert key != address_key(f"{SLOW}b@example.org")


DTOS = [
    Authenticate,
    GetAccessToken,
    registration.Register,
    role_assignment.AssignRoles,
    role_assignment.UnAssignRoles,
    api_keys.GetApiKeys,
    api_keys.RegenerateApiKeys,
    InviteContact,
    AcceptInvitation,
    PreviewInvitation,
]


@pytest.mark.parametrize("dto", [dto_type(cls) for cls in DTOS], ids=lambda dto: dto.name)
def test_every_text_that_names_somebody_or_proves_something_has_a_limit(dto: DtoType) -> None:
    unused = {"AccessToken", "AccessTokenSecret", "ReturnUrl", "ErrorView"}
    texts = [member for member in dto.properties if member.type.kind == "string" and member.name not in unused]
    limited = [
        member.name
        for member in texts
        if any(isinstance(rule, Length | MaximumBytes) for rules in rule_sets(member.rules) for rule in rules.rules)
    ]

    assert limited == [member.name for member in texts]
