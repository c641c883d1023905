"""Field errors that only a handler can find, since the rule depends on the verb or on stored data.

They use the messages of the declared rules, so callers see no difference.
"""

from collections.abc import Iterable, Sequence
from functools import cache

from parlour import texts
from parlour.engine.dto.errors import FieldError, ValidationError
from parlour.engine.dto.metadata import TypeRef
from parlour.engine.rules.characters import LONGEST_BYTES
from parlour.engine.rules.rules import Equal, MaximumBytes, MaximumCharacters, NotEmpty, Rule
from parlour.engine.rules.validators import display_name, value_text

_TEXT = TypeRef("string")


def of_rule(rule: Rule, field_name: str, value: object = None) -> FieldError:
    """The error of `rule` for the member at `field_name`, such as `Chat.ChatMembers[0].UserId`."""
    meta = {name: value_text(placeholder) or "" for name, placeholder in rule.placeholders(value).items()}
    return _field_error(rule.code, rule.message, field_name, value, meta)


def missing(field_name: str, value: object = None) -> FieldError:
    return of_rule(NotEmpty(), field_name, value)


def differing(field_name: str, value: object, expected: object) -> FieldError:
    """The error of a member that must repeat another value, and differs from it."""
    return of_rule(Equal(expected), field_name, value)


def unknown(field_name: str, value: object) -> FieldError:
    """The error of an id that does not exist, or not for this caller."""
    return _field_error("NotFound", "'{PropertyName}' does not exist.", field_name, value, {})


def not_among(field_name: str, value: object, names: Sequence[str]) -> FieldError:
    """The error of a text that is none of these names."""
    message = f"'{{PropertyName}}' must be {', '.join(names[:-1])} or {names[-1]}."
    return _field_error("Enum", message, field_name, value, {})


def unfit(field_name: str, rule: str) -> FieldError:
    """The error of a text that is not what it `must`: `be 16 bytes`. The text itself may be a secret."""
    return _field_error("Predicate", f"'{{PropertyName}}' must {rule}.", field_name, None, {})


def too_many(field_name: str, count: int, *, most: int) -> FieldError:
    """The error of a list with more items than one request may have."""
    message = "'{PropertyName}' must have {MaxLength} items or fewer. You entered {TotalLength} items."
    return _field_error("MaximumLength", message, field_name, None, {"MaxLength": str(most), "TotalLength": str(count)})


def not_one_file(field_name: str, count: int) -> FieldError:
    """The error of a form that must have one file, and has none or several."""
    message = "'{PropertyName}' must be one file. You sent {TotalLength}."
    return _field_error("ExactLength", message, field_name, None, {"TotalLength": str(count)})


def in_text(field_name: str, text: str, *, most: int, most_bytes: int) -> list[FieldError]:
    """The reason why a text cannot be stored: its size, its length as a person counts it, or an invalid character.

    The size is checked first, since one character, as a person sees it, may have any number of bytes.
    """
    if len(text) <= most and text.isascii() and "\0" not in text:
        # Nearly all texts are short. Then each character is one byte, and counted once at most.
        return []
    for rule in _size_rules(most, most_bytes):
        if not rule.holds(text, _TEXT):
            return [of_rule(rule, field_name, text)]
    if not _is_storable(text):
        message = "'{PropertyName}' must not contain the character U+0000 or half of a surrogate pair."
        return [_field_error("Predicate", message, field_name, None, {})]
    return []


def in_name(field_name: str, name: str | None, *, most: int) -> list[FieldError]:
    """The reason why a text is not a valid name (see `parlour.texts`). Its length is checked first."""
    text = name or ""
    if errors := in_text(field_name, text, most=most, most_bytes=most * LONGEST_BYTES):
        return errors
    if texts.shows_nothing(text):
        return [missing(field_name, name)]
    error = texts.name_error(text)
    return [_field_error("Predicate", f"'{{PropertyName}}' {error}.", field_name, None, {})] if error else []


def raise_any(field_errors: Iterable[FieldError]) -> None:
    """Raises ValidationError with all errors, if there are any."""
    found = list(field_errors)
    if found:
        raise ValidationError(found)


def _field_error(code: str, message: str, field_name: str, value: object, meta: dict[str, str]) -> FieldError:
    meta["PropertyName"] = display_name(field_name.rpartition(".")[2])
    text = value_text(value)
    if text is not None:
        meta["PropertyValue"] = text
    return FieldError(field_name, message.format_map(meta), code, meta)


@cache
def _size_rules(most: int, most_bytes: int) -> tuple[MaximumBytes, MaximumCharacters]:
    return MaximumBytes(most_bytes), MaximumCharacters(most)


def _is_storable(text: str) -> bool:
    """Whether both databases can store a text: PostgreSQL takes neither U+0000 nor half of a surrogate pair."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
