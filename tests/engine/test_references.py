"""`/types`: the recorded references, and the effect of each option."""

import asyncio
import json
from urllib.parse import urlencode

import pytest

from examples.stubs.services import open_services
from parlour.engine import standard_engine
from parlour.engine.codecs import Profile
from parlour.engine.http.messages import Request, Response
from parlour.engine.references import LANGUAGES
from parlour.engine.references.language import Language
from parlour.engine.references.options import DEFAULTS
from parlour.engine.serving.handlers import InlineUnits
from parlour.engine.serving.options import EngineOptions
from tests.engine.referenced import awkward_services, reference
from tests.golden.recordings import RECORDINGS, SEEDS

RECORDED = RECORDINGS / "types"

NOT_COMPARED = ("Date:", "Version:", "Tip:")


def given_in(head: str, language: Language) -> list[tuple[str, str]]:
    """The options in a printed block, as pairs of a query. Clients read the block in this way."""
    style = language.head
    pairs = []
    for line in head.splitlines():
        name, separator, value = line.removeprefix(style.given).partition(": ")
        if separator and name in language.options:
            pairs.append((name, value.strip()))
    return pairs


def asked(path: str, **options: str) -> Response:
    engine = standard_engine(
        open_services(), InlineUnits(), options=EngineOptions(profile=Profile(dates="milliseconds"))
    )
    query = urlencode(options)
    request = Request(method="GET", path=path, query=query, headers=[("host", "parlour.test")])
    return asyncio.run(engine.answer(request))


def stubs(language: str, **options: str) -> str:
    return reference(open_services(), language, **options)


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if not line.lstrip("/'# ").startswith(NOT_COMPARED)]


@pytest.mark.skipif(not RECORDED.exists(), reason="the recordings are not there")
@pytest.mark.parametrize(("recording", "included"), [("all", ""), ("seeds", SEEDS)])
@pytest.mark.parametrize("language", [*LANGUAGES, "metadata.json"])
def test_a_reference_is_as_recorded(language: str, recording: str, included: str) -> None:
    answer = asked(f"/types/{language}", **({"IncludeTypes": included} if included else {}))

    recorded = (RECORDED / f"{language}.{recording}.txt").read_text()
    assert lines(answer.body.decode()) == lines(recorded)


@pytest.mark.parametrize("language", LANGUAGES)
def test_options_from_the_head_give_the_same_code_again(language: str) -> None:
    given = {"IncludeTypes": "Person.*,ListItems", "ExcludeTypes": "Colour"}
    first = stubs(language, **given)

    again = given_in(first, LANGUAGES[language])

    assert dict(again) | {"IncludeTypes": dict(again)["IncludeTypes"].replace(" ", "")} == given
    assert lines(stubs(language, **dict(again))) == lines(first)


def test_the_index_leads_to_every_language_and_the_metadata() -> None:
    index = json.loads(asked("/types").body)

    assert index["CSharp"] == "http://parlour.test/types/csharp"
    assert index["Metadata"] == "http://parlour.test/types/metadata"
    assert len(index) == len(LANGUAGES) + 1
    assert all(asked(address.removeprefix("http://parlour.test")).status == 200 for address in index.values())


def test_scripts_have_a_script_type_and_others_are_plain_text() -> None:
    types = {path: dict(asked(f"/types/{path}").headers)["Content-Type"] for path in LANGUAGES}

    scripts = {path for path, type_ in types.items() if type_ == "text/javascript; charset=utf-8"}
    assert scripts == {"js", "mjs", "php"}
    assert {type_ for path, type_ in types.items() if path not in scripts} == {"text/plain; charset=utf-8"}


def test_an_unknown_language_is_not_found() -> None:
    assert asked("/types/cobol").status == 404


INCLUDED = {
    "ChatRequest": {"ChatRequest", "ChatResponse"},
    "ChatRequest.*": {"ChatRequest", "ChatResponse", "Chat", "ChatMember"},
    "*.ChatMember": {"Chat"},
    "CRM.AgencyPlatform.API.Internal/*": {"ChatRequest", "ChatResponse", "Chat", "ChatMember"},
    "GetText,Nothing": {"GetText", "Nothing"},
    "NoSuchType": set(),
}


