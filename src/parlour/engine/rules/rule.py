"""What a rule for a member is."""

from typing import Any, ClassVar

from parlour.engine.dto.metadata import Kind, TypeRef


class Rule:
    """A rule for one member. `message` is filled from the placeholders, which travel along as the error's `Meta`.

    Null passes every rule that does not see it. `kinds` are those of the members it fits; empty: all. A rule that
    `reads_text` may take longer than its text is long, so it is not asked about texts without a limit
    (`validators.py`).
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
        """What this rule adds to the member's name and value."""
        return {}

    def requirement(self) -> str:
        """What pages say of the rule, its placeholders not yet filled: the message without what was found."""
        return self.message.partition(". ")[0].removesuffix(".") + "."

    def fits(self, type_: TypeRef) -> bool:
        """Whether every value of the type can be asked."""
        return not self.kinds or type_.kind in self.kinds

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        """What the rule says of a value, as far as JSON Schema has words for it: `{"minLength": 2}`.

        Values in it are the program's own, as they are declared.
        """
        return {}
