import asyncio
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Annotated, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import validate

from examples.stubs.services import open_services
from parlour.app import build
from parlour.config import Settings
from parlour.engine import standard_engine
from parlour.engine.codecs import Profile
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.dto.declare import (
    EMPTY_GUID,
    ApiMember,
    Files,
    Guid,
    hidden,
    namespace,
    new_guid,
    requires_any_permission,
    requires_any_role,
    requires_api_key,
    requires_authentication,
    requires_permission,
    requires_role,
    returns,
    route,
    tag,
    validate_request,
)
from parlour.engine.dto.metadata import TypeRef
from parlour.engine.http.messages import Request, Response
from parlour.engine.http.uploads import UploadedFile
from parlour.engine.pages.json_schema import Direction, Schemas
from parlour.engine.pages.openapi import document
from parlour.engine.rules.rules import GreaterThan, Inside, Length, LessThan, NotEmpty, RuleSet
from parlour.engine.serving.handlers import DirectHandler, Handler, InlineUnits, Services
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.pipeline import Engine
from parlour.engine.serving.request_rules import Condition, HasRole
from parlour.store.database import Database
from tests.engine.samples import UNHURRIED, Everything, everything
from tests.engine.test_request_rules import Names
from tests.golden.hosts import PROFILES

EVERYTHING = TypeRef("dto", python=Everything)

ANY_PROFILE = [
    *PROFILES.values(),
    Profile(name_case="snake", dates="unix seconds", spans="clock", enums="numbers"),
    Profile(dates="unix milliseconds", defaults="omitted", zero_enums="omitted"),
    Profile(dates="rfc 1123", guid_format="D"),
]

values = everything(st.text(st.characters(codec="utf-8")), finest=timedelta(milliseconds=1)).filter(
    # JSON and schemas have no infinity.
    lambda value: math.isfinite(value.double) and math.isfinite(value.single)
)


@cache
def schema_of(profile: Profile, direction: Direction) -> Any:
    """The schema of Everything, with its components."""
    schemas = Schemas(profile, [])
    return schemas.of(EVERYTHING, direction) | {"components": {"schemas": schemas.components}}


@cache
def codec_of(profile: Profile) -> JsonCodec:
    return JsonCodec(profile)


@pytest.mark.parametrize("profile", ANY_PROFILE)
@UNHURRIED
@given(value=values)
def test_written_bodies_match_the_schema_and_can_be_sent_back(profile: Profile, value: Any) -> None:
    written = json.loads(codec_of(profile).writer(EVERYTHING)(value))

    for direction in ("written", "read"):
        schema = schema_of(profile, direction)
        Draft202012Validator(schema).validate(written)
        assert written.keys() <= schema["components"]["schemas"]["Everything"]["properties"].keys()


@pytest.mark.parametrize("profile", ANY_PROFILE)
def test_members_that_are_always_written_are_required_in_responses(profile: Profile) -> None:
    written = json.loads(codec_of(profile).writer(EVERYTHING)(Everything()))
    schema = schema_of(profile, "written")["components"]["schemas"]["Everything"]

    assert set(schema["required"]) == written.keys()


def engine(request: type[Any], *, authentication: Any = None, **by_verb: Any) -> Engine:
    services = Services()
    services.add(request, **(by_verb or {"any": Handler(lambda request, tx, caller: None)}))
    return standard_engine(services, InlineUnits(), authentication=authentication)


def described(request: type[Any], **options: Any) -> Any:
    found = document(engine(request, **options).description)
    validate(found)
    return found


@namespace("Tests")
@dataclass(kw_only=True)
class Part:
    name: str | None = None


@namespace("Tests")
@dataclass(kw_only=True)
class OrderResponse:
    order_id: Guid = EMPTY_GUID
    part: Part | None = None


