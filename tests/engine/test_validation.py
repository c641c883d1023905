from collections.abc import Sequence
from dataclasses import dataclass, field, make_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Optional

import pytest

from examples.stubs.services import Access, Colour
from parlour.engine.dto.declare import EMPTY_GUID, ApiMember, Guid, namespace
from parlour.engine.dto.errors import FieldError
from parlour.engine.dto.metadata import DeclarationError, dto_type
from parlour.engine.rules.constraints import constraints, is_required
from parlour.engine.rules.rules import (
    CreditCard,
    Email,
    Empty,
    Enum,
    Equal,
    ExactLength,
    ExclusiveBetween,
    GreaterThan,
    GreaterThanOrEqual,
    InclusiveBetween,
    Inside,
    Length,
    LessThan,
    LessThanOrEqual,
    MaximumBytes,
    MaximumLength,
    MinimumLength,
    Must,
    NotEmpty,
    NotEqual,
    NotNull,
    Null,
    RegularExpression,
    Rule,
    RuleSet,
    ScalePrecision,
)
from parlour.engine.rules.validators import display_name, validator, value_text


def broken(rule: Rule, value: Any, annotation: Any = None) -> FieldError | None:
    """The errors of a rule on a member `EmailAddress` for a value."""
    type_ = annotation or type(value)

    cls: Any = namespace("Tests")(
        make_dataclass("One", [("email_address", Annotated[type_, rule], field(default_factory=lambda: value))])
    )
    check = validator(dto_type(cls))
    assert check is not None
    return next(iter(check(cls(), "POST")), None)


P = "'Email Address'"


