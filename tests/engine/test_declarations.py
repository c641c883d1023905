"""Wrong declarations stop the start, with a sentence that says where and what."""

import enum
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest

from parlour.engine import standard_engine
from parlour.engine.dto.declare import (
    DataMember,
    WireName,
    data_contract,
    namespace,
    requires_authentication,
    returns,
    route,
)
from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.rules.rules import NotEmpty, RuleSet
from parlour.engine.serving.handlers import DirectHandler, Handler, InlineUnits, Services
from tests.engine.test_pipeline import Names
from tests.support.asgi_face import call


@namespace("Tests")
@dataclass(kw_only=True)
class Plain:
    id_: str | None = None


def handle(request: Any, tx: Any, caller: Any) -> Any:
    return None


def refusal(request: Any, *others: Any, **handlers: Any) -> str:
    """The reason why an engine with these operations does not start."""
    services = Services()
    services.add(request, **(handlers or {"any": Handler(handle)}))
    for other in others:
        services.add(other, any=Handler(handle))
    with pytest.raises(DeclarationError) as refused:
        standard_engine(services, InlineUnits())
    return str(refused.value)


def served_at(path: str, verbs: str = "") -> Any:
    @route(path, verbs)
    @namespace("Tests")
    @dataclass(kw_only=True)
    class Asked:
        id_: str | None = None

    return Asked


def named(name: str, *paths: tuple[str, str]) -> Any:
    cls: Any = namespace("Tests")(
        dataclass(kw_only=True)(type(name, (), {"__annotations__": {"id_": "str | None"}, "id_": None}))
    )
    for path, verbs in paths:
        cls = route(path, verbs)(cls)
    return cls


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("/a/{Id}", "GET"), ("/A/{id}", "GET")),
        (("/a", ""), ("/a", "")),
        (("/a", "GET"), ("/a/", "GET")),
        (("/a/{Id*}", "GET"), ("/a/{*Id}", "GET")),
    ],
)
def test_two_equal_routes_are_refused(one: tuple[str, str], other: tuple[str, str]) -> None:
    told = refusal(named("First", one), named("Second", other))

    assert told == f"First and Second both claim '{other[0]}' for the same verbs."


@pytest.mark.parametrize(
    ("path", "verbs", "told"),
    [
        ("/a/{Nobody}", "", "Asked has no member 'Nobody' for the route '/a/{Nobody}' to fill."),
        ("/a/{}", "", "Asked has no member '' for the route '/a/{}' to fill."),
        ("/a/{Id}/{id}", "", "Asked: the route '/a/{Id}/{id}' fills a member twice."),
        ("/a/{Id", "", "Asked: in the route '/a/{Id' '{Id' is neither a literal nor a variable."),
        ("/a/x{Id}", "", "Asked: in the route '/a/x{Id}' 'x{Id}' is neither a literal nor a variable."),
        ("a", "", "Asked: the route 'a' must start with / and have no ? or &."),
        ("/a?x=1", "", "Asked: the route '/a?x=1' must start with / and have no ? or &."),
        ("/{Id}", "", "Asked: the route '/{Id}' needs a literal segment."),
        ("/a/{Id*}/{ignore*}", "", "Asked: the route '/a/{Id*}/{ignore*}' has more than one wildcard."),
        ("/a", "GET FETCH", "Asked: the route '/a' is for FETCH, which is not a verb."),
    ],
)
def test_an_invalid_route_is_refused(path: str, verbs: str, told: str) -> None:
    assert refusal(served_at(path, verbs)) == told


@pytest.mark.parametrize(
    "path", ["/a/{ignore}", "/a/{Id}/{ignore}/{ignore}", "/a/{Id:guid}", "/a/{Id?}", "/a/{Id}.{ignore}"]
)
def test_a_valid_route_is_accepted(path: str) -> None:
    services = Services()
    services.add(served_at(path, "get PUT"), any=Handler(handle))

    assert standard_engine(services, InlineUnits()).operations


async def wait(request: Any, exchange: Any) -> Any:
    return None


async def wait_for_three(request: Any, tx: Any, caller: Any) -> Any:
    return None


# Called with arguments that the types forbid.
_Handler: Any = Handler
_DirectHandler: Any = DirectHandler


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        (_Handler(lambda request: None), "<lambda>(request) cannot be called with (request, tx, caller)."),
        (_Handler(lambda request, tx, caller, more: None), "cannot be called with (request, tx, caller)."),
        (_Handler(handle, check=lambda request: ()), "<lambda>(request) cannot be called with (request, tx, caller)."),
        (_Handler(wait_for_three), "wait_for_three is async, which only a DirectHandler may be."),
        (_Handler("handle"), "'handle' cannot be called."),
        (_DirectHandler(wait_for_three), "cannot be called with (request, exchange)."),
        (_DirectHandler(lambda request, exchange: None), "<lambda> is not async, which a DirectHandler must be."),
        (lambda request: None, "<lambda>(request) cannot be called with (request, tx, caller)."),
        (wait, "wait(request: Any, exchange: Any) -> Any cannot be called with (request, tx, caller)."),
    ],
)
def test_a_handler_with_a_wrong_signature_is_refused(handler: Any, told: str) -> None:
    sentence = refusal(Plain, get=handler)

    assert sentence.startswith("Plain, GET: ")
    assert sentence.endswith(told)


