"""Objects that compiled source makes are those that their constructors would make."""

from dataclasses import dataclass
from typing import Any

import pytest

from parlour.engine.dto.generated import NEW, generated, making


@dataclass(slots=True, kw_only=True)
class Slotted:
    one: int = 1
    two: str = "two"


@dataclass(kw_only=True)
class Usual:
    one: int = 1
    two: str = "two"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    one: int = 1
    two: str = "two"


@dataclass(slots=True, kw_only=True)
class Checked:
    one: int = 1
    two: str = "two"

    def __post_init__(self) -> None:
        self.two = self.two.upper()


class Derived(Usual):
    def __init__(self, **members: Any) -> None:
        super().__init__(**members)
        self.one += 1


CLASSES = [Slotted, Usual, Frozen, Checked, Derived]


def made(cls: Any, values: dict[str, str]) -> Any:
    lines = ["def make(number):", *making(cls, "_cls", values), "return made\n"]
    return generated("\n    ".join(lines), "object", {**NEW, "_cls": cls})(7)


@pytest.mark.parametrize("cls", CLASSES)
def test_an_object_with_all_its_members_is_as_its_constructor_makes_it(cls: Any) -> None:
    assert made(cls, {"one": "number", "two": "'other'"}) == cls(one=7, two="other")


@pytest.mark.parametrize("cls", CLASSES)
def test_members_without_a_value_have_their_defaults(cls: Any) -> None:
    assert made(cls, {"one": "number"}) == cls(one=7)