@route("/orders/{OrderId}", "GET PUT")
@route("/orders", "GET POST DELETE OPTIONS")
@tag("Shop")
@requires_any_role("Clerk", "Chief", verbs="PUT")
@returns(OrderResponse)
@namespace("Tests")
@dataclass(kw_only=True)
class Order:
    """Orders something.

    Once more is twice.
    """

    order_id: Annotated[Guid, ApiMember("Which one.")] = EMPTY_GUID
    title: Annotated[str | None, RuleSet(NotEmpty(), verbs="POST"), Length(2, 5)] = None
    count: Annotated[int, GreaterThan(0)] = 1
    part: Annotated[Part | None, Inside("Name", NotEmpty())] = None
    numbers: list[int] | None = None


def test_each_verb_with_a_handler_is_described_at_each_of_its_addresses() -> None:
    answered = Handler(lambda request, tx, caller: None)

    paths = described(Order, authentication=Names(), get=answered, post=answered, put=answered)["paths"]

    assert {path: set(item) for path, item in paths.items()} == {
        "/orders/{OrderId}": {"get", "put"},
        "/orders": {"get", "post"},
    }


def test_operation_ids_are_unique() -> None:
    paths = document(standard_engine(open_services(), InlineUnits()).description)["paths"]

    ids = [operation["operationId"] for item in paths.values() for operation in item.values()]
    assert len(set(ids)) == len(ids)
    assert {"AllTypesPost", "AllTypesPutById", "ChatRequestGet"} <= set(ids)


def test_an_operation_says_what_it_does_and_who_may_call_it() -> None:
    paths = described(Order, authentication=Names())["paths"]

    put, get = paths["/orders/{OrderId}"]["put"], paths["/orders/{OrderId}"]["get"]
    assert put["summary"] == "Orders something."
    assert put["description"].endswith("Once more is twice.\n\nRequires any of the roles: Clerk, Chief.")
    assert (put["tags"], put["security"]) == (["Shop"], [{"bearer": []}, {"session": []}, {"basic": []}])
    assert (get["security"], "401" in get["responses"], "401" in put["responses"]) == ([], False, True)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (requires_authentication(), "Requires authentication."),
        (requires_role("Clerk", "Chief"), "Requires the roles: Clerk, Chief."),
        (requires_any_permission("Read", "Write"), "Requires any of the permissions: Read, Write."),
        (requires_permission("Read"), "Requires the permissions: Read."),
        (requires_api_key(), "Requires an API key."),
        (requires_api_key("read"), "Requires an API key with the scope read."),
    ],
)
def test_every_kind_of_access_rule_is_described(rule: Any, told: str) -> None:
    @namespace("Tests")
    @dataclass(kw_only=True)
    class Ask: ...

    get = described(rule(Ask), authentication=Names())["paths"]["/json/reply/Ask"]["get"]

    assert get["description"] == told
    assert get["security"] == ([{"apiKey": []}] if "key" in told else [{"bearer": []}, {"session": []}, {"basic": []}])


def test_members_are_described_in_path_query_and_body_with_their_rules() -> None:
    found = described(Order, authentication=Names())

    paths, schemas = found["paths"], found["components"]["schemas"]
    in_path, *in_query = paths["/orders/{OrderId}"]["get"]["parameters"]
    assert (in_path["name"], in_path["in"], in_path["schema"]["description"]) == ("OrderId", "path", "Which one.")
    assert [each["name"] for each in in_query] == ["title", "count", "part", "numbers"]
    assert in_query[0]["schema"] == {"type": "string", "minLength": 2, "maxLength": 5}
    assert in_query[1]["schema"]["exclusiveMinimum"] == 0
    assert in_query[2]["schema"]["contentMediaType"] == "application/jsv"
    assert in_query[2]["schema"]["contentSchema"]["allOf"][0] == {"$ref": "#/components/schemas/PartInput"}
    assert in_query[3]["explode"] is False
    put, post = (
        schemas[paths[path][verb]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]]
        for path, verb in (("/orders/{OrderId}", "put"), ("/orders", "post"))
    )
    assert (set(put["properties"]), "required" in put) == ({"title", "count", "part", "numbers"}, False)
    assert (set(post["properties"]), post["required"]) == ({"orderId", *put["properties"]}, ["title"])
    assert (put["properties"]["title"]["type"], post["properties"]["title"]["type"]) == (["string", "null"], "string")
    assert paths["/orders"]["post"]["requestBody"]["required"]


