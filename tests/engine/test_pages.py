"""The pages of the operations: the recorded texts, and additional features."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any

import pytest

from examples.stubs.services import Colour
from parlour.engine import STANDARD_PAGES, standard_engine
from parlour.engine.accounts.authentication import AccountsAuthentication
from parlour.engine.codecs.xml import XmlCodec
from parlour.engine.dto.declare import (
    ApiMember,
    hidden,
    namespace,
    requires_any_permission,
    requires_any_role,
    requires_api_key,
    requires_permission,
    requires_role,
    returns,
    route,
    tag,
    validate_request,
)
from parlour.engine.http.messages import Request, Response
from parlour.engine.references import LANGUAGES
from parlour.engine.rules.rules import (
    Enum,
    InclusiveBetween,
    Inside,
    Length,
    Must,
    NotEmpty,
    RegularExpression,
    RuleSet,
    ScalePrecision,
)
from parlour.engine.serving.handlers import Handler, InlineUnits, Services
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.pipeline import Engine
from parlour.engine.serving.request_rules import Condition, HasRole, IsAuthenticated
from parlour.engine.testing.memory_accounts import MemoryAccounts
from tests.golden.hosts import Hosts
from tests.golden.recordings import RECORDINGS, Answer, page_case
from tests.support.auth_host import SIGNER
from tests.support.visible_text import text_nodes, words

RECORDED = RECORDINGS / "pages"

needs_recordings = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="The recordings are not there; PARLOUR_GOLDEN names their folder."
)

PAGE_BYTES = 30_000

LEFT_ASIDE = re.compile(r"\nAPI Explorer|\nClients Overview|\nMetadata(\n.+){15}(?=\n)")
"""Tools and advertising of the framework that docs/wire does not describe, and the bar of languages, which another test
compares.
"""


@namespace("Tests")
@dataclass
class Base:
    page: int = 0


@namespace("Tests")
@dataclass
class Node(Base):
    name: str | None = None
    inner: "Node | None" = None
    others: list["Node"] = field(default_factory=list)


@requires_role("Keeper")
@requires_any_role("Agent")
@requires_permission("read", "write")
@requires_any_permission("see", "hear")
@requires_api_key("reports")
@tag("trees")
@tag("old & new")
@route("/trees/{Id}", "PUT GET")
@returns(Node)
@namespace("Tests")
@dataclass
class GetTree:
    """Gives <a> tree.

    Nothing else.
    """

    id: Annotated[int, ApiMember("Which one.", required=True)] = 0
    words: Annotated[str | None, RuleSet(NotEmpty(), Length(2, 5), verbs="PUT")] = None


@returns(str)
@namespace("Tests")
@dataclass
class Unrouted: ...


@route("/words", "GET")
@returns(list[str])
@hidden
@namespace("Tests")
@dataclass
class Words: ...


@namespace("Tests")
@dataclass
class OneWay: ...


@hidden
@route("/secret", "GET")
@namespace("Tests")
@dataclass
class Unseen: ...


@pytest.fixture(scope="module")
def engine() -> Engine:
    services = Services()
    for operation in (GetTree, Unrouted, OneWay, Unseen):
        services.add(operation, any=Handler(lambda request, tx, caller: None))
    services.add(Words, any=Handler(lambda request, tx, caller: ["a"]))
    accounts = MemoryAccounts(SIGNER)
    return standard_engine(
        services, InlineUnits(), authentication=AccountsAuthentication(accounts), options=EngineOptions(title="Trees")
    )


def get(engine: Engine, path: str, query: str = "", **more: Any) -> Response:
    return asyncio.run(run(engine, Request(**{"method": "GET", "path": path, "query": query, **more})))


async def run(engine: Engine, request: Request) -> Response:
    return await engine.answer(request)


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    found = Hosts()
    yield found
    found.close()


def recorded_page(hosts: Hosts, name: str) -> tuple[Answer, str]:
    """Our response for a recorded page, and the recording."""
    return hosts.answer(page_case(name)), (RECORDED / name).read_text()


@needs_recordings
@pytest.mark.parametrize(
    "name", sorted(path.name for path in RECORDED.glob("*.txt") if path.name.split(".")[-2] != "html")
)
def test_a_page_shows_the_recorded_texts_in_order(hosts: Hosts, name: str) -> None:
    page, recorded = recorded_page(hosts, name)

    # Our additions (forms, rules, links to the other formats) are marked. The division of texts into nodes and lines
    # may differ.
    bar = " ".join(["Metadata", *(language.title for language in LANGUAGES.values() if language.is_listed)])
    ours = " ".join(words(page.body, left_out="more")).replace(f" {bar} ", " ", 1)
    assert ours == " ".join(LEFT_ASIDE.sub("", recorded).replace("\0", "\ufffd").split()[2:])
    assert page.header("Content-Type") == "text/html; charset=utf-8"
    assert len(page.body) < PAGE_BYTES


@needs_recordings
def test_a_page_links_to_every_language(hosts: Hosts) -> None:
    page, recorded = recorded_page(hosts, "open-default.ChatRequest.json.txt")
    lines = recorded.split("\n")

    (bar,) = re.findall(r'<nav aria-label="Languages">.*?</nav>', page.text, re.DOTALL)
    assert text_nodes(bar.encode()) == lines[lines.index("Metadata") : lines.index("Zig") + 1]


@needs_recordings
def test_html_has_no_page_of_samples(hosts: Hosts) -> None:
    page, recorded = recorded_page(hosts, "auth-default.Secret.html.txt")

    assert (page.status, page.text) == (403, "Forbidden")
    assert recorded.startswith("status 403\nForbidden\n")


@pytest.mark.parametrize(("path", "leads_to"), [("/", "/metadata"), ("/metadata/", "/metadata")])
def test_the_root_and_the_folder_redirect_to_the_index(engine: Engine, path: str, leads_to: str) -> None:
    response = get(engine, path)

    assert (response.status, dict(response.headers)["Location"]) == (302, leads_to)


@pytest.mark.parametrize("path", ["/metadata", "/json/metadata", "/XML/metadata", "/Metadata"])
def test_the_index_is_found_under_every_format(engine: Engine, path: str) -> None:
    assert "The following operations are available." in text_nodes(get(engine, path).body)


@pytest.mark.parametrize(
    ("path", "query"),
    [("/metadata", "op=GetTree"), ("/json/metadata", "OP=gettree"), ("/JSON/metadata", "op=GETTREE&x=y")],
)
def test_a_page_is_found_in_any_case(engine: Engine, path: str, query: str) -> None:
    nodes = text_nodes(get(engine, path, query).body)

    assert nodes[2] == "GetTree" and "HTTP + JSON" in nodes


@pytest.mark.parametrize("path", ["/soap11/metadata", "/json/metadata/more", "//metadata", "/metadatas"])
def test_other_addresses_have_no_page(engine: Engine, path: str) -> None:
    assert get(engine, path).status == 404


def test_an_unknown_operation_is_reported_on_a_page(engine: Engine) -> None:
    page = get(engine, "/metadata", "op=Nope")

    assert page.status == 404
    assert "Nope" in text_nodes(page.body)


def test_pages_accept_only_get(engine: Engine) -> None:
    assert get(engine, "/metadata", method="POST").status == 404
    assert get(engine, "/metadata", method="HEAD").status == 200


def test_a_hidden_operation_is_callable_but_not_shown(engine: Engine) -> None:
    assert get(engine, "/secret").status == 204
    assert get(engine, "/metadata", "op=Unseen").status == 404
    assert "Unseen" not in get(engine, "/metadata").body.decode()
    assert b"Unseen" not in get(engine, "/operations/metadata").body


def test_the_names_of_the_operations_are_listed_in_the_requested_format(engine: Engine) -> None:
    as_json = get(engine, "/operations/metadata")
    as_html = get(engine, "/operations/metadata", headers=[("accept", "text/html")])

    assert as_json.body == b'["GetTree","OneWay","Unrouted"]'
    assert dict(as_json.headers)["Content-Type"] == "application/json; charset=utf-8"
    assert {"GetTree", "OneWay", "Unrouted"} <= set(text_nodes(as_html.body))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=TREE", ["GetTree"]),
        ("q=gives+tree", ["GetTree"]),
        ("q=unrouted", ["Unrouted"]),
        ("q=nothing+like+it", []),
        ("tag=trees", ["GetTree"]),
        ("tag=trees&q=one", []),
        ("q=", ["GetTree", "OneWay", "Unrouted"]),
    ],
)
def test_the_index_is_searched_without_a_script(engine: Engine, query: str, found: list[str]) -> None:
    page = get(engine, "/metadata", query).body.decode()

    assert re.findall(r'<th scope="row"[^>]*><a[^>]*>(\w+)</a>', page) == found


def test_a_lock_shows_who_may_call(engine: Engine) -> None:
    page = get(engine, "/metadata").body.decode()

    locks = re.findall(r'<svg[^>]*aria-label="([^"]*)"', page)
    assert locks == [
        "Requires Roles: Keeper, Agent?; Requires Permissions: read, write, see?, hear?; Requires an API Key"
    ]


def test_a_page_shows_every_access_rule(engine: Engine) -> None:
    nodes = text_nodes(get(engine, "/metadata", "op=GetTree").body)

    start = nodes.index("Requires Authentication")
    assert nodes[start : start + 11] == [
        "Requires Authentication",
        "Required role:",
        "Keeper",
        "Requires the role:",
        "Agent",
        "Required permissions:",
        "read, write",
        "Requires any of the permissions:",
        "see, hear",
        "Requires an API Key",
        "with the scope reports",
    ]


def test_a_base_class_has_its_own_table_first(engine: Engine) -> None:
    nodes = text_nodes(get(engine, "/metadata", "op=GetTree").body)

    captions = [node for node in nodes if node.endswith("Parameters:")]
    assert captions == ["GetTree Parameters:", "Node Parameters:", "Base Parameters:"]
    assert nodes.count("Page") == 1


def test_the_rules_of_a_member_are_shown_beside_it(engine: Engine) -> None:
    nodes = text_nodes(get(engine, "/metadata", "op=GetTree").body)

    start = nodes.index("Words")
    assert nodes[start : start + 6] == [
        "Words",
        "body",
        "string",
        "No",
        "'Words' must not be empty. (PUT)",
        "'Words' must be between 2 and 5 characters. (PUT)",
    ]


@validate_request(Condition(lambda request: request.price != 1, "Not for one"))
@validate_request(HasRole("Agent", "Worker"))
@validate_request(IsAuthenticated())
@namespace("Tests")
@dataclass
class Buy:
    node: Annotated[Node | None, Inside("Name", RegularExpression("^[a-z]+$"))] = None
    price: Annotated[Decimal, InclusiveBetween(Decimal(1), Decimal(9)), ScalePrecision(2, 4)] = Decimal(1)
    colour: Annotated[Colour, Enum(), Must(bool, "Liked")] = Colour.Red


def test_every_rule_is_shown() -> None:
    services = Services()
    services.add(Buy, any=Handler(lambda request, tx, caller: None))
    shop = standard_engine(services, authentication=AccountsAuthentication(MemoryAccounts(SIGNER)))

    told = text_nodes(get(shop, "/metadata", "op=Buy").body)
    index = get(shop, "/metadata").body.decode()
    [operation] = json.loads(get(shop, "/types/metadata.json").body)["operations"]

    assert {
        "Requires Authentication",
        "Agent, Worker Roles Required",
        "Not for one",
        "'Node. Name' must match ^[a-z]+$",
        "'Price' must be between 1 and 9.",
        "'Price' must not be more than 4 digits in total, with allowance for 2 decimals.",
        "'Colour' must be one of the values declared.",
        "'Colour' must meet the condition Liked.",
    } <= set(told)
    assert re.findall(r'<svg[^>]*aria-label="([^"]*)"', index) == ["Requires Authentication"]
    assert operation["requiresAuth"] is True


def test_a_recursive_type_is_shown_once(engine: Engine) -> None:
    page = get(engine, "/json/metadata", "op=GetTree").body.decode()

    assert "{&#34;name&#34;:&#34;String&#34;,&#34;others&#34;:[],&#34;page&#34;:0}" in page


@pytest.mark.parametrize(
    ("operation", "lines"),
    [
        ("GetTree", ["PUT /trees/{Id} HTTP/1.1 ", "Content-Length: "]),
        ("Unrouted", ["POST /xml/reply/Unrouted HTTP/1.1 ", "(string)"]),
        ("OneWay", ["POST /xml/oneway/OneWay HTTP/1.1 "]),
    ],
)
def test_a_sample_goes_where_the_operation_is_answered(engine: Engine, operation: str, lines: list[str]) -> None:
    printed = "\n".join(text_nodes(get(engine, "/xml/metadata", f"op={operation}").body)).split("\n")

    assert set(lines) <= set(printed)
    assert ("HTTP/1.1 200 OK" in printed) == (operation != "OneWay")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_shows_and_links_the_types_in_a_language(engine: Engine, language: str) -> None:
    page = get(engine, "/xml/metadata", f"op=GetTree&lang={language.upper()}")
    text = page.body.decode()

    assert "GetTree" in re.findall(r"<pre[^>]*><code>(.*?)</code>", text, re.DOTALL)[0]
    assert f'href="/types/{language}?IncludeTypes=GetTree.*"' in text
    assert f"{LANGUAGES[language].title} GetTree DTOs" in text_nodes(page.body)
    assert "GetTree Parameters:" not in text_nodes(page.body)
    assert len(page.body) < PAGE_BYTES


def test_an_unknown_language_is_reported_instead_of_the_code(engine: Engine) -> None:
    page = get(engine, "/xml/metadata", "op=GetTree&lang=cobol")

    assert page.status == 200
    assert "There is no language named 'cobol'." in text_nodes(page.body)
    assert "IncludeTypes" not in page.body.decode()


@pytest.mark.parametrize("format_name", ["json", "xml", "jsv", "csv", "jsonl"])
def test_the_suffix_and_the_format_that_a_page_names_are_understood(engine: Engine, format_name: str) -> None:
    page = " ".join(words(get(engine, f"/{format_name}/metadata", "op=GetTree").body))
    suffix = re.findall(r"append the \.(\w+) suffix", page)[0]
    media_type = re.findall(r"Accept: (\S+)", page)[0]

    by_suffix, by_query = get(engine, f"/words.{suffix}"), get(engine, "/words", f"format={suffix}")
    by_header = get(engine, "/words", headers=[("accept", media_type)])
    assert by_suffix.headers == by_query.headers == by_header.headers
    assert dict(by_header.headers)["Content-Type"] == engine.formats.by_name[format_name].content_type


def test_a_cached_page_shows_the_callers_host(engine: Engine) -> None:
    first = get(engine, "/metadata", "op=GetTree", headers=[("host", "one.example")])
    second = get(engine, "/metadata", "op=GetTree", headers=[("host", "two.example")])

    assert "Host: one.example " in "\n".join(text_nodes(first.body))
    assert second.body == first.body.replace(b"one.example", b"two.example")


def test_an_application_of_one_format_has_pages_too() -> None:
    services = Services()
    services.add(Words, any=Handler(lambda request, tx, caller: None))
    services.add(OneWay, any=Handler(lambda request, tx, caller: None))
    options = EngineOptions(default_format="xml")
    engine = Engine(services, InlineUnits(), codecs=[XmlCodec()], pages=STANDARD_PAGES, options=options)

    page = get(engine, "/metadata", "op=OneWay")
    assert page.status == 200
    assert "HTTP + XML" in text_nodes(page.body)
    assert b"<form" not in page.body


def test_every_address_under_a_prefix_says_so() -> None:
    services = Services()
    services.add(GetTree, any=Handler(lambda request, tx, caller: None))
    accounts = AccountsAuthentication(MemoryAccounts(SIGNER))
    engine = standard_engine(services, InlineUnits(), authentication=accounts, options=EngineOptions(prefix="/api"))

    page = get(engine, "/api/metadata", "op=GetTree").body.decode()
    addresses = re.findall(r'(?:href|action)="(/[^"]*)"', page)
    assert addresses and all(address.startswith("/api/") for address in addresses)
    assert "/api/trees/{Id}" in page
