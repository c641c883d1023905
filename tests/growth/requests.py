"""Requests with a shape in some place: in a body of any format, in the address, or in a header."""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus, unquote
from xml.sax.saxutils import escape

from parlour.engine.codecs import Codec
from parlour.engine.dto.declare import Guid
from parlour.engine.dto.metadata import DtoType, Operation, Property, TypeRef
from parlour.engine.serving.negotiation import Formats
from tests.growth.builds import BUILDS
from tests.growth.shapes import RUNS, Shape, spelled
from tests.support.access_samples import Person
from tests.support.access_world import OWNER

Headers = Sequence[tuple[str, str]]

TYPES = {
    "json": "application/json",
    "xml": "application/xml",
    "jsv": "application/jsv",
    "csv": "text/csv",
    "jsonl": "text/jsonl",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data; boundary=b",
}

_TEXTS = frozenset({"string"})
_MISFITS = frozenset({"guid", "bool", "int", "long", "datetime", "dto"})

_GUID = Guid("abcdef01" * 4)
_INT = 1234567
_WHEN = datetime(2021, 3, 4, 5, 6, 7)
_SOMETHING_ELSE = re.compile(rb'"?(?:(?:abcdef01){4}|1234567|2021-03-04T05:06:07(?:\.0+)?|\b[Tt]rue\b)"?')


@dataclass(frozen=True)
class Sent:
    """A request as sent."""

    method: str
    target: str
    headers: Headers
    body: bytes | None = None

    @property
    def size(self) -> int:
        """The size in bytes, of head and body."""
        head = len(self.target) + sum(len(name) + len(value.encode()) for name, value in self.headers)
        return head + len(self.body or b"")

    def scope(self) -> dict[str, Any]:
        path, _, query = self.target.partition("?")
        headers = [("host", "parlour.test"), *self.headers]
        if self.body is not None:
            headers.append(("content-length", str(len(self.body))))
        return {
            "type": "http",
            "method": self.method,
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("utf-8", "replace")) for name, value in headers],
            "client": ("192.0.2.1", 50000),
            "scheme": "http",
        }


Pairs = Callable[[int], Sequence[tuple[str, str]]]
"""Returns a number of members, as names and values."""

Making = Callable[[int], Sent]
"""Returns the request of a size."""


@dataclass(frozen=True)
class Place:
    """A place for shapes in requests, and the request for each shape. Size 0 means no shape."""

    name: str
    sized: Mapping[str, Making]


