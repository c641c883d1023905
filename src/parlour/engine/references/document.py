"""`/types/metadata`: the model of the references, for tools (docs/wire/references.md#the-model).

It names types as the framework's runtime does: `String`, "List`1" with its arguments, "Nullable`1".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from parlour.engine.dto.declare import marks_of
from parlour.engine.dto.errors import FRAMEWORK
from parlour.engine.dto.metadata import Operation, TypeRef, camel
from parlour.engine.references.fsharp import NAMES
from parlour.engine.references.model import Attribute, Model, Type, TypeMember, actions_of, model_of
from parlour.engine.references.options import FLAGS, LISTS, Options
from parlour.engine.serving.description import ApiDescription

SYSTEM, COLLECTIONS = "System", "System.Collections.Generic"

_CONFIG = (
    "MakePartial", "MakeVirtual", "MakeInternal", "AddReturnMarker", "AddDescriptionAsComments", "AddDocAnnotations",
    "AddDataContractAttributes", "AddIndexesToDataMembers", "AddGeneratedCodeAttributes", "AddResponseStatus",
    "AddImplicitVersion", "AddServiceStackTypes", "AddModelExtensions", "AddPropertyAccessors",
    "ExcludeGenericBaseTypes", "SettersReturnThis", "AddNullableAnnotations", "MakePropertiesOptional",
    "ExportAsTypes", "ExcludeImplementedInterfaces", "AddDefaultXmlNamespace", "MakeDataContractsExtensible",
    "InitializeCollections", "AddNamespaces", "DefaultNamespaces", "DefaultImports", "IncludeTypes", "ExcludeTypes",
    "ExportTags", "TreatTypesAsStrings", "ExportValueTypes", "ExcludeNamespace", "GlobalNamespace", "Package",
    "BaseClass", "DataClass", "DataClassJson",
)  # fmt: skip
"""The options in the document, in the order of the recordings."""

# The parts of the framework's own types that references show and omit. Tools read it.
_EXPORTED_TYPES = (
    "IGet", "IPost", "IPut", "IDelete", "IPatch", "IMeta", "IHasSessionId", "IHasBearerToken", "IHasVersion",
    "ICreateDb`1[Table]", "IUpdateDb`1[Table]", "IPatchDb`1[Table]", "IDeleteDb`1[Table]", "ISaveDb`1[Table]",
)  # fmt: skip
_VALIDATION = (
    "Request", "IsAuthenticated", "IsAdmin", "HasRole", "HasPermission", "", "Null", "Empty", "Email", "NotNull",
    "NotEmpty", "CreditCard", "Length", "ExactLength", "MaximumLength", "MinimumLength", "LessThan",
    "LessThanOrEqual", "GreaterThan", "GreaterThanOrEqual", "ScalePrecision", "RegularExpression", "Equal",
    "NotEqual", "InclusiveBetween", "ExclusiveBetween",
)  # fmt: skip
_EXPORTED_ATTRIBUTES = (
    "System.Flags", "ServiceStack.Api", "ServiceStack.ApiResponse", "ServiceStack.ApiMember",
    "ServiceStack.DataAnnotations.StringLength", "ServiceStack.DataAnnotations.Ignore",
    "System.Runtime.Serialization.IgnoreDataMember", "ServiceStack.DataAnnotations.Computed",
    "ServiceStack.DataAnnotations.Meta", "ServiceStack.DataAnnotations.Required",
    "ServiceStack.DataAnnotations.References", "ServiceStack.AutoQueryViewer", "ServiceStack.AutoQueryViewerField",
    *(f"ServiceStack.Validate{name}" for name in _VALIDATION),
)  # fmt: skip
_NAMESPACES_LEFT_OUT = (
    "Auth", "Caching", "Configuration", "Data", "IO", "Logging", "Messaging", "Model", "Redis", "Web", "Jobs",
    "Admin", "NativeTypes", "Api.OpenApi",
)  # fmt: skip


def document(api: ApiDescription, options: Options) -> Mapping[str, Any]:
    """All that the application serves. The options are listed, but do not choose anything here."""
    model = model_of(api, Options())
    return {
        "config": _config(options),
        "namespaces": _namespaces(model),
        "types": [_type(type_) for type_ in model.types],
        "operations": [_operation(api, type_, model) for type_ in model.requests],
    }


def _config(options: Options) -> dict[str, Any]:
    config: dict[str, Any] = {"baseUrl": options.text("BaseUrl")}
    for name in _CONFIG:
        value = (
            options.flag(name) if name in FLAGS else list(options.names(name)) if name in LISTS else options.text(name)
        )
        if value not in ("", []):
            config[camel(name)] = value
    config["ignoreTypes"] = []
    return config | {
        "exportTypes": [f"{FRAMEWORK}.{name}" for name in _EXPORTED_TYPES],
        "exportAttributes": [f"{name}Attribute" for name in _EXPORTED_ATTRIBUTES],
        "ignoreTypesInNamespaces": [FRAMEWORK, *(f"{FRAMEWORK}.{name}" for name in _NAMESPACES_LEFT_OUT)],
    }


def _namespaces(model: Model) -> Sequence[str]:
    """The types that are neither requests nor responses, and the types of their members, in that order."""
    found = []
    for type_ in model.types:
        found += [_reference(member.type)["namespace"] for member in type_.members]
        found.append(type_.namespace)
    return list(dict.fromkeys(found))


def _operation(api: ApiDescription, request: Type, model: Model) -> dict[str, Any]:
    operation = request.operation
    assert operation is not None
    entry: dict[str, Any] = {"request": _type(request)}
    answer = operation.response
    if answer is not None:
        response = model.by_class.get(answer.python) if answer.kind == "dto" else None
        entry["response"] = _type(response) if response is not None else _bare(answer)
    entry["actions"] = list(actions_of(api, operation))
    if answer is None:
        entry["returnsVoid"] = True
    entry["method"] = request.verb
    if answer is not None:
        entry["returnType"] = _reference(answer, name="name", namespace=request.namespace)
    entry["routes"] = [
        {"path": route.path, **({"verbs": ",".join(route.verbs)} if route.verbs else {})} for route in operation.routes
    ]
    shown = _shown(answer)
    if shown is not None:
        entry["viewModel"] = _reference(shown, name="name", namespace=request.namespace)
    return entry | _access(operation) | ({"tags": list(operation.tags)} if operation.tags else {})


def _shown(answer: TypeRef | None) -> TypeRef | None:
    """The type that a response is about: that of its member Result, or of each of its Results."""
    if answer is None or answer.kind != "dto":
        return None
    by_name = answer.dto.by_name
    if "result" in by_name:
        return by_name["result"].type
    return by_name["results"].type.item if "results" in by_name else None


def _access(operation: Operation) -> dict[str, Any]:
    """The access rules: each kind once, with all its names. Empty if everybody may."""
    entry: dict[str, Any] = {}
    if operation.needs_user:
        entry["requiresAuth"] = True
    if any(rule.kind == "api_key" for rule in operation.access):
        entry["requiresApiKey"] = True
    for kind, key in (
        ("all_roles", "requiredRoles"),
        ("any_role", "requiresAnyRole"),
        ("all_permissions", "requiredPermissions"),
        ("any_permission", "requiresAnyPermission"),
    ):
        rules = [rule for rule in operation.access if rule.kind == kind]
        names = [name for rule in rules for name in (*rule.roles, *rule.permissions)]
        if names:
            entry[key] = list(dict.fromkeys(names))
    return entry


def _type(type_: Type) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": type_.name, "namespace": type_.namespace}
    if type_.base is not None:
        entry["inherits"] = {"name": type_.base.__name__, "namespace": marks_of(type_.base)["namespace"]}
    entry["implements"] = []
    if type_.description:
        entry["description"] = type_.description
    if type_.is_enum:
        entry["isEnum"] = True
        if type_.is_flags:
            entry["isEnumInt"] = True
    if type_.contract_attribute is not None:
        entry["dataContract"] = {camel(name): value for name, value in type_.contract_attribute.arguments}
    if type_.members:
        entry["properties"] = [_member(member, type_) for member in type_.members]
    if type_.attributes:
        entry["attributes"] = [_attribute(attribute) for attribute in type_.attributes]
    if type_.is_enum:
        entry["enumNames"] = [name for name, _ in type_.values]
        if type_.is_numbered:
            entry["enumValues"] = [str(value) for _, value in type_.values]
    return entry


def _bare(type_: TypeRef) -> dict[str, Any]:
    """The definition of a response that is not a DTO. A list's argument is its parameter."""
    entry = _reference(type_, name="name")
    if "genericArgs" in entry:
        entry["genericArgs"] = ["T"] if type_.key is None else ["TKey", "TValue"]
    return entry | {"implements": []}