@pytest.mark.parametrize("included", INCLUDED)
def test_included_types_may_be_patterns(included: str) -> None:
    assert declared(stubs("csharp", IncludeTypes=included)) == INCLUDED[included]


def test_types_are_excluded_by_name_and_by_kind() -> None:
    everything = declared(stubs("csharp"))
    requests = {type_ for type_ in everything if f"{type_}\n        : IReturn" in stubs("csharp")}

    assert declared(stubs("csharp", ExcludeTypes="Chat,Inner")) == everything - {"Chat", "Inner"}
    assert declared(stubs("csharp", ExcludeTypes="services")) == everything - requests
    assert declared(stubs("csharp", ExcludeTypes="types")) == requests


def test_operations_are_included_by_tag_with_all_that_they_mention() -> None:
    services = awkward_services()

    by_tag = declared(reference(services, "csharp", IncludeTypes="{trees}"))
    assert by_tag == {"FindNodes", "FindNodesResponse", "Node", "Paged", "SortOrder"}
    assert declared(reference(services, "csharp", ExportTags="trees")) == by_tag


def declared(code: str) -> set[str]:
    words = (line.split() for line in code.splitlines() if line.startswith("    public "))
    return {line[line.index("class" if "class" in line else "enum") + 1] for line in words}


EFFECTS = [
    ("csharp", "GlobalNamespace", "My.Own", "namespace My.Own\n"),
    ("csharp", "MakePartial", "false", "public class ChatRequest"),
    ("csharp", "MakeVirtual", "false", "public Guid ChatId { get; set; }"),
    ("csharp", "MakeInternal", "true", "internal partial class ChatRequest"),
    ("csharp", "AddNullableAnnotations", "false", "public virtual string ChatName { get; set; }"),
    ("csharp", "AddReturnMarker", "false", "public partial class ChatRequest\n    {"),
    ("csharp", "AddDescriptionAsComments", "false", '{\n        [ApiMember(Description="Contact Id"'),
    ("csharp", "AddDataContractAttributes", "true", "[DataMember]\n        public virtual Guid ChatMemberId"),
    ("csharp", "AddGeneratedCodeAttributes", "true", '[GeneratedCode("AddServiceStackReference", "10.15")]'),
    ("csharp", "AddImplicitVersion", "2", "public virtual int Version { get; set; } = 2;"),
    ("csharp", "InitializeCollections", "true", "List<ChatMember> ChatMembers { get; set; } = [];"),
    ("csharp", "AddNamespaces", "My.One,My.Two", "using My.One;\nusing My.Two;\n"),
    ("csharp", "DefaultNamespaces", "My.Own", "using My.Own;\nusing CRM"),
    ("csharp", "BaseUrl", "https://other.example", "BaseUrl: https://other.example\n"),
    ("csharp", "MakeDataContractsExtensible", "true", ": IReturn<ContractedResponse>, IExtensibleDataObject"),
    ("csharp", "ExportValueTypes", "true", "\nExportValueTypes: True\n"),
    ("csharp", "ExcludeNamespace", "true", "\n[Flags]\npublic enum Access\n{\n"),
    ("vbnet", "ExcludeNamespace", "true", "\n<Flags>\nPublic Enum Access\n"),
    ("fsharp", "ExcludeNamespace", "true", "*)\n\nopen System\n"),
    ("vbnet", "MakeVirtual", "false", "Public Property ChatId As Guid"),
    ("vbnet", "MakePartial", "false", "Public Class ChatRequest"),
    ("vbnet", "InitializeCollections", "true", "ChatMembers As List(Of ChatMember) = New List(Of ChatMember)"),
    ("vbnet", "MakeDataContractsExtensible", "true", "Implements IExtensibleDataObject"),
    ("fsharp", "InitializeCollections", "true", "Roles:ResizeArray<Guid> = new ResizeArray<Guid>()"),
    ("fsharp", "GlobalNamespace", "My.Own", "namespace My.Own\n"),
    ("fsharp", "MakeDataContractsExtensible", "true", "interface IExtensibleDataObject"),
    ("typescript", "GlobalNamespace", "dtos", "export namespace dtos\n{\n"),
    ("typescript", "MakePropertiesOptional", "true", "public chatId?: string;"),
    ("typescript", "AddImplicitVersion", "2", "public version: number = 2;"),
    ("typescript", "DefaultImports", "./mine:One/Two", 'import { One, Two } from "./mine";\n'),
    ("typescript.d", "MakePropertiesOptional", "false", "    chatId: string;"),
    ("typescript.d", "GlobalNamespace", "dtos", "declare module dtos\n{\n"),
    ("mjs", "DefaultImports", "./mine", 'import "./mine";\n'),
    ("mjs", "AddDocAnnotations", "false", "constructor(init) { Object.assign(this, init) }\n    chatMemberId;"),
    ("js", "DefaultImports", "./mine:One", 'var { One } = require("./mine");\n'),
]


