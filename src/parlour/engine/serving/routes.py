"""The routes of operations: finds the route for a path and verb, and the values of its variables.

Routes are compiled when the table is created. A path without variables takes one look-up. Others take one for each
place of literals that routes of their length have. In Parlour that takes 2.4 us, and comparing one by one took 5.4.
Paths whose variables are all ids are kept with their routes, since clients ask for the same chats again and again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from operator import itemgetter
from typing import get_args

from parlour.engine.dto.declare import Route, Verb, unknown_verbs
from parlour.engine.dto.metadata import DeclarationError, DtoType, Operation, Property
from parlour.engine.http.percent import unescaped

# The limits in a score (docs/wire/routing.md#choice): fewer segments in a wildcard, then fewer variables, then a single
# verb. Larger numbers count alike.
_MOST_WILD = 100
_MOST_VARIABLES = 10

# The paths that are kept, and the longest of them.
MOST_KEPT = 1_000
LONGEST_KEPT = 200

Score = tuple[int, int, int, int, bool]
"""Scores are compared part by part; the highest wins."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a route: the member it sets, None for `{ignore}`, and its name in the route."""

    name: str
    property: Property | None


@dataclass(frozen=True, slots=True)
class _Wildcard:
    variable: Variable


_Piece = str | Variable
_Segment = tuple[_Piece, ...]
"""A segment between slashes: one literal (lower-case) or variable, or several separated by dots."""


@dataclass(frozen=True, slots=True)
class CompiledRoute:
    """A route of an operation."""

    operation: Operation
    path: str
    verbs: frozenset[str]
    segments: tuple[_Segment | _Wildcard, ...]
    variables: tuple[Variable, ...]
    leading_literals: int
    variable_places: tuple[int, ...] | None
    """The segments that are a variable each. None if other segments have variables too."""

    @property
    def has_only_ids(self) -> bool:
        members = [variable.property for variable in self.variables]
        return all(member is not None and member.type.kind == "guid" for member in members)

    @property
    def has_wildcard(self) -> bool:
        return any(isinstance(segment, _Wildcard) for segment in self.segments)

    @property
    def first_literal(self) -> str:
        return next(s[0] for s in self.segments if _is_literal(s))  # type: ignore[index,return-value]

    @property
    def shape(self) -> tuple[object, ...]:
        """A key that is equal for two routes that match the same paths."""
        return tuple(
            "{*}" if isinstance(s, _Wildcard) else tuple(p if isinstance(p, str) else None for p in s)
            for s in self.segments
        )

    def score(self, consumed: int = 0) -> Score:
        """The route's score for a path of which its wildcard takes `consumed` segments.

        For equal scores, the route with more literals at its start wins.
        """
        wild = max(_MOST_WILD - consumed, 1)
        variables = max(_MOST_VARIABLES - len(self.variables), 1)
        return (
            wild,
            self.leading_literals if wild == 1 else 0,
            variables,
            self.leading_literals if variables == 1 else 0,
            len(self.verbs) == 1,
        )

    def allows(self, verb: str) -> bool:
        return not self.verbs or verb in self.verbs

    def values_in(self, parts: Sequence[str], lowered: Sequence[str]) -> tuple[str, ...] | None:
        """The values of the variables in a path of this length, whose segments have the literals. None if others
        differ.
        """
        if self.variable_places is None:
            return _fixed_values(self.segments, parts, lowered)
        return tuple([parts[place] for place in self.variable_places])


# Not frozen, since each request makes one, and a frozen one takes three times as long.
@dataclass(slots=True)
class Match:
    """A route and the values of its variables, in order, decoded (percent.py)."""

    route: CompiledRoute
    values: tuple[str, ...] = ()

    @property
    def named_values(self) -> Sequence[tuple[str, str]]:
        """Each variable's name with its value."""
        return [(variable.name, value) for variable, value in zip(self.route.variables, self.values, strict=True)]


_Places = tuple[int, ...]
"""The places of a route's literals."""


class _SameLength:
    """The routes with as many segments and no wildcard, by the places of their literals and by these themselves."""

    def __init__(self) -> None:
        self._by_places: dict[_Places, tuple[Callable[[Sequence[str]], object], dict[object, list[CompiledRoute]]]] = {}

    def add(self, route: CompiledRoute) -> None:
        places = tuple(place for place, segment in enumerate(route.segments) if _is_literal(segment))
        literals_of, routes = self._by_places.setdefault(places, (itemgetter(*places), {}))
        literals = literals_of([str(segment[0]) for segment in route.segments])  # type: ignore[index]
        routes.setdefault(literals, []).append(route)

    def with_literals(self, lowered: Sequence[str]) -> list[CompiledRoute]:
        """The routes whose literals are in a path, each in its place."""
        found: list[CompiledRoute] = []
        for literals_of, routes in self._by_places.values():
            found += routes.get(literals_of(lowered), ())
        return found


