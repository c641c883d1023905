"""Describes the rules of a member for pages, references and OpenAPI."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from parlour.engine.dto.metadata import Property
from parlour.engine.rules.rules import Rule, rule_sets

_NARROWER: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
}


def constraints(property_: Property, declared: Iterable[Any] | None = None, *, verb: str = "") -> dict[str, Any]:
    """The rules of a member as JSON Schema, for values other than null.

    Of two bounds the narrower one is used. If two rules need the same other keyword, the second one goes into `allOf`.
    `declared` are rules from another place (`Inside`). Without `verb` only rules for all verbs are included.
    """
    found: dict[str, Any] = {}
    for rule in _counting(property_, declared, verb):
        for word, limit in rule.constraints(property_.type).items():
            if word not in found:
                found[word] = limit
            elif word in _NARROWER:
                found[word] = _NARROWER[word](found[word], limit)
            else:
                found.setdefault("allOf", []).append({word: limit})
    return found


def is_required(property_: Property, declared: Iterable[Any] | None = None, *, verb: str = "") -> bool:
    """Whether a request without the member is refused, or declared to be. `verb` is as in `constraints`."""
    default = property_.default_factory()
    return property_.is_required or any(
        rule.is_broken_by(default, property_.type) for rule in _counting(property_, declared, verb)
    )


def _counting(property_: Property, declared: Iterable[Any] | None, verb: str) -> Iterator[Rule]:
    for rules in rule_sets(property_.rules if declared is None else declared):
        if not rules.verbs or verb in rules.verbs:
            yield from rules.rules
