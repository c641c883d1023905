"""An operation as a form for browsers: a field for each member, a button for each verb."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from parlour.engine.codecs.context import Api
from parlour.engine.dto.metadata import FilesMember, Kind, Operation, Property, TypeRef
from parlour.engine.dto.type_names import display_name
from parlour.engine.rules.constraints import is_required

# The verbs that a browser can cause. PUT, PATCH and DELETE are sent as POST by a form that names them.
_BUTTONS = ("GET", "POST", "PUT", "PATCH", "DELETE")

_EXAMPLES: dict[Kind, str] = {
    "datetime": "2024-01-02T03:04:05Z",
    "offset": "2024-01-02T03:04:05+02:00",
    "span": "PT1H30M",
    "list": "[a,b]",
    "map": "{name:value}",
    "dto": "{Name:value}",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field for one member. `options` are those of a choice, `example` shows how a value is written."""

    name: str
    type: str
    control: Literal["text", "number", "password", "select", "area"]
    is_required: bool
    description: str = ""
    options: Sequence[str] = ()
    example: str = ""


@dataclass(frozen=True, slots=True)
class CallForm:
    """A form: its address, its fields, and the verbs by which it can be sent. `files` can be sent with it."""

    action: str
    fields: Sequence[Field]
    verbs: Sequence[str]
    files: FilesMember | None = None


def call_form(api: Api, operation: Operation) -> CallForm:
    """The form of an operation. It has no verbs if the application does not answer in HTML."""
    answered = api.endpoints.get(operation, ()) if "html" in api.format_names else ()
    # With GET, a browser puts every field into the address.
    has_secrets = any(member.holds_secret for member in operation.request.properties)
    return CallForm(
        action=f"{api.prefix}/html/reply/{operation.name}",
        fields=[_field(member) for member in operation.request.properties],
        verbs=[verb for verb in _BUTTONS if verb in answered and not (verb == "GET" and has_secrets)],
        files=operation.request.files,
    )


def _field(member: Property) -> Field:
    return Field(
        name=member.wire_name,
        type=display_name(member.type),
        control=_control(member),
        is_required=is_required(member),
        description=member.description or "",
        options=_options(member.type),
        example=_EXAMPLES.get(member.type.kind, ""),
    )


def _control(member: Property) -> Literal["text", "number", "password", "select", "area"]:
    if member.is_secret:
        return "password"
    match member.type.kind:
        case "bool" | "enum":
            return "select"
        case "list" | "map" | "dto" | "any":
            return "area"
        case "int" | "long" | "short" | "byte":
            return "number"
    return "text"


def _options(type_: TypeRef) -> Sequence[str]:
    if type_.kind == "bool":
        return ("true", "false")
    return tuple(type_.python.__members__) if type_.kind == "enum" else ()