@validate_request(Condition(lambda request: True, "Only what is there"))
@validate_request(HasRole("Clerk"))
@route("/parcels", "POST")
@namespace("Tests")
@dataclass(kw_only=True)
class Send:
    """Sends files."""

    pieces: Annotated[int, GreaterThan(0)] = 1
    weight: Annotated[int, LessThan(50)] = 99
    by: list[str] = field(default_factory=lambda: ["ship"])
    parcel_id: Guid = field(default_factory=new_guid)
    note: str | None = None
    files: Annotated[list[UploadedFile], Files(max_bytes=2_000)] = field(default_factory=list)


def test_a_form_describes_the_files_of_its_operation() -> None:
    content = described(Send, authentication=Names())["paths"]["/parcels"]["post"]["requestBody"]["content"]

    files = content["multipart/form-data"]["schema"]["properties"]["files"]
    assert files["items"] == {"type": "string", "contentMediaType": "application/octet-stream"}
    assert "2,000 bytes" in files["description"]
    assert "files" not in content["application/x-www-form-urlencoded"]["schema"]["properties"]


def test_an_optional_member_shows_its_default() -> None:
    found = described(Send, authentication=Names())["components"]["schemas"]["Send"]

    told = {name: schema["default"] for name, schema in found["properties"].items() if "default" in schema}
    assert told == {"pieces": 1, "by": ["ship"]}
    assert found["required"] == ["weight"]


def test_a_bound_of_a_rule_replaces_that_of_the_type() -> None:
    found = described(Send, authentication=Names())["components"]["schemas"]["Send"]["properties"]

    assert found["pieces"].keys() == {"type", "format", "exclusiveMinimum", "maximum", "default"}


def test_rules_for_the_whole_request_are_described() -> None:
    post = described(Send, authentication=Names())["paths"]["/parcels"]["post"]

    assert post["description"] == "Sends files.\n\nOnly what is there. Clerk Role Required."
    assert post["security"] and {"401", "403"} <= post["responses"].keys()


def test_rules_for_all_operations_are_described_first() -> None:
    about = document(standard_engine(open_services(), InlineUnits()).description)["info"]["description"]

    assert all(word in about for word in ("?format=", "`jsv`", "304", "/json/reply/", "AutoBatchIndex", "HEAD"))


def test_answers_and_refusals_are_described_in_every_format() -> None:
    found = described(Order, authentication=Names())

    post = found["paths"]["/orders"]["post"]["responses"]
    assert set(post) == {"200", "400", "404", "405", "409", "413", "415", "429", "500", "503"}
    assert post["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/OrderResponse"}
    refusals = found["components"]["responses"]
    assert set(post["200"]["content"]) == set(refusals["BadRequest"]["content"]) >= {"application/xml"}
    assert set(refusals["TooManyRequests"]["headers"]) == {"Retry-After"}
    assert found["components"]["schemas"]["ErrorResponse"]["required"] == ["responseStatus"]


def test_an_operation_without_a_route_or_an_answer_is_described_too() -> None:
    @namespace("Tests")
    @dataclass(kw_only=True)
    class Ping: ...

    ping = described(Ping)["paths"]["/json/reply/Ping"]
    assert set(ping["get"]["responses"]) == {"204", "400", "405", "429", "500", "503"}
    assert set(ping["post"]["requestBody"]["content"]) >= {"application/json"}
    assert "application/xml" not in ping["post"]["requestBody"]["content"]


def test_a_handler_that_signs_in_may_refuse_the_caller() -> None:
    async def sign_in(request: Any, exchange: Any) -> None: ...

    found = described(Order, authentication=Names(), get=DirectHandler(sign_in))

    assert {"401", "403"} <= set(found["paths"]["/orders"]["get"]["responses"])


def test_a_hidden_operation_is_left_out() -> None:
    @hidden
    @route("/secret")
    @namespace("Tests")
    @dataclass(kw_only=True)
    class Secret: ...

    assert described(Secret)["paths"] == {}


