"""A small agency for trying Parlour. Its chats and invitations are created by the same handlers that serve requests."""

import struct
import zlib
from collections.abc import Sequence
from datetime import timedelta

from parlour.engine.dto.declare import EMPTY_GUID, Guid
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.contacts import InviteContact
from parlour.model.editing import EditMessage
from parlour.model.pins import PinMessage
from parlour.model.reactions import ReactToMessage
from parlour.model.sending import SendMessage
from parlour.services import chats, editing, invitations, pins, reactions, sending, users
from parlour.services.caller import ADMINISTRATOR, AGENT, CONTACT, WORKER, Caller
from parlour.services.invitations import InvitationPolicy
from parlour.services.receiving import Reception
from parlour.store import agencies, contacts, identity
from parlour.store.database import Transaction

AGENCY = "Harbour Street Agency"
PASSWORD = "parlour-demo"  # noqa: S105 # printed for people who try the demo

# The people who can sign in, with their roles.
PEOPLE = {
    "ada@demo.example": ("Ada Young", ADMINISTRATOR),
    "ben@demo.example": ("Ben Frost", AGENT),
    "cleo@demo.example": ("Cleo Diaz", AGENT),
    "dan@demo.example": ("Dan Ito", WORKER),
    "eve@demo.example": ("Eve Larsen", CONTACT),
    "finn@demo.example": ("Finn Moore", CONTACT),
}
ADA, BEN, CLEO, DAN, EVE, FINN = PEOPLE

# Contacts without an account; the last one is invited.
GRACE, HUGO, IRIS = "grace@demo.example", "hugo@demo.example", "iris@demo.example"
WITHOUT_ACCOUNT = {GRACE: "Grace Hall", HUGO: "Hugo Brandt", IRIS: "Iris Novak"}

# The message that has the plan of the flat.
ABOUT_THE_FLAT = "Eve and Grace would like to see the flat on the second floor."
PLAN_NAME = "Second floor.png"

# The walls of the flat, in metres: left, top, right and bottom. Each is drawn as a line.
WALLS = (
    (0, 0, 12, 0),
    (12, 0, 12, 8),
    (0, 8, 12, 8),
    (0, 0, 0, 8),
    (7, 0, 7, 5),
    (7, 5, 9, 5),
    (11, 5, 12, 5),
    (4, 4, 4, 8),
)

# The chats: title, creator, other members, messages. Most members have not read the last chat's newest messages.
CHATS: Sequence[tuple[str, str, Sequence[str], Sequence[tuple[str, str]]]] = (
    (
        "Viewing at 12 Harbour Street",
        BEN,
        (CLEO, EVE, GRACE),
        (
            (BEN, ABOUT_THE_FLAT),
            (CLEO, "I have the keys until Friday."),
            (BEN, "Thursday at four, then. I will tell them both."),
        ),
    ),
    (
        "Invoices of May",
        CLEO,
        (BEN, FINN),
        (
            (CLEO, "Finn asks whether the cleaning is on this invoice or on the next."),
            (BEN, "On this one, third line."),
            (CLEO, "Thank you, I will answer him."),
        ),
    ),
    (
        "Team",
        ADA,
        (BEN, CLEO, DAN),
        (
            (ADA, "Good morning! Dan is here from today on."),
            (BEN, "Welcome, Dan."),
            (ADA, "His keys lie on my desk."),
            (CLEO, "Lunch at half past twelve?"),
        ),
    ),
)

# What the messages have besides, by their texts: what they answer, whom they name, what they said before they were
# edited, and who put which emoji under them. The message about the flat is pinned.
ANSWERED = {"On this one, third line.": "Finn asks whether the cleaning is on this invoice or on the next."}
NAMED = {"Lunch at half past twelve?": (DAN,)}
BEFORE = {"Thursday at four, then. I will tell them both.": "Wednesday at four, then. I will tell them both."}
REACTIONS = {
    "Welcome, Dan.": ((DAN, "\N{WAVING HAND SIGN}"), (ADA, "\N{WAVING HAND SIGN}"), (CLEO, "\N{PARTY POPPER}"))
}

FIRST_MESSAGE_AGE = timedelta(days=2)
MESSAGE_INTERVAL = timedelta(minutes=7)

HOW_TO_SIGN_IN = "\n".join(
    [
        f"This is the demo, with an agency named {AGENCY}. Anybody who reaches it can sign in:",
        *(f"  {address:<18} {role:<14} password {PASSWORD}" for address, (_, role) in PEOPLE.items()),
    ]
)


class DemoRefused(Exception):
    """Raised when the database already contains another agency. The message is one sentence."""


