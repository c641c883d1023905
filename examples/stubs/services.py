"""The stub services of the recordings, with every kind of member, rule, route and failure."""

import enum
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, NoReturn

from parlour.engine.dto.declare import (
    EMPTY_GUID,
    MIN_DATETIME,
    ApiMember,
    Byte,
    Char,
    DataMember,
    DateTimeOffset,
    Guid,
    Long,
    Short,
    Single,
    Wire,
    WireName,
    answers_with,
    data_contract,
    namespace,
    returns,
    route,
)
from parlour.engine.dto.errors import ApiError, FieldError, NotFound, ResponseStatus, ValidationError
from parlour.engine.http.messages import HttpResult
from parlour.engine.rules.rules import (
    Email,
    Enum,
    GreaterThan,
    InclusiveBetween,
    Inside,
    Length,
    LessThanOrEqual,
    MaximumLength,
    NotEmpty,
    NotEqual,
    NotNull,
    RegularExpression,
)
from parlour.engine.serving.handlers import Handler, Services

PLATFORM = "CRM.AgencyPlatform.API.Internal"
CANVARA = "Eros.Subtle.Canvara.WebAPIModel.ServiceModel"
STUB = "Stub"


@namespace(PLATFORM)
@dataclass(kw_only=True)
class ChatMember:
    chat_member_id: Guid = EMPTY_GUID
    chat_id: Guid = EMPTY_GUID
    user_id: Guid = EMPTY_GUID
    is_active: bool = False
    is_archived: bool = False
    last_chat_message_id: Guid = EMPTY_GUID
    chat_member_name: str | None = None


@namespace(PLATFORM)
@dataclass(kw_only=True)
class Chat:
    chat_id: Guid = EMPTY_GUID
    chat_name: str | None = None
    created_by: Guid = EMPTY_GUID
    date_created: datetime = MIN_DATETIME
    chat_members: list[ChatMember | None] | None = field(default_factory=list)
    is_archived: bool = False
    member_count: int = 0
    message_count: int = 0
    unread_count: int = 0
    created_by_name: str | None = None


@namespace(PLATFORM)
@dataclass(kw_only=True)
class ChatResponse:
    response_status: ResponseStatus | None = None
    chat: list[Chat] | None = field(default_factory=list)


@route("/v1/Chat/{ChatId}", "PUT OPTIONS")
@route("/v1/Chat", "GET POST OPTIONS")
@returns(ChatResponse)
@namespace(PLATFORM)
@dataclass(kw_only=True)
class ChatRequest:
    chat_id: Annotated[Guid, ApiMember(data_type="Guid", name="ChatId", parameter_type="path")] = EMPTY_GUID
    chat: Annotated[Chat | None, ApiMember(data_type="Chat", name="Chat", parameter_type="body")] = None


@answers_with("Contact Id of the newly invited/ created contact")
@namespace(CANVARA)
@dataclass(kw_only=True)
class AddContactResponse:
    contact_id: Annotated[Guid, ApiMember("Contact Id", required=True)] = EMPTY_GUID
    response_status: ResponseStatus | None = None


@route("/api/contacts/{ContactId}/invite/contact")
@route("/api/contacts/{ContactId}/invite/{ToContactId}")
@returns(AddContactResponse)
@namespace(CANVARA)
@dataclass(kw_only=True)
class InviteContact:
    contact_id: Annotated[Guid, ApiMember("Inviting contact", required=True)] = EMPTY_GUID
    to_contact_id: Annotated[Guid, ApiMember("Invited contact")] = EMPTY_GUID
    email_address: Annotated[str | None, ApiMember("Email address", required=True)] = None
    roles: Annotated[list[Guid] | None, ApiMember("Roles", required=True)] = None


class Colour(enum.Enum):
    Red = 0
    Green = 1
    Blue = 2


class Access(enum.IntFlag, boundary=enum.KEEP):
    locals()["None"] = 0
    Read = 1
    Write = 2


@namespace(STUB)
@dataclass(kw_only=True)
class Inner:
    name: str | None = None
    count: int = 0
    ref: Guid = EMPTY_GUID


