"""JSON and XML as a client writes and reads them that knows only the documents.

Requests and responses are mappings of members by their declared names. In responses scalars are text and guids are 32
digits, so that one expectation fits both formats.
"""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from xml.etree import ElementTree
from xml.sax.saxutils import escape

CLR = "http://schemas.datacontract.org/2004/07/"
PLATFORM = CLR + "CRM.AgencyPlatform.API.Internal"
CONTACTS = CLR + "Eros.Subtle.Canvara.WebAPIModel.ServiceModel"
PARLOUR = CLR + "Parlour"
TYPES = "http://schemas.servicestack.net/types"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"

NAMESPACES = {
    "Authenticate": TYPES,
    "ChatRequest": PLATFORM,
    "ChatMessageRequest": PLATFORM,
    "InviteContact": CONTACTS,
    "PreviewInvitation": PARLOUR,
    "AcceptInvitation": PARLOUR,
    "AuthenticateResponse": TYPES,
    "ChatResponse": PLATFORM,
    "ChatMessageResponse": PLATFORM,
    "AddContactResponse": CONTACTS,
    "PreviewInvitationResponse": PARLOUR,
    "AcceptInvitationResponse": PARLOUR,
    "ErrorResponse": TYPES,
}
"""The namespace of each document, by its root."""

# The names of a list's items. Directly below the root, Chat and ChatMessage are lists.
_ITEMS = {"ChatMembers": "ChatMember", "Errors": "ResponseError", "RoleNames": "string", "Roles": "guid"}
_LISTS_AT_ROOT = {"ChatResponse": "Chat", "ChatMessageResponse": "ChatMessage"}

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_DASHED = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Format = Literal["json", "xml"]


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any

    @property
    def wrong(self) -> set[str]:
        """The members named in a refusal. Wrong values in XML are named only in its message."""
        told = self.body["ResponseStatus"]
        return {each["FieldName"] for each in told["Errors"]} or set(re.findall("value for '(.+?)'", told["Message"]))


@dataclass
class Client:
    """A client of the server at `url` for one format, signed in if it has a token."""

    url: str
    format: Format
    token: str = ""
    me: Any = None

    def sign_in(self, name: str, password: str) -> None:
        self.me = self.done("POST", "/auth/credentials", "Authenticate", UserName=name, Password=password)
        self.token = self.me["BearerToken"]

    def done(self, method: str, path: str, operation: str = "", **members: Any) -> Any:
        """The body of a response, which must be a success."""
        answer = self.call(method, path, operation, **members)
        assert answer.status == 200, answer
        return answer.body

    def call(self, method: str, path: str, operation: str = "", **members: Any) -> Answer:
        media_type = f"application/{self.format}"
        request = urllib.request.Request(self.url + path, method=method, headers={"Accept": media_type})
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        if operation:
            request.data = self._written(operation, members).encode()
            request.add_header("Content-Type", media_type)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return self._answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return self._answer(refused.code, refused.headers, refused.read())

    def _written(self, operation: str, members: Mapping[str, Any]) -> str:
        if self.format == "json":
            return json.dumps(_camel(members))
        return f'<{operation} xmlns="{NAMESPACES[operation]}">{_elements(members)}</{operation}>'

    def _answer(self, status: int, headers: Any, body: bytes) -> Answer:
        assert headers["Content-Type"].partition(";")[0] == f"application/{self.format}"
        read = _texts(json.loads(body)) if self.format == "json" else _document(body)
        return Answer(status, read)


def _camel(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name[0].lower() + name[1:]: _camel(inner) for name, inner in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list) else value


def _texts(value: Any) -> Any:
    """JSON with declared names and text for every scalar."""
    if isinstance(value, dict):
        return {name[0].upper() + name[1:]: inner if name == "meta" else _texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    return value if isinstance(value, str) else json.dumps(value)


def _elements(members: Mapping[str, Any]) -> str:
    # In the given order, which often differs from that of the documents and must not matter.
    return "".join(_element(name, value) for name, value in members.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"<{name}>{_elements(value)}</{name}>"
    if not isinstance(value, list):
        return f"<{name}>{escape(str(value))}</{name}>"
    items = "".join(_element(_ITEMS[name], item) for item in value)
    if _ITEMS[name] != "guid":
        return f"<{name}>{items}</{name}>"
    return f'<{name} xmlns:a="{ARRAYS}">{items.replace("<", "<a:").replace("<a:/", "</a:")}</{name}>'


def _document(body: bytes) -> Any:
    root = ElementTree.fromstring(body)
    namespace = NAMESPACES[_name(root)]
    assert {element.tag.rpartition("}")[0] for element in (root, *root)} == {"{" + namespace}
    return _tree(root, "")


def _tree(element: ElementTree.Element, parent: str) -> Any:
    name = _name(element)
    if name == "Meta":
        return {pair[0].text: pair[1].text for pair in element}
    if name in _ITEMS or _LISTS_AT_ROOT.get(parent) == name:
        return [_tree(item, name) for item in element]
    if len(element):
        return {_name(child): _tree(child, name) for child in element if child.get(_NIL) != "true"}
    text = element.text or ""
    return text.replace("-", "") if _DASHED.fullmatch(text) else text


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