def is_there(tx: Transaction) -> bool:
    """Whether the database contains the demo. Raises DemoRefused if it contains another agency."""
    if agencies.first(tx) is None:
        return False
    if identity.user_of(tx, ADA) is None:
        raise DemoRefused("There is an agency already, and the demo needs an empty Parlour. Give another --data-dir.")
    return True


def fill(tx: Transaction, policy: InvitationPolicy, password_hash: str, reception: Reception) -> None:
    """Creates the agency, its people, their chats with a picture, and a pending invitation."""
    agency_id = users.first_start(tx, AGENCY)
    callers = {
        address: _caller(tx, agency_id, address, name, role, password_hash) for address, (name, role) in PEOPLE.items()
    }
    kept = {
        address: contacts.add_virtual(
            tx, agency_id, full_name=name, address=address, created_by=callers[BEN].contact_id
        ).contact_id
        for address, name in WITHOUT_ACCOUNT.items()
    }
    ids = {address: caller.user_id for address, caller in callers.items()} | kept
    ended, tx.now = tx.now, tx.now - FIRST_MESSAGE_AGE
    plan = reception.take_in(tx, callers[BEN], PLAN_NAME, _plan()).attachment_id
    for name, starter, others, said in CHATS:
        _write_chat(tx, callers, name, callers[starter], [ids[other] for other in others], said, plan)
    tx.now = ended
    role = next(role for role in users.list_roles(tx, agency_id) if role.name == CONTACT)
    invitations.invite_contact(
        policy,
        InviteContact(
            contact_id=callers[BEN].contact_id,
            to_contact_id=kept[IRIS],
            email_address=IRIS,
            roles=[role.role_id],
        ),
        tx,
        callers[BEN],
    )


def _caller(tx: Transaction, agency_id: Guid, address: str, name: str, role: str, password_hash: str) -> Caller:
    user_id, contact_id = users.add_user(tx, agency_id, address, name, [role], password_hash)
    return Caller(
        user_id=user_id,
        user_name=address,
        display_name=name,
        roles=frozenset({role}),
        agency_id=agency_id,
        contact_id=contact_id,
    )


def _write_chat(
    tx: Transaction,
    callers: dict[str, Caller],
    name: str,
    starter: Caller,
    others: Sequence[Guid],
    said: Sequence[tuple[str, str]],
    plan: Guid,
) -> None:
    """Starts a chat and sends its messages at intervals. Sending also marks the earlier messages as read."""
    members = [ChatMember(user_id=other) for other in others]
    started = chats.start_chat(ChatRequest(chat=Chat(chat_name=name, chat_members=members)), tx, starter)
    chat_id = started.chat[0].chat_id
    sent: dict[str, Guid] = {}
    for speaker, text in said:
        tx.now += MESSAGE_INTERVAL
        request = SendMessage(
            chat_id=chat_id,
            text=BEFORE.get(text, text),
            reply_to_message_id=sent[ANSWERED[text]] if text in ANSWERED else EMPTY_GUID,
            mentioned_user_ids=[callers[named].user_id for named in NAMED.get(text, ())],
            attachment_ids=[plan] if text == ABOUT_THE_FLAT else [],
        )
        message = sending.send_message(request, tx, callers[speaker]).message
        assert message is not None
        sent[text] = message.chat_message_id
        _add_to(tx, callers, callers[speaker], message.chat_message_id, text)


def _add_to(tx: Transaction, callers: dict[str, Caller], sender: Caller, message_id: Guid, text: str) -> None:
    """Edits a message, reacts to it, and pins it."""
    if text in BEFORE:
        request = EditMessage(chat_message_id=message_id, text=text)
        editing.edit_message(request, tx, sender, edit_time=MESSAGE_INTERVAL)
    for person, emoji in REACTIONS.get(text, ()):
        reactions.react(ReactToMessage(chat_message_id=message_id, emoji=emoji), tx, callers[person])
    if text == ABOUT_THE_FLAT:
        pins.pin(PinMessage(chat_message_id=message_id), tx, sender)


def _plan(metre: int = 40, wall: int = 5) -> bytes:
    """The plan of the flat as a PNG, drawn with black walls on white."""
    width, height = 14 * metre, 10 * metre
    rows = [bytearray(b"\xff" * width) for _ in range(height)]
    for left, top, right, bottom in WALLS:
        for y in range((top + 1) * metre - wall, (bottom + 1) * metre + wall):
            start, end = (left + 1) * metre - wall, (right + 1) * metre + wall
            rows[y][start:end] = bytes(end - start)
    # A filter of 0 before each row: its bytes are the pixels, one for each shade of grey.
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