@pytest.mark.parametrize(
    ("rule", "value", "annotation", "code", "message"),
    [
        (NotNull(), None, str | None, "NotNull", f"{P} must not be empty."),
        (NotEmpty(), None, str | None, "NotEmpty", f"{P} must not be empty."),
        (NotEmpty(), " \t", str, "NotEmpty", f"{P} must not be empty."),
        (NotEmpty(), [], list[str], "NotEmpty", f"{P} must not be empty."),
        (NotEmpty(), 0, int, "NotEmpty", f"{P} must not be empty."),
        (NotEmpty(), EMPTY_GUID, Guid, "NotEmpty", f"{P} must not be empty."),
        (Null(), "x", str | None, "Null", f"{P} must be empty."),
        (Empty(), "x", str | None, "Empty", f"{P} must be empty."),
        (Email(), "", str, "Email", f"{P} is not a valid email address."),
        (Email(), "@b", str, "Email", f"{P} is not a valid email address."),
        (Email(), "a@", str, "Email", f"{P} is not a valid email address."),
        (Email(), "a@b@c", str, "Email", f"{P} is not a valid email address."),
        (Length(2, 5), "A", str, "Length", f"{P} must be between 2 and 5 characters. You entered 1 characters."),
        (Length(1, 1), "😀", str, "Length", f"{P} must be between 1 and 1 characters. You entered 2 characters."),
        (ExactLength(3), "ab", str, "Length", f"{P} must be 3 characters in length. You entered 2 characters."),
        (
            MinimumLength(3),
            "ab",
            str,
            "MinimumLength",
            f"The length of {P} must be at least 3 characters. You entered 2 characters.",
        ),
        (
            MaximumLength(1),
            "ab",
            str,
            "MaximumLength",
            f"The length of {P} must be 1 characters or fewer. You entered 2 characters.",
        ),
        (GreaterThan(17), 17, int, "GreaterThan", f"{P} must be greater than '17'."),
        (GreaterThanOrEqual(17), 16, int, "GreaterThanOrEqual", f"{P} must be greater than or equal to '17'."),
        (LessThan(17), 17, int, "LessThan", f"{P} must be less than '17'."),
        (LessThanOrEqual(17), 18, int, "LessThanOrEqual", f"{P} must be less than or equal to '17'."),
        (Equal("a"), "b", str, "Equal", f"{P} must be equal to 'a'."),
        (NotEqual(Colour.Blue), Colour.Blue, Colour, "NotEqual", f"{P} must not be equal to 'Blue'."),
        (
            InclusiveBetween(Decimal("1.5"), Decimal(10)),
            Decimal("10.01"),
            Decimal,
            "InclusiveBetween",
            f"{P} must be between 1.5 and 10. You entered 10.01.",
        ),
        (
            ExclusiveBetween(1, 3),
            3,
            int,
            "ExclusiveBetween",
            f"{P} must be between 1 and 3 (exclusive). You entered 3.",
        ),
        (RegularExpression("^[A-Z]+$"), "ab", str, "RegularExpression", f"{P} is not in the correct format."),
        (CreditCard(), "4111-1111-1111-1112", str, "CreditCard", f"{P} is not a valid credit card number."),
        (CreditCard(), "4x", str, "CreditCard", f"{P} is not a valid credit card number."),
        (
            Enum(),
            Access(8),
            Access,
            "Enum",
            f"{P} has a range of values which does not include '8'.",
        ),
        (
            ScalePrecision(2, 4),
            Decimal("123.456"),
            Decimal,
            "ScalePrecision",
            (
                f"{P} must not be more than 4 digits in total, with allowance for 2 decimals. "
                "3 digits and 3 decimals were found."
            ),
        ),
        (Must(str.islower), "A", str, "Predicate", f"The specified condition was not met for {P}."),
    ],
)
def test_a_broken_rule_reports_its_code_and_message(
    rule: Rule, value: Any, annotation: Any, code: str, message: str
) -> None:
    failure = broken(rule, value, annotation)

    assert failure is not None
    assert (failure.field_name, failure.error_code, failure.message) == ("EmailAddress", code, message)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (NotNull(), ""),
        (NotEmpty(), "x"),
        (Email(), "a b@c"),
        (Length(2, 5), "ab"),
        (ExactLength(2), "ab"),
        (MinimumLength(2), "ab"),
        (MaximumLength(2), ""),
        (GreaterThan(17), 18),
        (GreaterThanOrEqual(17), 17),
        (LessThan(17), 16),
        (LessThanOrEqual(17), 17),
        (Equal(1), 1),
        (NotEqual(1), 2),
        (InclusiveBetween(1, 3), 3),
        (ExclusiveBetween(1, 3), 2),
        (RegularExpression("b"), "abc"),
        (CreditCard(), "4111 1111 1111 1111"),
        (Enum(), Colour.Red),
        (Enum(), Access(0)),
        (Enum(), Access(3)),
        (ScalePrecision(2, 4), Decimal("12.34")),
        (Must(str.islower), "a"),
    ],
)
def test_a_satisfied_rule_reports_nothing(rule: Rule, value: Any) -> None:
    assert broken(rule, value) is None


@pytest.mark.parametrize(
    "rule", [Null(), Empty(), Email(), Length(2, 5), Equal("a"), RegularExpression("a"), Must(str.islower)]
)
def test_null_passes_rules_about_values(rule: Rule) -> None:
    assert broken(rule, None, str | None) is None


def test_placeholders_are_sent_along_with_the_rules_own_first() -> None:
    long = broken(Length(2, 5), "A")
    compared = broken(GreaterThan(17), 5)
    nothing = broken(NotEmpty(), None, str | None)

    assert long is not None and list(long.meta.items()) == [
        ("MinLength", "2"),
        ("MaxLength", "5"),
        ("TotalLength", "1"),
        ("PropertyName", "Email Address"),
        ("PropertyValue", "A"),
    ]
    assert compared is not None and compared.meta["ComparisonProperty"] == ""
    assert nothing is not None and nothing.meta == {"PropertyName": "Email Address", "PropertyValue": None}


@namespace("Tests")
@dataclass(kw_only=True)
class Leaf:
    name: Annotated[str | None, NotEmpty()] = None
    owner: Annotated[Guid, NotEmpty()] = EMPTY_GUID


@namespace("Tests")
@dataclass(kw_only=True)
class Plain:
    name: str | None = None