class RouteTable:
    """The routes of all operations.

    Raises DeclarationError for an invalid route, a variable that is not a member of the request, and two routes that
    match the same requests.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        routes = [compile_route(operation, route) for operation in operations for route in operation.routes]
        _refuse_equal(routes)
        self._literal: dict[str, dict[str, Match]] = {}
        self._fixed: dict[int, _SameLength] = {}
        self._wild: dict[str, list[CompiledRoute]] = {}
        # By verb and path.
        self._found: dict[tuple[str, str], Match] = {}
        best_first = sorted(routes, key=CompiledRoute.score, reverse=True)
        self._rank = {id(route): rank for rank, route in enumerate(best_first)}
        for route in best_first:
            self._add(route)

    def find(self, verb: str, path: str) -> Match | None:
        """The route for `verb` at `path`, which is the path of a Request."""
        by_verb = self._literal.get(path)
        if by_verb is not None and verb in by_verb:
            return by_verb[verb]
        key = verb, path
        match = self._found.get(key)
        if match is None:
            match = next(self._matches(path, verb), None)
            if match is not None and match.route.has_only_ids and len(path) <= LONGEST_KEPT:
                if len(self._found) >= MOST_KEPT:
                    del self._found[next(iter(self._found))]
                self._found[key] = match
        return match

    def at(self, path: str) -> Iterator[CompiledRoute]:
        """The routes for any verb at `path`."""
        return (match.route for match in self._matches(path, None))

    def _add(self, route: CompiledRoute) -> None:
        literal = route.first_literal
        if route.has_wildcard:
            self._wild.setdefault(literal, []).append(route)
            return
        self._fixed.setdefault(len(route.segments), _SameLength()).add(route)
        if all(_is_literal(segment) for segment in route.segments):
            # One entry with two keys: as declared, which clients send, and in lower case for all others.
            spelled = "/" + "/".join(str(segment[0]) for segment in route.segments)  # type: ignore[index]
            by_verb = self._literal[route.path] = self._literal.setdefault(spelled, {})
            for verb in route.verbs or get_args(Verb):
                by_verb.setdefault(verb, Match(route))

    def _matches(self, path: str, verb: str | None) -> Iterator[Match]:
        """The matches, best first. With a verb only those that allow it."""
        parts = [part for part in path.split("/") if part]
        lowered = [part.lower() for part in parts]
        same_length = self._fixed.get(len(parts))
        routes = [] if same_length is None else same_length.with_literals(lowered)
        if len(routes) > 1:
            # Those that begin with the same literal are compared by score.
            routes.sort(key=lambda route: (lowered.index(route.first_literal), self._rank[id(route)]))
        for route in routes:
            if verb is None or route.allows(verb):
                values = route.values_in(parts, lowered)
                if values is not None:
                    yield _match(route, values)
        # Each literal once, even if the path repeats it.
        for literal in dict.fromkeys(lowered):
            if literal in self._wild:
                yield from self._wild_matches(self._wild[literal], verb, parts, lowered)

    def _wild_matches(
        self, routes: Sequence[CompiledRoute], verb: str | None, parts: list[str], lowered: list[str]
    ) -> list[Match]:
        scored = []
        for route in routes:
            if verb is not None and not route.allows(verb):
                continue
            values = _wild_values(route.segments, parts, lowered)
            if values is not None:
                scored.append((route.score(len(parts) - len(route.segments) + 1), _match(route, values)))
        scored.sort(key=lambda pair: pair[0], reverse=True)
        return [match for _, match in scored]


def compile_route(operation: Operation, route: Route) -> CompiledRoute:
    """Reads a route's path (docs/wire/routing.md#paths)."""
    if not route.path.startswith("/") or set("?&") & set(route.path.replace("?}", "}")):
        raise DeclarationError(f"{operation.name}: the route {route.path!r} must start with / and have no ? or &.")
    segments = tuple(_segment(operation, route.path, text) for text in route.path.split("/") if text)
    if not any(_is_literal(segment) for segment in segments):
        raise DeclarationError(f"{operation.name}: the route {route.path!r} needs a literal segment.")
    if sum(isinstance(segment, _Wildcard) for segment in segments) > 1:
        raise DeclarationError(f"{operation.name}: the route {route.path!r} has more than one wildcard.")
    variables = tuple(_variables(segments))
    names = [variable.name.lower() for variable in variables if variable.property is not None]
    if len(set(names)) < len(names):
        raise DeclarationError(f"{operation.name}: the route {route.path!r} fills a member twice.")
    verbs = frozenset(route.verbs)
    unknown = unknown_verbs(verbs)
    if unknown:
        raise DeclarationError(f"{operation.name}: the route {route.path!r} is for {unknown[0]}, which is not a verb.")
    return CompiledRoute(
        operation=operation,
        path=route.path,
        verbs=verbs,
        segments=segments,
        variables=variables,
        leading_literals=len(list(takewhile(_is_literal, segments))),
        variable_places=_variable_places(segments),
    )