@route("/alltypes", "GET POST PUT")
@route("/alltypes/{Id}", "GET PUT")
@route("/files/{Path*}", "GET")
@namespace(STUB)
@dataclass(kw_only=True)
class AllTypes:
    id_: Guid = EMPTY_GUID
    maybe_id: Guid | None = None
    text: str | None = None
    flag: bool = False
    maybe_flag: bool | None = None
    int_: int = 0
    maybe_int: int | None = None
    long: Long = 0
    double: float = 0.0
    decimal: Decimal = Decimal(0)
    float_: Single = 0.0
    short: Short = 0
    byte: Byte = 0
    char: Char = "\0"
    when: datetime = MIN_DATETIME
    maybe_when: datetime | None = None
    offset: DateTimeOffset = MIN_DATETIME
    span: timedelta = timedelta()
    maybe_span: timedelta | None = None
    colour: Colour = Colour.Red
    maybe_colour: Colour | None = None
    access: Access = Access(0)  # noqa: RUF009 - a value
    bytes_: bytes | None = None
    inner: Inner | None = None
    inners: list[Inner | None] | None = None
    strings: list[str | None] | None = None
    ints: list[int] | None = None
    guids: list[Guid] | None = None
    array: Annotated[list[str | None] | None, Wire("array")] = None
    map_: dict[str, str | None] | None = None
    counts: dict[str, int] | None = None
    path: str | None = None
    url_path: Annotated[str | None, WireName("URLPath")] = None
    o_auth_token: Annotated[str | None, WireName("OAuthToken")] = None
    xml_name: Annotated[str | None, WireName("XMLName")] = None


returns(AllTypes)(AllTypes)


@route("/void", "POST DELETE")
@namespace(STUB)
@dataclass(kw_only=True)
class Nothing:
    text: str | None = None


@route("/items/{Count}", "GET")
@route("/items", "GET POST")
@returns(list[Inner])
@namespace(STUB)
@dataclass(kw_only=True)
class ListItems:
    count: int = 0


@route("/text", "GET POST")
@returns(str)
@namespace(STUB)
@dataclass(kw_only=True)
class GetText:
    text: str | None = None


@namespace(STUB)
@dataclass(kw_only=True)
class PersonResponse:
    result: str | None = None
    number: int = 0
    response_status: ResponseStatus | None = None


@route("/people", "POST")
@returns(PersonResponse)
@namespace(STUB)
@dataclass(kw_only=True)
class Person:
    first_name: Annotated[str | None, NotEmpty(), Length(2, 5)] = None
    email_address: Annotated[str | None, NotEmpty(), Email()] = None
    age: Annotated[int, GreaterThan(17), LessThanOrEqual(120)] = 0
    ref: Annotated[Guid, NotEmpty()] = EMPTY_GUID
    tags: Annotated[list[str] | None, NotNull()] = None
    inner: Annotated[Inner | None, Inside("Name", NotEmpty())] = None
    code: Annotated[str | None, RegularExpression("^[A-Z]+$"), MaximumLength(3)] = None
    amount: Annotated[Decimal, InclusiveBetween(Decimal("1.5"), Decimal(10))] = Decimal(0)
    colour: Annotated[Colour, NotEqual(Colour.Blue), Enum()] = Colour.Red


@namespace(STUB)
@dataclass(kw_only=True)
class FailResponse:
    response_status: ResponseStatus | None = None
    value: int = 0
    text: str | None = None


@route("/fail/{Kind}", "GET POST")
@returns(FailResponse)
@namespace(STUB)
@dataclass(kw_only=True)
class Fail:
    kind: str | None = None


@namespace(STUB)
@data_contract("http://stub.example/types")
@dataclass(kw_only=True)
class ContractedResponse:
    second: Annotated[str | None, DataMember(order=2)] = None
    first: Annotated[int, DataMember("first_one", order=1)] = 0
    rows: Annotated[list[Inner] | None, DataMember(order=3)] = None
    hidden: str | None = None
    response_status: Annotated[ResponseStatus | None, DataMember()] = None


@route("/contracted", "GET POST")
@returns(ContractedResponse)
@namespace(STUB)
@data_contract()
@dataclass(kw_only=True)
class Contracted:
    query: Annotated[str | None, DataMember("q")] = None
    take: Annotated[int, DataMember(order=1)] = 0
    ignored: str | None = None


def open_services() -> Services:
    """The operations of the host `open`, in the order of the recordings' description."""
    services = Services()
    services.add(
        ChatRequest,
        service="ChatService",
        get=Handler(list_chats),
        post=Handler(start_chat),
        put=Handler(change_chat),
    )
    services.add(InviteContact, any=Handler(invite_contact))
    services.add(AllTypes, any=Handler(lambda request, tx, caller: request))
    services.add(Nothing, any=Handler(lambda request, tx, caller: None))
    services.add(ListItems, any=Handler(list_items))
    services.add(GetText, any=Handler(lambda request, tx, caller: request.text))
    services.add(Person, any=Handler(person))
    services.add(Fail, any=Handler(_fail))
    services.add(Contracted, any=Handler(_contracted))
    return services


def number(n: int) -> Guid:
    """A guid of the recordings: a number with the bits of a version and a variant."""
    return Guid(f"{n:08x}000040008000000000000000")


