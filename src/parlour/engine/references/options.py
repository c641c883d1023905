"""The options of `/types/{language}`: read from the query, and printed at the top of the code.

The rules are those of docs/wire/references.md#options.

Clients keep the printed header with their code. When they update, they send the lines that are not commented out, so
the update has the same options. Unknown options and wrong values are ignored.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

CONTRACT_VERSION = "10.15"
"""The version of the interface, as a decimal number. Clients compare it."""

FLAGS: Mapping[str, bool] = {
    "MakePartial": True,
    "MakeVirtual": True,
    "MakeInternal": False,
    "AddReturnMarker": True,
    "AddDescriptionAsComments": True,
    "AddDocAnnotations": True,
    "AddDataContractAttributes": False,
    "MakeDataContractsExtensible": False,
    "AddIndexesToDataMembers": False,
    "AddGeneratedCodeAttributes": False,
    "InitializeCollections": False,
    "AddResponseStatus": False,
    "AddServiceStackTypes": True,
    "AddModelExtensions": True,
    "AddPropertyAccessors": True,
    "SettersReturnThis": True,
    "AddNullableAnnotations": True,
    "MakePropertiesOptional": False,
    "ExportValueTypes": False,
    "ExcludeNamespace": False,
    "ExcludeGenericBaseTypes": False,
    "ExportAsTypes": False,
    "ExcludeImplementedInterfaces": False,
}

LISTS = (
    "AddNamespaces",
    "DefaultNamespaces",
    "DefaultImports",
    "IncludeTypes",
    "ExcludeTypes",
    "ExportTags",
    "TreatTypesAsStrings",
)

_LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\"'`\\;]*")
_NAME = re.compile(r"[A-Za-z_][\w.]*")

TEXTS: Mapping[str, re.Pattern[str]] = {
    "BaseUrl": _LINE,
    "GlobalNamespace": _NAME,
    "AddImplicitVersion": re.compile(r"[0-9]{1,9}"),
    "AddDefaultXmlNamespace": _LINE,
    "BaseClass": _NAME,
    "Package": _NAME,
    "DataClass": re.compile(r"@?[\w.]+(\([\w.=, ]*\))?"),
    "DataClassJson": re.compile(r"@?[\w.]+(\([\w.=, ]*\))?"),
}
"""Options that are texts, with the pattern each must match, so that none can add code of its own."""

DEFAULTS: Mapping[str, str] = {
    **{name: str(value) for name, value in FLAGS.items()},
    **dict.fromkeys((*TEXTS, *LISTS), ""),
    "AddDefaultXmlNamespace": "http://schemas.servicestack.net/types",
}

WITHOUT_OPTIONS = "withoutoptions"

_BY_LOWER_NAME = {name.lower(): name for name in DEFAULTS}
_ENDS_OF_COMMENTS = ("*/", "*)", "=end")


@dataclass(frozen=True)
class Options:
    """The options of one answer: `given` by the caller, and the `defaults` of the language for the others."""

    given: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=lambda: DEFAULTS)
    has_head: bool = True

    def flag(self, name: str) -> bool:
        return self.text(name) == "True"

    def text(self, name: str) -> str:
        return self.given.get(name, self.defaults[name])

    def names(self, name: str) -> Sequence[str]:
        return split(self.text(name))


def options_of(
    pairs: Iterable[tuple[str, str]], base_url: str = "", defaults: Mapping[str, str] | None = None
) -> Options:
    """The options in the pairs of a query, in any case. If one is repeated, the first counts.

    `base_url` is the address by which the caller reached the application. `defaults` are those of the language.
    """
    given: dict[str, str] = {}
    has_head = True
    for name, value in pairs:
        has_head = has_head and name.lower() != WITHOUT_OPTIONS
        known = _BY_LOWER_NAME.get(name.lower())
        text = None if known is None else _value(known, value)
        if known is not None and text is not None:
            given.setdefault(known, text)
    return Options(given, {**DEFAULTS, "BaseUrl": _value("BaseUrl", base_url) or "", **(defaults or {})}, has_head)


def split(text: str) -> list[str]:
    """The parts between the commas, except for commas in braces."""
    return [part.strip() for part in re.split(r",(?![^{]*\})", text) if part.strip()]


def _value(name: str, value: str) -> str | None:
    """`value` as the option's value; None if it is not a valid one."""
    value = value.strip()
    if name in FLAGS:
        return {"true": "True", "false": "False"}.get(value.lower())
    if any(end in value for end in _ENDS_OF_COMMENTS):
        return None
    if name in LISTS:
        return ",".join(split(value)) if _LINE.fullmatch(value) else None
    return value if not value or TEXTS[name].fullmatch(value) else None