@namespace("Tests")
@dataclass(kw_only=True)
class Tree:
    leaves: list[Leaf | None] | None = None
    heaps: dict[str, list[Leaf] | None] | None = None
    plain: Annotated[Plain | None, Inside("name", NotEmpty(), Length(2, 3))] = None
    child: Optional["Tree"] = None
    title: Annotated[str, NotEmpty(), Length(2, 5)] = "fine"


def failures(tree: Tree) -> Sequence[tuple[str, str]]:
    check = validator(dto_type(Tree))
    assert check is not None
    return [(failure.field_name, failure.error_code) for failure in check(tree, "POST")]


def test_all_broken_rules_of_a_member_are_reported_in_order() -> None:
    assert failures(Tree(title="")) == [("Title", "NotEmpty"), ("Title", "Length")]


def test_nested_dtos_are_checked_if_present() -> None:
    fine = Leaf(name="x", owner=Guid("1" * 32))
    tree = Tree(title="x", leaves=[fine, None, Leaf(owner=Guid("1" * 32))], plain=Plain(name="x"))

    assert failures(Tree()) == []
    assert failures(tree) == [("Title", "Length"), ("Plain.Name", "Length"), ("Leaves[2].Name", "NotEmpty")]


def test_dtos_in_maps_and_in_lists_of_lists_are_checked_too() -> None:
    leaf = Leaf(owner=Guid("1" * 32))

    assert failures(Tree(heaps={"a": None, "b": [leaf]})) == [("Heaps[b][0].Name", "NotEmpty")]


def test_a_recursive_dto_is_checked_at_every_level() -> None:
    tree = Tree(child=Tree(child=Tree(title="x", leaves=[Leaf(name="x")])))

    assert failures(tree) == [("Child.Child.Title", "Length"), ("Child.Child.Leaves[0].Owner", "NotEmpty")]


def test_errors_show_guids_in_the_applications_format() -> None:
    check = validator(dto_type(Leaf), "D")

    assert check is not None
    assert check(Leaf(name="x"), "POST")[0].meta["PropertyValue"] == "00000000-0000-0000-0000-000000000000"


def test_a_dto_without_rules_has_no_validator() -> None:
    assert validator(dto_type(Plain)) is None


def sample(*declared: Any, annotation: Any = str | None, value: Any = None) -> Any:
    """A DTO with a member `EmailAddress`."""
    member = ("email_address", Annotated[annotation, *declared], field(default_factory=lambda: value))
    return namespace("Tests")(make_dataclass("One", [member]))


def codes(cls: Any, verb: str = "POST") -> Sequence[str]:
    check = validator(dto_type(cls))
    assert check is not None
    return [failure.error_code for failure in check(cls(), verb)]


def test_a_rule_set_applies_to_its_verbs_and_may_stop_at_the_first_error() -> None:
    given = sample(RuleSet(NotEmpty(), Length(2, 5), verbs="POST PUT", stops_at_first=True), Email(), value="")

    assert codes(given) == ["NotEmpty", "Email"]
    assert codes(given, "GET") == ["Email"]


def test_state_is_sent_instead_of_the_placeholders() -> None:
    cls = sample(RuleSet(NotEmpty(), state={"Hint": "Ask Ann"}))
    check = validator(dto_type(cls))

    assert check is not None
    assert check(cls(), "POST")[0].meta == {"Hint": "Ask Ann"}


def test_a_predicate_may_have_its_own_code() -> None:
    assert codes(sample(Must(str.islower, "Lowered"), value="A")) == ["Lowered"]


@pytest.mark.parametrize(
    ("rule", "value", "told"),
    [
        (GreaterThan(datetime(2024, 1, 2)), datetime(1, 2, 3, 4, 5, 6), ("01/02/2024 00:00:00", "02/03/0001 04:05:06")),
        (GreaterThan(timedelta(hours=26)), timedelta(minutes=1), ("1.02:00:00", "00:01:00")),
    ],
)
def test_errors_show_times_as_clients_write_them(rule: Rule, value: Any, told: tuple[str, str]) -> None:
    failure = broken(rule, value)

    assert failure is not None
    assert (failure.meta["ComparisonValue"], failure.meta["PropertyValue"]) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.1 + 0.2, "0.30000000000000004"), (1e20, "1E+20"), (Access(3), "Read, Write"), (Access(9), "9"), (True, "True")],
)
def test_errors_show_values_as_clients_write_them(value: Any, told: str) -> None:
    assert value_text(value) == told