@pytest.mark.parametrize(("language", "option", "value", "printed"), EFFECTS)
def test_an_option_changes_the_code(language: str, option: str, value: str, printed: str) -> None:
    assert printed in stubs(language, **{option.upper(): value})
    assert printed not in stubs(language)


def test_members_without_an_order_are_numbered() -> None:
    code = stubs("csharp", AddDataContractAttributes="true", AddIndexesToDataMembers="true")

    assert "[DataMember(Order=2)]\n        public virtual string? ChatName" in code
    assert '[assembly: ContractNamespace("http://schemas.servicestack.net/types", ClrNamespace="Stub")]' in code


def test_the_xml_namespace_of_contracts_is_the_callers() -> None:
    code = stubs("csharp", AddDataContractAttributes="true", AddDefaultXmlNamespace="http://other.example/")

    assert '[assembly: ContractNamespace("http://other.example/", ClrNamespace="Stub")]' in code


def test_responses_without_a_status_get_one() -> None:
    without = reference(awkward_services(), "csharp", IncludeTypes="FindNodes")
    added = reference(awkward_services(), "csharp", IncludeTypes="FindNodes", AddResponseStatus="true")

    assert "ResponseStatus? ResponseStatus" not in without
    assert "ResponseStatus? ResponseStatus" in added


@pytest.mark.parametrize("language", ["typescript", "typescript.d", "mjs", "js"])
def test_types_of_the_framework_are_left_to_its_client(language: str) -> None:
    assert "ResponseError" in stubs(language)
    assert "ResponseError" not in stubs(language, AddServiceStackTypes="false")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_head_is_left_out_on_request(language: str) -> None:
    assert "BaseUrl" not in stubs(language, WithoutOptions="1")


@pytest.mark.parametrize(
    "value", ["", "maybe", "*/ evil", "x\ny", '"', "(*", "-1", "\ud800".encode("utf-8", "replace").decode(), "{" * 50]
)
@pytest.mark.parametrize("language", [*LANGUAGES, "metadata"])
def test_unknown_option_values_are_ignored(language: str, value: str) -> None:
    assert asked(f"/types/{language}", **dict.fromkeys([*DEFAULTS, "Unknown"], value)).status == 200


def test_no_option_value_ends_the_comment_it_is_printed_in() -> None:
    assert "evil" not in stubs("mjs", IncludeTypes="Chat*/ evil", BaseUrl="*/evil", DefaultImports="x\nevil")


def test_base_classes_and_empty_classes_are_described() -> None:
    services = awkward_services()

    assert "public partial class FindNodes\n        : Paged, IReturn<FindNodesResponse>" in reference(
        services, "csharp"
    )
    assert "inherit Paged()" in reference(services, "fsharp")
    assert "Inherits Paged" in reference(services, "vbnet")
    assert "export class FindNodes extends Paged implements" in reference(services, "typescript")
    assert "__extends(FindNodes, _super);" in reference(services, "js")