def test_equal_paths_are_merged_and_the_route_with_one_verb_wins() -> None:
    @route("/things/{Key}", "GET")
    @route("/Things/{Id}", "GET PUT")
    @namespace("Tests")
    @dataclass(kw_only=True)
    class Thing:
        id_: str | None = None
        key: str | None = None

    paths = described(Thing)["paths"]

    assert {path: set(item) for path, item in paths.items()} == {"/things/{Key}": {"get", "put"}}
    assert [each["name"] for each in paths["/things/{Key}"]["get"]["parameters"]] == ["Key", "id"]
    assert [each["name"] for each in paths["/things/{Key}"]["put"]["parameters"]] == ["Key"]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_every_example_matches_its_schema(profile: Profile) -> None:
    found = document(
        standard_engine(open_services(), InlineUnits(), options=EngineOptions(profile=profile)).description
    )

    shown = [content["application/json"] for content in contents(found) if "example" in content["application/json"]]
    assert len(shown) > 20
    for each in shown:
        Draft202012Validator(each["schema"] | {"components": found["components"]}).validate(each["example"])


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_every_example_of_a_body_is_read(profile: Profile) -> None:
    made = standard_engine(open_services(), InlineUnits(), options=EngineOptions(profile=profile))

    answered = [asyncio.run(made.answer(request)).status for request in example_requests(document(made.description))]

    assert len(answered) > 50
    assert set(answered) == {200, 204}


def example_requests(found: Any) -> Iterator[Request]:
    for path, item in found["paths"].items():
        for verb, operation in item.items():
            for type_, content in operation.get("requestBody", {"content": {}})["content"].items():
                if "example" in content:
                    example = content["example"]
                    body = (example if isinstance(example, str) else json.dumps(example)).encode()
                    headers = [("content-type", type_), ("content-length", str(len(body)))]
                    yield Request(method=verb.upper(), path=filled(path), headers=headers, body=body)


def filled(path: str) -> str:
    """A path with a value for each variable."""
    return re.sub(r"\{(\w+)\}", lambda name: "fine" if name[1] == "Kind" else "2" * 32, path)


def contents(node: Any) -> Iterator[Any]:
    """All `content` parts of a document."""
    for key, inner in node.items() if isinstance(node, dict) else enumerate(node if isinstance(node, list) else ()):
        if key == "content":
            yield inner
        yield from contents(inner)


def test_below_a_prefix_all_paths_are_relative_to_it() -> None:
    mounted = standard_engine(open_services(), InlineUnits(), options=EngineOptions(prefix="/below"))

    answered = asyncio.run(mounted.answer(Request(method="GET", path="/below/openapi.json")))

    found = json.loads(answered.body)
    assert found["servers"] == [{"url": "/below"}]
    assert "/v1/Chat" in found["paths"]


def asked(path: str, method: str = "GET") -> Response:
    return asyncio.run(standard_engine(open_services(), InlineUnits()).answer(Request(method=method, path=path)))


def test_json_and_yaml_describe_the_same() -> None:
    as_json, as_yaml = asked("/openapi.json"), asked("/openapi.yaml")

    assert json.loads(as_json.body) == yaml.safe_load(as_yaml.body)
    assert ("Content-Type", "application/json") in as_json.headers
    assert ("Content-Type", "application/yaml") in as_yaml.headers


def test_the_document_accepts_only_get() -> None:
    refused = asked("/openapi.json", "POST")

    assert (refused.status, refused.headers) == (405, [("Allow", "GET, HEAD")])


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_the_document_is_valid(profile: Profile) -> None:
    validate(
        document(standard_engine(open_services(), InlineUnits(), options=EngineOptions(profile=profile)).description)
    )


def test_the_applications_own_document_is_valid(database: Database) -> None:
    found: Any = document(build(Settings(secret_key="k" * 32), database).engine.description)

    validate(found)
    assert found["paths"]["/v1/Chat"]["get"]["security"] == [{"bearer": []}, {"session": []}, {"basic": []}]
    assert "/auth/{provider}" in found["paths"]
