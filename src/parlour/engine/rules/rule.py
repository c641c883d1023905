"""The base class of rules for members."""

from typing import Any, ClassVar

from parlour.engine.dto.metadata import Kind, TypeRef


class Rule:
    """A rule for one member. `message` is filled from the placeholders, which are also sent as the error's `Meta`.

    Null passes every rule without `sees_null`. `kinds` are the kinds of members that the rule fits, or empty for all. A
    rule that `reads_text` may take more than linear time, so the length of its texts is limited (`validators.py`).
    """

    code: str
    message: str
    sees_null: ClassVar[bool] = False
    reads_text: ClassVar[bool] = False
    kinds: ClassVar[frozenset[Kind]] = frozenset()

    def holds(self, value: Any, type_: TypeRef) -> bool:
        raise NotImplementedError

    def is_broken_by(self, value: Any, type_: TypeRef) -> bool:
        return (value is not None or self.sees_null) and not self.holds(value, type_)

    def placeholders(self, value: Any) -> dict[str, Any]:
        """The rule's placeholders besides the member's name and value."""
        return {}

    def requirement(self) -> str:
        """The rule as pages show it, with unfilled placeholders: the message without the value found."""
        return self.message.partition(". ")[0].removesuffix(".") + "."

    def fits(self, type_: TypeRef) -> bool:
        """Whether the rule can check every value of the type."""
        return not self.kinds or type_.kind in self.kinds

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        """The rule as far as JSON Schema can express it, such as `{"minLength": 2}`.

        Its values are Python values, as they are declared.
        """
        return {}