class Requests:
    """Requests to one operation from a permitted caller."""

    def __init__(self, operation: Operation, verb: str, me: Person, formats: Formats) -> None:
        self._operation = operation
        self._verb = verb
        self._me = me
        self._formats = formats
        self._known: Mapping[str, Any] = {
            "ChatId": me.chat_id,
            "ChatMessageId": me.message_id,
            "ContactId": me.contact_id,
            "UserId": me.user_id,
            "Roles": [me.role_id],
            "UserName": f"{OWNER}@example.org",
            "provider": "credentials",
        }
        self._headers = (("accept", "application/json"), ("authorization", f"Bearer {me.token}"))
        self._path = self._filled_path()

    # -- bodies

    def bodies(self, format_: str) -> Iterator[Place]:
        """All places in a body of a format, and all builds."""
        dto = self._operation.request
        yield self._place("the whole body", format_, lambda text: text.encode())
        if not dto.properties:
            return
        yield self._place("every text", format_, lambda text: self._body(format_, self._value(dto, text)))
        if any(member.type.kind == "string" and member.name in self._known for member in dto.properties):
            known = self._known
            yield self._place("other texts", format_, lambda text: self._body(format_, self._value(dto, text, known)))
        yield self._place("everything else", format_, lambda text: self._misfits(format_, text))
        yield self._place("a name", format_, lambda text: self._renamed(format_, text))
        yield Place("its build", {name: self._sent(format_, make) for name, make in self._builds(format_)})

    def _builds(self, format_: str) -> Iterator[tuple[str, Callable[[int], bytes]]]:
        """Bodies of many pieces."""
        dto = self._operation.request
        for name, pairs in _many(dto.properties):
            yield name, partial(self._of_pairs, format_, pairs)
        for inner in (member for member in dto.properties if member.type.kind == "dto"):
            for name, pairs in _many(inner.type.dto.properties):
                yield f"{name} in {inner.name}", partial(self._inside, format_, inner, pairs)
        yield "long lists", lambda n: self._body(format_, self._value(dto, "x", items=n))
        yield "long lists of misfits", lambda n: _spoiled(self._body(format_, self._value(dto, None, items=n)), "x")
        for name, build in BUILDS[format_].items():
            yield name, partial(build.of, dto)

    def _of_pairs(self, format_: str, pairs: Pairs, n: int) -> bytes:
        return self._pairs(format_, pairs(n))

    def _pairs(self, format_: str, pairs: Sequence[tuple[str, str]]) -> bytes:
        if format_ == "csv":
            names, values = zip(*pairs, strict=True)
            return f"{','.join(names)}\r\n{','.join(values)}\r\n".encode()
        if format_ == "form":
            return "&".join(f"{name}={value}" for name, value in pairs).encode()
        if format_ == "multipart":
            return _multipart(pairs)
        if format_ == "xml":
            return _xml(self._operation.request, "".join(f"<{name}>{value}</{name}>" for name, value in pairs))
        return _object(format_, pairs).encode()

    def _inside(self, format_: str, member: Property, many: Pairs, n: int) -> bytes:
        """A body with these members inside one of its members."""
        pairs = many(n)
        dto = self._operation.request
        if format_ == "xml":
            namespace = member.type.dto.xml_namespace
            inner = "".join(f'<{name} xmlns="{namespace}">{value}</{name}>' for name, value in pairs)
            return _xml(dto, f"<{member.name}>{inner}</{member.name}>")
        if format_ in ("json", "jsonl"):
            return f'{{"{member.name}":{_object(format_, pairs)}}}'.encode()
        if format_ == "jsv":
            return f"{{{member.name}:{_object(format_, pairs)}}}".encode()
        inner = _object("jsv", pairs)
        return (
            f'{member.name}\r\n"{inner}"\r\n'.encode()
            if format_ == "csv"
            else self._pairs(format_, [(member.name, inner)])
        )

    def _place(self, name: str, format_: str, make: Callable[[str], bytes]) -> Place:
        return Place(name, {run: self._in_body(format_, make, shape) for run, shape in RUNS.items()})

    def _sent(self, format_: str, make: Callable[[int], bytes]) -> Making:
        headers = (*self._headers, ("content-type", TYPES[format_]))
        return lambda n: Sent(self._verb, self._path, headers, make(n))

    def _in_body(self, format_: str, make: Callable[[str], bytes], shape: Shape) -> Making:
        return self._sent(format_, lambda n: make(shape(n)))

    def _body(self, format_: str, value: Any) -> bytes:
        dto = self._operation.request
        if format_ in TYPES and format_ not in ("form", "multipart"):
            return self._codec(format_).writer(TypeRef("dto", python=dto.cls))(value)
        fields = list(self._fields(dto, value))
        if format_ == "form":
            return "&".join(f"{name}={quote_plus(text)}" for name, text in fields).encode()
        return _multipart(fields)

    def _fields(self, dto: DtoType, value: Any) -> Iterator[tuple[str, str]]:
        for member in dto.properties:
            held = getattr(value, member.attribute)
            if isinstance(held, str):
                yield member.name, held
            elif held is not None:
                yield member.name, self._codec("jsv").writer(member.type)(held).decode("utf-8", "replace")

    def _misfits(self, format_: str, text: str) -> bytes:
        body = self._body(format_, self._value(self._operation.request, None))
        quoted = {
            "json": json.dumps(text),
            "jsonl": json.dumps(text),
            "xml": escape(text),
            "form": quote_plus(text),
            "multipart": text,
        }.get(format_, '"' + text.replace('"', '""') + '"').encode()
        return _SOMETHING_ELSE.sub(lambda found: quoted, body)

    def _renamed(self, format_: str, text: str) -> bytes:
        name = self._operation.request.properties[0].name.encode()
        body = self._body(format_, self._value(self._operation.request, "a"))
        quoted = json.dumps(text)[1:-1] if format_ in ("json", "jsonl") else text
        return re.sub(rb"\b%s\b" % name, lambda found: quoted.encode(), body, count=2, flags=re.IGNORECASE)

    def _value(self, dto: DtoType, text: str | None, known: Mapping[str, Any] | None = None, items: int = 1) -> Any:
        """A value of a DTO with a given text in all text members, or without one values in all other members."""
        value = dto.cls()
        for member in dto.properties:
            held = self._held(member, text, known, items)
            if held is not None:
                setattr(value, member.attribute, held)
        return value

    def _held(self, member: Property, text: str | None, known: Mapping[str, Any] | None, items: int) -> Any:
        is_text = member.type.kind == "string"
        if known is not None or not is_text:
            found = (self._known if known is None else known).get(member.name)
            if found is not None and (text is not None or is_text):
                return found
        if is_text and text is not None and "mail" in member.name.lower():
            return f"{text}@example.org"
        return self._of_type(member.type, text, known, items)

    def _of_type(self, type_: TypeRef, text: str | None, known: Mapping[str, Any] | None, items: int) -> Any:
        match type_.kind:
            case "string":
                return text
            case "dto":
                return self._value(type_.dto, text, known, items)
            case "list":
                assert type_.item is not None
                item = self._of_type(type_.item, text, known, items)
                return None if item is None else [item] * items
            case "map":
                return None if text is None else {f"{number}": text for number in range(items)}
            case _ if text is not None:
                return None
            case "guid":
                return _GUID
            case "bool":
                return True
            case "datetime":
                return _WHEN
        return _INT if type_.kind in ("int", "long") else None

    # -- addresses and headers

    def addresses(self) -> Iterator[Place]:
        """All places in an address that depend on the operation, and all builds of a query."""
        names = [member.name for member in self._operation.request.properties]
        yield self._with_ascii_domain("every value in the query", partial(_query, self._path, names))
        yield self._with_ascii_domain("the variables of the path", self._with_variables)
        builds = {name: partial(self._queried, pairs) for name, pairs in _many(self._operation.request.properties)}
        yield Place("the build of the query", builds)

    def shared_addresses(self) -> Iterator[Place]:
        """All places in an address that are the same for every operation."""
        path = self._path
        yield self._with_ascii_domain("the whole query", lambda text: f"{path}?{text}")
        yield self._with_ascii_domain("the whole query, encoded", lambda text: f"{path}?{quote_plus(text)}")
        yield self._with_ascii_domain("a name in the query", lambda text: f"{path}?{quote_plus(text)}=x")
        for name in OPTIONS:
            yield self._with_ascii_domain(f"{name} in the query", partial(_query, path, [name]))
        yield self._with_ascii_domain("the end of the path", lambda text: f"{path}/{text}")
        yield self._with_ascii_domain("the end of the path, encoded", lambda text: f"{path}/{quote(text, safe='')}")
        yield self._with_ascii_domain("a suffix of the path", lambda text: f"{path}.{quote(text, safe='')}")
        yield self._with_ascii_domain("the name of an operation", lambda text: f"/json/reply/{quote(text, safe='')}")
        for page, names in PAGES.items():
            yield self._with_ascii_domain(f"the query of {page}", partial(_query, page, names))

    def _with_ascii_domain(self, name: str, make: Callable[[str], str]) -> Place:
        return Place(name, {run: self._to(make, shape) for run, shape in RUNS.items()})

    def _to(self, make: Callable[[str], str], shape: Shape) -> Making:
        def made(n: int) -> Sent:
            # A server refuses control characters and blanks in an address.
            target = re.sub(r"[\x00-\x20#]|[^\x00-\x7f]", lambda found: quote(found[0]), make(shape(n)))
            return Sent(self._verb, target, self._headers)

        return made

    def _queried(self, pairs: Pairs, n: int) -> Sent:
        query = "&".join(f"{name}={value}" for name, value in pairs(n))
        return Sent(self._verb, f"{self._path}?{query}", self._headers)

    def headers(self) -> Iterator[Place]:
        """All headers that cause no refusal, together, and every kind of credentials."""
        yield self._headed("all headers", *HEADERS)
        for name, credentials in CREDENTIALS.items():
            yield self._headed(name, "authorization", make=credentials)

    def single_headers(self) -> Iterator[Place]:
        """Every header that is read, also repeated many times."""
        names = (*HEADERS, *REFUSING_HEADERS)
        for name in names:
            yield self._headed(name, name)
        again = {name: partial(self._again, name) for name in (*names, "x-unknown")}
        yield Place("a header again and again", again)

    def _headed(self, place: str, *names: str, make: Callable[[str], str] = str) -> Place:
        def made(shape: Shape, n: int) -> Sent:
            # A server refuses control characters.
            text = re.sub(r"[\x00-\x08\x0a-\x1f]", "", make(shape(n)))
            return Sent(self._verb, self._path, self._with(*((name, text) for name in names)), b"{}")

        return Place(place, {run: partial(made, shape) for run, shape in RUNS.items()})

    def _again(self, name: str, n: int) -> Sent:
        return Sent(self._verb, self._path, self._with(*[(name, "a=b")] * n), b"{}")

    def _with(self, *headers: tuple[str, str]) -> Headers:
        replaced = {name for name, _ in headers}
        return [*(header for header in self._headers if header[0] not in replaced), *headers]

    def _with_variables(self, text: str) -> str:
        route = max((route.path for route in self._routes()), key=lambda path: path.count("{"))
        return re.sub(r"\{\w+\}", lambda found: quote(text, safe=""), route)

    def _routes(self) -> Sequence[Any]:
        return [route for route in self._operation.routes if not route.verbs or self._verb in route.verbs]

    def _filled_path(self) -> str:
        path = min((route.path for route in self._routes()), key=len)
        return re.sub(r"\{(\w+)\}", lambda found: quote(str(self._known.get(found[1], "x"))), path)

    def _codec(self, name: str) -> Codec:
        return self._formats.by_name[name]


