"""The valid requests to the stub services that the fuzzer mutates, in each format."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from examples.stubs.services import (
    Access,
    AllTypes,
    Chat,
    ChatMember,
    ChatRequest,
    Colour,
    Contracted,
    GetText,
    Inner,
    InviteContact,
    ListItems,
    Nothing,
    Person,
    number,
)
from parlour.engine.codecs import Codec
from parlour.engine.dto.metadata import TypeRef
from parlour.engine.serving.negotiation import Formats

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Sample:
    """A request. `target` is path and query as sent, `host` the name of its host in the recordings."""

    method: str
    target: str
    headers: Headers
    body: bytes | None
    host: str = "open"


ALL_TYPES = AllTypes(
    id_=number(1),
    maybe_id=number(2),
    text='a "quoted", <b>&amp; é😀\r\n{x}',
    flag=True,
    maybe_flag=False,
    int_=-7,
    maybe_int=8,
    long=2**62,
    double=1.5e-7,
    decimal=Decimal("12.340"),
    float_=0.25,
    short=-300,
    byte=200,
    char="é",
    when=datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    maybe_when=datetime(2024, 1, 2),
    offset=datetime(2024, 1, 2, 3, 4, tzinfo=UTC),
    span=timedelta(days=1, hours=2, seconds=3.5),
    maybe_span=timedelta(0),
    colour=Colour.Green,
    maybe_colour=Colour.Blue,
    access=Access(3),
    bytes_=b"\0\1\2bytes",
    inner=Inner(name="in", count=3, ref=number(4)),
    inners=[Inner(name="a"), None, Inner(count=2)],
    strings=["a", "", "b,c", '"d"'],
    ints=[1, 2, 3],
    guids=[number(5)],
    array=["x", "y"],
    map_={"k": "v", "K-1": ""},
    counts={"one": 1},
    path="p",
    url_path="u",
    o_auth_token="o",
    xml_name="x",
)
_CHAT = Chat(chat_id=number(1), chat_name="Ops", chat_members=[ChatMember(user_id=number(3), is_active=True)])
_PERSON = Person(
    first_name="Ann",
    email_address="ann@example.org",
    age=30,
    ref=number(6),
    tags=["a"],
    inner=Inner(name="n"),
    code="AB",
    amount=Decimal(2),
    colour=Colour.Green,
)

_WITH_BODIES: Sequence[tuple[str, str, Any]] = (
    ("POST", "/alltypes", ALL_TYPES),
    ("PUT", f"/alltypes/{number(1)}?MaybeInt=4&inner={{Name:q}}", ALL_TYPES),
    ("POST", "/v1/Chat", ChatRequest(chat=_CHAT)),
    ("PUT", f"/v1/Chat/{number(2)}", ChatRequest(chat_id=number(2), chat=_CHAT)),
    ("POST", f"/api/contacts/{number(1)}/invite/contact", InviteContact(email_address="a@b", roles=[number(7)])),
    ("POST", "/people", _PERSON),
    ("POST", "/contracted?Take=3", Contracted(query="q", take=2)),
    ("POST", "/text", GetText(text="plain é")),
    ("DELETE", "/void", Nothing(text="x")),
    ("POST", "/items", ListItems(count=3)),
)

_IN_QUERY: Mapping[str, str] = {
    "Id": number(1),
    "Text": "a b",
    "flag": "on",
    "MaybeInt": "-3",
    "Double": "1e5",
    "Decimal": "1.50",
    "When": "2024-01-02T03:04:05Z",
    "Span": "PT1H2.5S",
    "MaybeSpan": "1.02:03:04",
    "Colour": "green",
    "Access": "Read,Write",
    "Bytes": "AAECAw==",
    "Inner": '{Name:"a,b",Count:2}',
    "Inners": "[{Name:a},{Count:2}]",
    "Ints": "1,2,3",
    "Strings": '[a,"b,c"]',
    "Map": "{a:b,c:d}",
    "Counts": '{"one":1}',
}

_WITHOUT_BODIES = (
    f"/alltypes?{urlencode(_IN_QUERY)}",
    f"/alltypes/{number(1)}.xml?Text=a",
    "/files/a/b/c.json?callback=done",
    "/items/3?format=json",
    "/text?text=a%20b",
    "/v1/Chat?jsconfig=edv",
    f"/api/contacts/{number(1)}/invite/{number(2)}?emailAddress=a%40b&roles={number(3)},{number(4)}",
    "/json/reply/AllTypes?inners=[{name:a}]",
    "/xml/oneway/GetText?text=a",
    "/api/AllTypes.json?counts={a:1}",
    "/contracted?q=a&take=1",
    "/api",
    "/metadata?op=AllTypes&lang=python",
    "/json/metadata?op=ChatRequest",
    "/types/python?IncludeTypes=ChatRequest.*&GlobalNamespace=X",
    "/types/metadata.json",
    "/openapi.json",
)


def samples(formats: Formats) -> dict[str, Sequence[Sample]]:
    """Requests by the part that is mutated: a format's body, a form, the address or the credentials."""
    read = {codec.name: _of_codec(codec) for codec in formats.by_name.values() if codec.reads}
    others = {"form": _forms(), "multipart": _multiparts(), "address": _addresses(formats)}
    return {**read, **others, "credentials": _credentials()}