def _member(member: TypeMember, owner: Type) -> dict[str, Any]:
    declared = member.declared
    entry: dict[str, Any] = {"name": member.name, **_reference(member.type, namespace=owner.namespace, is_member=True)}
    if member.name == "Id":
        entry["isPrimaryKey"] = True
    if member.contract_attribute is not None:
        entry["dataMember"] = {camel(name): value for name, value in member.contract_attribute.arguments}
    said = (
        ("paramType", declared.parameter_type),
        ("displayType", declared.data_type),
        ("description", declared.description),
        ("isRequired", declared.is_required),
    )
    entry |= {key: value for key, value in said if value}
    if member.attributes:
        entry["attributes"] = [_attribute(attribute) for attribute in member.attributes]
        entry["format"] = {}
    return entry


def _reference(type_: TypeRef, *, name: str = "type", namespace: str = "", is_member: bool = False) -> dict[str, Any]:
    """A type by its name. `namespace` is for an enumeration, which has the namespace of what mentions it."""
    flags: dict[str, Any] = {}
    if is_member and type_.is_value_type:
        flags["isValueType"] = True
    if is_member and type_.kind in ("enum", "flags"):
        flags["isEnum"] = True
    if type_.nullable and type_.is_value_type:
        return {name: "Nullable`1", "namespace": SYSTEM, **flags, "genericArgs": [NAMES.of(type_)]}
    if type_.key is not None and type_.item is not None:
        arguments = [NAMES.of(type_.key), NAMES.inside(type_.item)]
        return {name: "Dictionary`2", "namespace": COLLECTIONS, "genericArgs": arguments}
    if type_.item is not None and not type_.is_array:
        return {name: "List`1", "namespace": COLLECTIONS, "genericArgs": [NAMES.inside(type_.item)]}
    where = SYSTEM
    if type_.kind == "dto":
        where = type_.dto.namespace
    elif type_.python is not None:
        where = marks_of(type_.python).get("namespace", namespace)
    return {name: NAMES.of(type_), "namespace": where, **flags}


def _attribute(attribute: Attribute) -> dict[str, Any]:
    return {"name": attribute.name, "args": [_argument(attribute, *each) for each in attribute.arguments]}


def _argument(attribute: Attribute, name: str, value: str | int | bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": name, "type": "String", "namespace": SYSTEM}
    if isinstance(value, bool):
        entry |= {"type": "Boolean", "isValueType": True}
    elif isinstance(value, int):
        entry |= {"type": "Int32", "isValueType": True}
    entry["value"] = str(value).lower() if isinstance(value, bool) else str(value)
    if attribute.name == "ApiResponse":
        entry["isRequired"] = True
    return entry