@pytest.mark.parametrize("zone", [None, UTC])
def test_times_with_and_without_a_zone_are_compared(zone: Any) -> None:
    rule = GreaterThan(datetime(2024, 1, 2, tzinfo=UTC))

    assert broken(rule, datetime(2024, 1, 2, tzinfo=zone), datetime) is not None
    assert broken(rule, datetime(2024, 1, 3, tzinfo=zone), datetime) is None


@pytest.mark.parametrize(
    ("rule", "annotation"),
    [
        (Length(1, 2), int),
        (Email(), list[str]),
        (ScalePrecision(2, 4), float),
        (Enum(), str),
        (GreaterThan(1), str | None),
        (InclusiveBetween(Decimal(1), Decimal(2)), float),
        (NotEqual("Blue"), Colour),
    ],
)
def test_a_rule_that_does_not_fit_its_member_stops_the_start(rule: Rule, annotation: Any) -> None:
    with pytest.raises(DeclarationError, match=r"One\.EmailAddress is of kind"):
        validator(dto_type(sample(rule, annotation=annotation)))


@pytest.mark.parametrize(
    ("declared", "annotation", "said"),
    [
        ([NotNull()], str | None, {}),
        ([NotEmpty()], str | None, {"minLength": 1, "pattern": r"\S"}),
        ([NotEmpty()], list[str], {"minItems": 1}),
        ([NotEmpty()], dict[str, str], {"minProperties": 1}),
        ([NotEmpty()], bytes | None, {"minLength": 1}),
        ([NotEmpty()], Guid, {"not": {"pattern": "^[0-]*$"}}),
        ([NotEmpty()], int, {"not": {"const": 0}}),
        ([NotEmpty()], Guid | None, {}),
        ([Null()], str | None, {"const": None}),
        ([Empty()], str, {"pattern": r"^\s*$"}),
        ([Empty()], list[str], {"maxItems": 0}),
        ([Empty()], dict[str, str], {"maxProperties": 0}),
        ([Empty()], bytes, {"maxLength": 0}),
        ([Empty()], int, {"const": 0}),
        ([Email()], str, {"format": "email", "pattern": "^[^@]+@[^@]+$"}),
        ([Length(2, 5)], str, {"minLength": 2, "maxLength": 5}),
        ([ExactLength(3)], str, {"minLength": 3, "maxLength": 3}),
        ([MinimumLength(3)], str, {"minLength": 3}),
        ([MaximumLength(3)], str, {"maxLength": 3}),
        ([GreaterThan(1), LessThanOrEqual(9)], int, {"exclusiveMinimum": 1, "maximum": 9}),
        ([GreaterThanOrEqual(1), LessThan(9)], int, {"minimum": 1, "exclusiveMaximum": 9}),
        ([GreaterThan("a")], str, {}),
        ([InclusiveBetween(1, 9)], int, {"minimum": 1, "maximum": 9}),
        ([ExclusiveBetween(1, 9)], int, {"exclusiveMinimum": 1, "exclusiveMaximum": 9}),
        ([ExclusiveBetween("a", "c")], str, {}),
        ([Equal(1)], int, {"const": 1}),
        ([NotEqual(Colour.Blue)], Colour, {"not": {"const": Colour.Blue}}),
        ([RegularExpression("^a"), RegularExpression("b$")], str, {"pattern": "^a", "allOf": [{"pattern": "b$"}]}),
        ([NotEmpty(), Length(2, 5)], str, {"minLength": 2, "pattern": r"\S", "maxLength": 5}),
        (
            [GreaterThan(1), GreaterThan(3), LessThan(9), LessThan(7)],
            int,
            {"exclusiveMinimum": 3, "exclusiveMaximum": 7},
        ),
        ([CreditCard()], str, {"pattern": "^[ -]*[0-9][0-9 -]*$"}),
        ([RegularExpression(r"(?i)\Aa")], str, {}),
        ([Enum()], Colour, {}),
        ([Enum()], Access, {"minimum": 0, "maximum": 3}),
        (
            [ScalePrecision(2, 5)],
            Decimal,
            {"exclusiveMinimum": -1000, "exclusiveMaximum": 1000, "multipleOf": Decimal("0.01")},
        ),
        ([Must(str.islower)], str, {}),
        ([RuleSet(Length(2, 5), verbs="PUT"), RuleSet(MaximumLength(9))], str, {"maxLength": 9}),
    ],
)
def test_rules_are_described_in_json_schema(declared: Any, annotation: Any, said: Any) -> None:
    [member] = dto_type(sample(*declared, annotation=annotation)).properties

    assert constraints(member) == said