def _of_codec(codec: Codec) -> Sequence[Sample]:
    headers = (("accept", codec.media_type), ("content-type", codec.media_type))
    found = []
    for method, target, dto in _WITH_BODIES:
        body = codec.writer(TypeRef("dto", python=type(dto)))(dto)
        found.append(Sample(method, target, headers, body))
        found.append(Sample("POST", f"/{codec.name}/reply/{type(dto).__name__}", headers, body))
    batch = codec.writer(TypeRef("list", item=TypeRef("dto", python=ChatRequest)))([ChatRequest(chat=_CHAT)] * 2)
    return [*found, Sample("POST", f"/{codec.name}/reply/ChatRequest[]", headers, batch)]


def _forms() -> Sequence[Sample]:
    headers = (("accept", "application/json"), ("content-type", "application/x-www-form-urlencoded"))
    body = urlencode(_IN_QUERY).encode()
    return [
        Sample("POST", "/alltypes?Text=q&Int=3", headers, body),
        Sample("POST", "/json/reply/AllTypes", headers, body),
        Sample("POST", "/people", headers, b"FirstName=Ann&EmailAddress=a%40b&Age=20&Tags=a,b&Colour=1&Amount=2.5"),
        Sample("POST", "/v1/Chat", headers, b"chat={chatName:Ops,chatMembers:[{userId:1}]}&X-HTTP-Method-Override=GET"),
        Sample("POST", "/text", headers, b"Text=a+b%20c&text=d"),
    ]


def _multiparts() -> Sequence[Sample]:
    boundary = "----b0undary"
    headers = (("accept", "application/json"), ("content-type", f'multipart/form-data; boundary="{boundary}"'))
    fields = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in _IN_QUERY.items()
    ]
    file = (
        b'Content-Disposition: form-data; name="upload"; filename="a.bin"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\0\1\r\n--\xff"
    )
    encoded = b"Content-Disposition: form-data; name*=utf-8''Te%78t\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ=="
    found = []
    for target, parts in (("/alltypes", [*fields, file]), ("/alltypes", [file, fields[1]]), ("/text", [encoded])):
        body = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), part) for part in parts)
        found.append(Sample("POST", target, headers, body + b"--%s--\r\n" % boundary.encode()))
    return found


def _addresses(formats: Formats) -> Sequence[Sample]:
    types = [codec.media_type for codec in formats.by_name.values()]
    return [
        Sample("GET", target, (("accept", types[place % len(types)]),), None)
        for place, target in enumerate(_WITHOUT_BODIES)
    ]


CLAIMS = "x-claims"
"""A placeholder in a sample's headers for a token with these claims, which is signed after they are mutated."""


def _credentials() -> Sequence[Sample]:
    claims = json.dumps({"sub": 1, "iat": 1795355634, "exp": 4102444800, "name": "ANN", "roles": ["Agent"], "jti": 60})
    as_json = (("accept", "application/json"), ("content-type", "application/json"))
    basic = base64.b64encode(b"ann:").decode()
    cookies = "ss-id=abc; ss-pid=def; ss-opt=perm; X-UAId=1; ss-tok=a.b.c; ss-reftok=d.e.f"
    shown = [
        ((CLAIMS, claims),),
        (("authorization", f"Basic {basic}"),),
        (("authorization", "Bearer ak-0123456789abcdef0123456789abcdef"),),
        (("x-api-key", "ak-0123456789abcdef0123456789abcdef"),),
        (("cookie", cookies),),
        (("x-ss-id", "abc"), ("x-ss-opt", "perm")),
    ]
    called = [Sample("GET", "/secret", (("accept", "application/json"), *headers), None, "auth") for headers in shown]
    bodies = {
        "/auth": {"provider": "jwt"},
        "/access-token": {"refreshToken": "a.b.c"},
        "/session-to-token": {"preserveSession": True},
        "/register": {"userName": "ann", "email": "ann@example.org", "password": "x", "confirmPassword": "y"},
        "/assignroles": {"userName": "ann", "roles": ["Agent"], "permissions": ["a"]},
    }
    sent = [Sample("POST", target, as_json, json.dumps(body).encode(), "auth") for target, body in bodies.items()]
    return [*called, *sent, Sample("GET", "/auth/logout?continue=/a&redirect=b", (("cookie", cookies),), None, "auth")]