def list_chats(request: Any, tx: Any, caller: Any) -> ChatResponse:
    ann = ChatMember(
        chat_member_id=number(11),
        chat_id=number(1),
        user_id=number(9),
        is_active=True,
        last_chat_message_id=number(21),
        chat_member_name="Ann",
    )
    other = ChatMember(
        chat_member_id=number(12), chat_id=number(1), user_id=number(8), is_active=True, is_archived=True
    )
    ops = Chat(
        chat_id=number(1),
        chat_name="Ops",
        created_by=number(9),
        date_created=datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
        chat_members=[ann, other],
        member_count=2,
        message_count=3,
        unread_count=1,
        created_by_name="Ann",
    )
    say_hi = Chat(
        chat_id=number(2),
        chat_name='Say "hi", <b>&é€😀\n{x}',
        date_created=datetime(2024, 1, 2, 3, 4, 5, 678000),
        is_archived=True,
    )
    return ChatResponse(chat=[ops, say_hi])


def start_chat(request: Any, tx: Any, caller: Any) -> ChatResponse:
    chat: Chat = request.chat or Chat()
    if chat.chat_name == "missing":
        raise NotFound("Chat does not exist")
    return ChatResponse(chat=[chat])


def change_chat(request: Any, tx: Any, caller: Any) -> ChatResponse:
    chat: Chat = request.chat or Chat()
    chat.chat_id = request.chat_id
    return ChatResponse(chat=[chat])


def invite_contact(request: Any, tx: Any, caller: Any) -> AddContactResponse:
    given = request.to_contact_id != EMPTY_GUID
    return AddContactResponse(contact_id=request.to_contact_id if given else request.contact_id)


def list_items(request: ListItems, tx: Any, caller: Any) -> list[Inner]:
    return [Inner(name=None if i == 2 else f"n{i}", count=i) for i in range(1, request.count + 1)]


def person(request: Person, tx: Any, caller: Any) -> PersonResponse:
    return PersonResponse(result=request.first_name, number=request.age)


def _contracted(request: Contracted, tx: Any, caller: Any) -> ContractedResponse:
    return ContractedResponse(second=request.query, first=request.take, rows=[Inner(name="a", count=1)])


_FAILURES: dict[str, tuple[int, str, str]] = {
    "argument": (400, "ArgumentException", "Bad thing"),
    "notfound": (404, "NotFound", "No such thing"),
    "forbidden": (403, "Forbidden", "Not yours"),
    "unauthorized": (401, "Unauthorized", "Who are you"),
    "conflict": (409, "Conflict", "Already there"),
    "bad": (400, "MyCode", "My message"),
    "teapot": (418, "Teapot", "Short and stout"),
    "notimplemented": (405, "NotImplementedException", "Not yet"),
    "notsupported": (405, "NotSupportedException", "Never"),
    "access": (403, "UnauthorizedAccessException", "No access"),
    "file": (404, "FileNotFoundException", "No file"),
    "invalidop": (500, "InvalidOperationException", "Broken state"),
    "nullref": (500, "NullReferenceException", "Object reference not set to an instance of an object."),
    "inner": (500, "InvalidOperationException", "Outer"),
    "script": (400, "ArgumentException", "<script>alert(1)</script> & <b>"),
    "format": (400, "FormatException", "Bad format"),
    "timeout": (500, "TimeoutException", "Too slow"),
    "optimistic": (409, "OptimisticConcurrencyException", "Changed meanwhile"),
    "keynotfound": (500, "KeyNotFoundException", "No key"),
}
"""The status, code and message of the exceptions that the recorded stub service raised."""


def _fail(request: Fail, tx: Any, caller: Any) -> Any:
    kind = request.kind or ""
    if kind in _FAILURES:
        status, code, message = _FAILURES[kind]
        raise ApiError(message, status=status, code=code)
    if kind == "argument-param":
        _argument_error("ArgumentException", "Bad thing")
    if kind == "argument-null":
        _argument_error("ArgumentNullException", "Value cannot be null.")
    if kind == "validation":
        raise ValidationError([FieldError("FieldA", "A is bad", "Code1"), FieldError("FieldB", "B is bad", "Code2")])
    if kind == "httperror-dto":
        return HttpResult(status=409, body=FailResponse(response_status=ResponseStatus(error_code="C", message="M")))
    if kind == "created":
        return HttpResult(status=201, headers=[("Location", "/fail/1")], body=FailResponse(text="made"))
    if kind == "redirect":
        return HttpResult(status=302, headers=[("Location", "/text")])
    if kind == "bytes":
        return b"\1\2\3"
    return None if kind == "nocontent" else FailResponse(text="fine", value=1)


def _argument_error(code: str, message: str) -> NoReturn:
    raise ApiError(
        f"{message} (Parameter 'EmailAddress')", code=code, errors=[FieldError("EmailAddress", message, code)]
    )