def _multipart(fields: Sequence[tuple[str, str]]) -> bytes:
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode() for name, text in fields
    ]
    return b"".join(parts) + b"--b--\r\n"


def _object(format_: str, pairs: Sequence[tuple[str, str]]) -> str:
    if format_ in ("json", "jsonl"):
        return f"{{{','.join(f'{json.dumps(name)}:{json.dumps(value)}' for name, value in pairs)}}}"
    return f"{{{','.join(f'{name}:{value}' for name, value in pairs)}}}"


def _xml(dto: DtoType, inner: str, attributes: str = "") -> bytes:
    return f'<{dto.name} xmlns="{dto.xml_namespace}"{attributes}>{inner}</{dto.name}>'.encode()


def _spoiled(body: bytes, text: str) -> bytes:
    return _SOMETHING_ELSE.sub(text.encode(), body)


def _many(members: Sequence[Property]) -> Iterator[tuple[str, Pairs]]:
    """Ways to send many members: a valid one, an invalid one, and unknown ones."""
    for what, kinds in (("a text", _TEXTS), ("a misfit", _MISFITS)):
        name = next((member.name for member in members if member.type.kind in kinds), None)
        if name is not None:
            yield f"{what} again and again", partial(_again, name)
            yield f"{what} in every spelling", partial(_in_every_spelling, name)
    yield "unknown members", lambda n: [(f"u{number}", "x") for number in range(n)]