def test_a_rule_for_some_verbs_is_described_only_with_one_of_them() -> None:
    [member] = dto_type(sample(RuleSet(NotEmpty(), verbs="PUT"))).properties

    assert constraints(member, verb="PUT") == {"minLength": 1, "pattern": r"\S"}
    assert (is_required(member, verb="PUT"), is_required(member, verb="GET")) == (True, False)


@pytest.mark.parametrize(
    ("declared", "value", "required"),
    [
        (NotNull(), None, True),
        (NotEmpty(), "", True),
        (NotEmpty(), "given", False),
        (Length(1, 2), "", True),
        (Length(1, 2), None, False),
        (ApiMember("", required=True), "", True),
    ],
)
def test_a_member_is_required_when_a_request_without_it_is_refused(declared: Any, value: Any, required: bool) -> None:
    [member] = dto_type(sample(declared, value=value)).properties

    assert is_required(member) is required


def test_rules_for_an_unknown_member_stop_the_start() -> None:
    @namespace("Tests")
    @dataclass(kw_only=True)
    class Wrong:
        plain: Annotated[Plain | None, Inside("nothing", NotEmpty())] = None
        others: list[str] = field(default_factory=list)

    cls: Any = Wrong
    with pytest.raises(DeclarationError):
        validator(dto_type(cls))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("EmailAddress", "Email Address"),
        ("ToContactId", "To Contact Id"),
        ("URLPath", "URL Path"),
        ("ID", "ID"),
        ("Inner.Name", "Inner. Name"),
    ],
)
def test_errors_show_member_names_as_words(name: str, words: str) -> None:
    assert display_name(name) == words


@pytest.mark.parametrize(
    "rule",
    [RegularExpression("^(a|aa)+$"), Email(), CreditCard(), Must(lambda value: False)],
    ids=lambda rule: rule.code,
)
def test_texts_for_slow_rules_are_limited(rule: Rule) -> None:
    failure = broken(rule, "a" * 100_000, str)

    assert failure is not None
    assert (failure.error_code, failure.field_name) == ("MaximumLength", "EmailAddress")
    assert failure.message.endswith("must be 1000 characters or fewer. You entered 100000 characters.")


def test_a_member_may_allow_longer_texts_to_be_read() -> None:
    cls: Any = namespace("Tests")(
        make_dataclass("One", [("text", Annotated[str, MaximumLength(2000), RegularExpression("^a*$")], "a" * 2000)])
    )
    check = validator(dto_type(cls))
    assert check is not None

    assert list(check(cls(), "POST")) == []
    assert [each.error_code for each in check(cls("b" * 2000), "POST")] == ["RegularExpression"]
    assert [each.message.partition(". ")[0] for each in check(cls("b" * 2001), "POST")] == [
        "The length of 'Text' must be 2000 characters or fewer"
    ]


def test_bytes_are_counted_in_utf_8() -> None:
    assert broken(MaximumBytes(4), "\u00e4\u00e4", str) is None
    failure = broken(MaximumBytes(4), "\u00e4\u00e4a", str)

    assert failure is not None
    assert failure.message.endswith("must be 4 bytes or fewer. You entered 5 bytes.")
    assert broken(MaximumBytes(2), "\ud800", str) is not None