def _segment(operation: Operation, path: str, text: str) -> _Segment | _Wildcard:
    if text.startswith("{*") and text.endswith("}"):
        return _Wildcard(_variable(operation, path, text[2:-1]))
    if text.startswith("{") and text.endswith("*}"):
        return _Wildcard(_variable(operation, path, text[1:-2]))
    if "{" not in text:
        return (text.lower(),)
    return tuple(_piece(operation, path, piece) for piece in text.split("."))


def _piece(operation: Operation, path: str, text: str) -> _Piece:
    if text.startswith("{") and text.endswith("}"):
        return _variable(operation, path, text[1:-1])
    if "{" in text or "}" in text:
        raise DeclarationError(f"{operation.name}: in the route {path!r} {text!r} is neither a literal nor a variable.")
    return text.lower()


def _variable(operation: Operation, path: str, text: str) -> Variable:
    # Constraints and `?` belong to another router; this one ignores them.
    name = text.partition(":")[0].rstrip("?")
    if name.lower() == "ignore":
        return Variable(name, None)
    property_ = _member(operation.request, name)
    if property_ is None:
        raise DeclarationError(f"{operation.name} has no member {name!r} for the route {path!r} to fill.")
    if not property_.may_be_in_address:
        raise DeclarationError(f"{operation.name}: only a body can fill {name!r}, not the route {path!r}.")
    return Variable(name, property_)


def _member(dto: DtoType, name: str) -> Property | None:
    return dto.by_name.get(name.lower())


def _variables(segments: Sequence[_Segment | _Wildcard]) -> Iterator[Variable]:
    for segment in segments:
        if isinstance(segment, _Wildcard):
            yield segment.variable
        else:
            yield from (piece for piece in segment if isinstance(piece, Variable))


def _is_literal(segment: _Segment | _Wildcard) -> bool:
    return not isinstance(segment, _Wildcard) and len(segment) == 1 and isinstance(segment[0], str)


def _variable_places(segments: Sequence[_Segment | _Wildcard]) -> tuple[int, ...] | None:
    if any(isinstance(segment, _Wildcard) or len(segment) > 1 for segment in segments):
        return None
    return tuple(place for place, segment in enumerate(segments) if not _is_literal(segment))


def _refuse_equal(routes: Sequence[CompiledRoute]) -> None:
    seen: dict[tuple[object, ...], list[CompiledRoute]] = {}
    for route in routes:
        for other in seen.setdefault(route.shape, []):
            both = route.verbs & other.verbs or (not route.verbs and not other.verbs)
            if both and route.score() == other.score():
                raise DeclarationError(
                    f"{other.operation.name} and {route.operation.name} both claim {route.path!r} for the same verbs."
                )
        seen[route.shape].append(route)


def _match(route: CompiledRoute, values: tuple[str, ...]) -> Match:
    return Match(route, tuple(map(unescaped, values)))


def _fixed_values(
    segments: Sequence[_Segment | _Wildcard], parts: Sequence[str], lowered: Sequence[str]
) -> tuple[str, ...] | None:
    """The values of the variables in equally many segments and parts. None if a literal differs."""
    values: list[str] = []
    for segment, part, low in zip(segments, parts, lowered, strict=True):
        assert not isinstance(segment, _Wildcard)
        if len(segment) > 1:
            if not _take_dotted(segment, part, values):
                return None
        elif isinstance(segment[0], Variable):
            values.append(part)
        elif segment[0] != low:
            return None
    return tuple(values)


def _take_dotted(pieces: _Segment, part: str, values: list[str]) -> bool:
    texts = part.split(".")
    if len(texts) != len(pieces):
        return False
    for piece, text in zip(pieces, texts, strict=True):
        if isinstance(piece, Variable):
            values.append(text)
        elif piece != text.lower():
            return False
    return True


def _wild_values(
    segments: Sequence[_Segment | _Wildcard], parts: Sequence[str], lowered: Sequence[str]
) -> tuple[str, ...] | None:
    """The same with one wildcard, which takes the remaining segments, joined by slashes."""
    at = next(i for i, segment in enumerate(segments) if isinstance(segment, _Wildcard))
    after = len(segments) - at - 1
    end = len(parts) - after
    if end < at:
        return None
    before = _fixed_values(segments[:at], parts[:at], lowered[:at])
    behind = _fixed_values(segments[at + 1 :], parts[end:], lowered[end:])
    if before is None or behind is None:
        return None
    return (*before, "/".join(parts[at:end]), *behind)