def _again(name: str, n: int) -> Sequence[tuple[str, str]]:
    return [(name, "x")] * n


def _in_every_spelling(name: str, n: int) -> Sequence[tuple[str, str]]:
    return [(spelled(name, number), "x") for number in range(n)]


def _query(path: str, names: Sequence[str], text: str) -> str:
    """The address with this text for each name of its query."""
    return f"{path}?{'&'.join(f'{name}={quote_plus(text)}' for name in names)}"


OPTIONS = ("format", "callback", "jsconfig", "redirect", "continue", "noredirect", "debug")
"""The options in a query besides members."""

PAGES: Mapping[str, Sequence[str]] = {
    "/metadata": ("op", "lang"),
    "/json/metadata": ("op",),
    "/api": ("op",),
    "/openapi.json": ("op",),
    **{
        f"/types/{language}": ("IncludeTypes", "ExcludeTypes", "GlobalNamespace", "BaseClass", "DefaultImports")
        for language in ("csharp", "python", "typescript", "metadata.json")
    },
    "/event-heartbeat": ("id",),
}
"""Pages besides the operations, and their parameters."""


def _basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode('utf-8', 'replace')).decode()}"


HEADERS = (
    "accept",
    "accept-encoding",
    "accept-language",
    "access-control-request-headers",
    "content-disposition",
    "cookie",
    "forwarded",
    "host",
    "if-modified-since",
    "if-none-match",
    "last-event-id",
    "referer",
    "user-agent",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-ss-id",
    "x-ss-opt",
)
"""Headers that are read, and some that are not."""

REFUSING_HEADERS = (
    "authorization",
    "content-encoding",
    "content-type",
    "origin",
    "range",
    "sec-fetch-site",
    "x-api-key",
    "x-http-method-override",
)
"""Headers that may cause a refusal before anything else is read."""

CREDENTIALS: Mapping[str, Callable[[str], str]] = {
    "a bearer's token": lambda text: f"Bearer {text}",
    "a token in three parts": lambda text: f"Bearer {text}.{text}.{text}",
    "an API key": lambda text: f"Bearer ak-{text}",
    "Basic": lambda text: f"Basic {text}",
    "a user name": lambda text: _basic(f"{text}:x"),
    "a password": lambda text: _basic(f"{OWNER}@example.org:{text}"),
}
"""Contents of an Authorization header."""