class Counting:
    """Handlers that are objects."""

    def __call__(self, request: Any, tx: Any, caller: Any, *, by: int = 1) -> Any:
        return None


class Waiting:
    async def __call__(self, request: Any, exchange: Any) -> Any:
        return None


@pytest.mark.parametrize(
    "handler", [handle, Handler(Counting()), DirectHandler(Waiting()), Handler(lambda *all_: None)]
)
def test_a_handler_with_a_right_signature_is_accepted(handler: Any) -> None:
    services = Services()
    services.add(Plain, get=handler)

    assert standard_engine(services, InlineUnits()).operations


def test_a_handler_for_an_unknown_verb_is_refused() -> None:
    assert refusal(Plain, fetch=Handler(handle)) == "Plain has handlers for ['FETCH'], which are not verbs."


def test_an_access_rule_for_an_unknown_verb_is_refused() -> None:
    guarded = requires_authentication("PUT FETCH")(named("Plain"))

    assert refusal(guarded) == "Plain is guarded for FETCH, which is not a verb."


def test_a_validation_rule_for_an_unknown_verb_is_refused() -> None:
    @namespace("Tests")
    @dataclass(kw_only=True)
    class Ruled:
        text: Annotated[str | None, RuleSet(NotEmpty(), verbs="POST FETCH")] = None

    assert refusal(Ruled) == "Ruled.Text has a rule for FETCH, which is not a verb."


@pytest.mark.parametrize("verbs", ["PUT DELETE", "PUT,DELETE", "put, delete"])
def test_an_access_rule_applies_to_verbs_in_any_spelling(verbs: str) -> None:
    services = Services()
    services.add(requires_authentication(verbs)(named("Plain", ("/plain", ""))), any=Handler(handle))
    engine = standard_engine(services, InlineUnits(), authentication=Names())

    statuses = {verb: call(engine, verb, "/plain").status for verb in ("GET", "PUT", "DELETE")}

    assert statuses == {"GET": 204, "PUT": 401, "DELETE": 401}


def test_an_operation_without_a_handler_is_refused() -> None:
    services = Services()
    services.add(Plain)

    with pytest.raises(DeclarationError, match=r"^Plain has no handler\.$"):
        standard_engine(services, InlineUnits())


def test_two_operations_with_one_name_are_refused() -> None:
    assert refusal(named("Plain"), Plain) == "Two operations are named Plain."


def test_a_restricted_operation_without_authentication_is_refused() -> None:
    @requires_authentication()
    @namespace("Tests")
    @dataclass(kw_only=True)
    class Secret: ...

    assert refusal(Secret) == "Secret is not for everybody, but the engine has no authentication."


def test_a_class_that_is_not_a_dataclass_is_refused() -> None:
    class Loose: ...

    assert refusal(Loose).endswith("is used as a DTO but is not a dataclass.")


def test_a_dto_without_a_namespace_is_refused() -> None:
    @dataclass(kw_only=True)
    class Homeless: ...

    assert refusal(Homeless).endswith("Homeless has no namespace: mark it with @namespace(...).")


def members(**annotations: Any) -> Any:
    """A DTO with these members, all None by default."""
    return namespace("Tests")(
        dataclass(kw_only=True)(type("Odd", (), {"__annotations__": annotations, **dict.fromkeys(annotations)}))
    )


@pytest.mark.parametrize(
    ("annotation", "told"),
    [
        (complex, "Odd.text: the type <class 'complex'> is not supported."),
        (list, "Odd.text: the type <class 'list'> is not supported."),
        (set[str], "Odd.text: the type set[str] is not supported."),
        (str | int, "Odd.text: a union of 2 types is not supported."),
        ("Missing | None", "Odd: a member is of the type Missing, which is not known."),
    ],
)
def test_a_member_without_a_wire_type_is_refused(annotation: Any, told: str) -> None:
    assert refusal(members(text=annotation)) == told


def test_a_response_without_a_wire_type_is_refused() -> None:
    assert refusal(returns(complex)(members(text=str))) == "Odd: the type <class 'complex'> is not supported."


class Level(enum.Enum):
    Low = 1


def test_an_enum_without_zero_for_a_member_that_is_not_nullable_is_refused() -> None:
    @namespace("Tests")
    @dataclass(kw_only=True)
    class Leveled:
        level: Level = Level.Low

    told = refusal(Leveled)
    assert told.endswith("Leveled.level is never null, but no member of Level is 0, the default.")


def test_a_member_without_a_default_is_refused() -> None:
    @namespace("Tests")
    @dataclass
    class Strict:
        text: str

    assert refusal(Strict).endswith("Strict.text has no default: every member may be missing from a request.")


@pytest.mark.parametrize("mark", [WireName("TEXT"), DataMember("text")])
def test_two_members_with_one_name_are_refused(mark: Any) -> None:
    text = Annotated[str | None, DataMember()]

    twice = data_contract()(members(text=text, other=Annotated[text, mark]))

    assert refusal(twice).startswith("Odd: text and other are both called ")


def test_members_with_default_factories_are_accepted() -> None:
    @namespace("Tests")
    @dataclass(kw_only=True)
    class Full:
        texts: list[str] = field(default_factory=list)

    services = Services()
    services.add(Full, any=Handler(handle))

    assert standard_engine(services, InlineUnits()).operations
