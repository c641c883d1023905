from dataclasses import dataclass
from typing import Any

import pytest

from parlour.engine.dto.declare import namespace, route
from parlour.engine.dto.metadata import DeclarationError, operation_of
from parlour.engine.serving.routes import RouteTable


def operation(*routes: tuple[str, str], name: str = "Op") -> Any:
    """An operation with members A and B at the given routes."""

    @namespace("Tests")
    @dataclass(kw_only=True)
    class Op:
        a: str | None = None
        b: str | None = None

    Op.__name__ = name
    for path, verbs in reversed(routes):
        route(path, verbs)(Op)
    cls: Any = Op
    return operation_of(cls)


def found(table: RouteTable, verb: str, path: str) -> tuple[str, tuple[str, ...]] | None:
    match = table.find(verb, path)
    return None if match is None else (match.route.path, match.values)


@pytest.mark.parametrize("path", ["/v1/Chat", "/V1/cHAT", "/v1/Chat/", "//v1//Chat"])
def test_literals_match_in_any_case_and_empty_segments_are_ignored(path: str) -> None:
    table = RouteTable([operation(("/v1/Chat", "GET"))])

    assert found(table, "GET", path) == ("/v1/Chat", ())


@pytest.mark.parametrize("path", ["/v1", "/v1/Chat/x", "/v1/Chats", "/", ""])
def test_other_paths_match_nothing(path: str) -> None:
    assert found(RouteTable([operation(("/v1/Chat", "GET"))]), "GET", path) is None


def test_a_variable_matches_one_segment_and_keeps_its_case() -> None:
    table = RouteTable([operation(("/v1/Chat/{A}/of/{b}", ""))])

    assert found(table, "PUT", "/v1/chat/X y/OF/Z") == ("/v1/Chat/{A}/of/{b}", ("X y", "Z"))


def test_an_unlisted_verb_matches_nothing() -> None:
    table = RouteTable([operation(("/x", "GET POST"))])

    assert found(table, "POST", "/x") is not None
    assert found(table, "DELETE", "/x") is None
    assert [r.path for r in table.at("/x")] == ["/x"]


def test_fewer_variables_win() -> None:
    table = RouteTable([operation(("/c/{A}/invite/{B}", ""), ("/c/{A}/invite/contact", ""))])

    assert found(table, "POST", "/c/1/invite/CONTACT") == ("/c/{A}/invite/contact", ("1",))
    assert found(table, "POST", "/c/1/invite/2") == ("/c/{A}/invite/{B}", ("1", "2"))


def test_a_verb_named_alone_wins_over_several_and_all() -> None:
    table = RouteTable([operation(("/x/{A}", "")), operation(("/x/{B}", "GET"), name="Sole")])

    sole = table.find("GET", "/x/1")
    other = table.find("PUT", "/x/1")

    assert sole is not None and sole.route.operation.name == "Sole"
    assert other is not None and other.route.operation.name == "Op"


def test_the_same_holds_for_paths_without_variables() -> None:
    table = RouteTable([operation(("/x", "")), operation(("/X", "GET"), name="Sole")])

    sole = table.find("GET", "/x")

    assert sole is not None and sole.route.operation.name == "Sole"


@pytest.mark.parametrize("path", ["/x", "/X", "/x/"])
@pytest.mark.parametrize("verbs", [("", "GET POST"), ("GET POST", "")])
def test_the_first_of_equally_scored_routes_wins(verbs: tuple[str, str], path: str) -> None:
    table = RouteTable([operation(("/x", verbs[0]), name="First"), operation(("/x", verbs[1]), name="Second")])

    match = table.find("GET", path)

    assert match is not None and match.route.operation.name == "First"


def test_an_unknown_verb_matches_routes_for_all_verbs() -> None:
    table = RouteTable([operation(("/x", "")), operation(("/y", "GET"), name="Other")])

    assert found(table, "BREW", "/x") == ("/x", ())
    assert found(table, "BREW", "/y") is None


def test_up_to_nine_variables_the_route_with_fewer_wins() -> None:
    nine, eight = "/s" + "/{ignore}" * 9, "/s" + "/{ignore}" * 8 + "/end"
    table = RouteTable([operation((nine, ""), (eight, ""))])

    assert found(table, "GET", "/s" + "/v" * 8 + "/end") == (eight, ("v",) * 8)


def test_beyond_nine_variables_their_number_no_longer_counts() -> None:
    ten, nine = "/s" + "/{ignore}" * 10, "/s" + "/{ignore}" * 9 + "/end"
    path = "/s" + "/v" * 9 + "/end"

    first = RouteTable([operation((ten, ""), (nine, ""))])
    sole = RouteTable([operation((nine, ""), (ten, "GET"))])

    assert found(first, "GET", path) == (ten, ("v",) * 9 + ("end",))
    assert found(sole, "GET", path) == (ten, ("v",) * 9 + ("end",))


def test_one_variable_less_outweighs_a_single_verb() -> None:
    nine, eight = "/s" + "/{ignore}" * 9, "/s" + "/{ignore}" * 8 + "/end"
    table = RouteTable([operation((nine, "GET"), (eight, ""))])

    assert found(table, "GET", "/s" + "/v" * 8 + "/end") == (eight, ("v",) * 8)


def test_the_leftmost_literal_outweighs_the_score() -> None:
    table = RouteTable([operation(("/{A}/end", "")), operation(("/start/{A}", ""), name="Left")])

    match = table.find("GET", "/start/end")

    assert match is not None and match.route.operation.name == "Left"


def test_a_wildcard_matches_the_rest_after_routes_of_fixed_length() -> None:
    table = RouteTable([operation(("/files/{A*}", ""), ("/files/{A}/info", ""))])

    assert found(table, "GET", "/files/a/B/c.txt") == ("/files/{A*}", ("a/B/c.txt",))
    assert found(table, "GET", "/files") == ("/files/{A*}", ("",))
    assert found(table, "GET", "/files/a/info") == ("/files/{A}/info", ("a",))


def test_a_wildcard_in_the_middle_runs_to_the_next_literal() -> None:
    table = RouteTable([operation(("/files/{*A}/of/{B}", ""))])

    assert found(table, "GET", "/files/a/b/of/me") == ("/files/{*A}/of/{B}", ("a/b", "me"))
    assert found(table, "GET", "/files/of/me") == ("/files/{*A}/of/{B}", ("", "me"))


def test_the_shortest_wildcard_wins() -> None:
    table = RouteTable([operation(("/f/{A*}", ""), ("/f/g/{A*}", ""))])

    assert found(table, "GET", "/f/g/h") == ("/f/g/{A*}", ("h",))


def test_a_variable_weighs_less_than_a_segment_in_a_wildcard() -> None:
    table = RouteTable([operation(("/f/{A*}", ""), ("/f/{B}/{A*}", ""))])

    assert found(table, "GET", "/f/g/h") == ("/f/{B}/{A*}", ("g", "h"))
    assert found(table, "GET", "/f/" + "g/" * 98 + "h") == ("/f/{B}/{A*}", ("g", "g/" * 97 + "h"))


@pytest.mark.parametrize("more", [99, 100, 101])
def test_of_wildcards_that_take_99_segments_or_more_the_one_with_fewer_variables_wins(more: int) -> None:
    table = RouteTable([operation(("/f/{B}/{A*}", ""), ("/f/{A*}", ""))])

    assert found(table, "GET", "/f/" + "g/" * more + "h") == ("/f/{A*}", ("g/" * more + "h",))


@pytest.mark.parametrize("more", [1, 2, 97, 98, 99, 100, 101, 150, 5000])
@pytest.mark.parametrize("verbs", [("", ""), ("GET", ""), ("", "GET")])
@pytest.mark.parametrize("is_longer_first", [True, False])
def test_the_wildcard_after_more_literals_wins_at_any_length(
    more: int, verbs: tuple[str, str], is_longer_first: bool
) -> None:
    routes = [("/a/{A*}", verbs[0]), ("/a/b/{A*}", verbs[1]), ("/a/b/{B}/{A*}", "")]
    table = RouteTable([operation(*(reversed(routes) if is_longer_first else routes))])
    segments = [str(n) for n in range(more)]

    other = found(table, "GET", "/".join(["/a/c", *segments]))
    best = table.find("GET", "/".join(["/a/b", *segments]))

    assert other == ("/a/{A*}", ("/".join(["c", *segments]),))
    assert best is not None and best.route.path.startswith("/a/b/")


@pytest.mark.parametrize("variables", [1, 8, 9, 10, 11, 50])
@pytest.mark.parametrize("verbs", ["", "GET"])
def test_the_route_of_as_many_segments_wins_at_any_length(variables: int, verbs: str) -> None:
    short, long = "/a" + "/{ignore}" * (variables + 1), "/a/b" + "/{ignore}" * variables
    table = RouteTable([operation((short, verbs), (long, ""))])

    assert found(table, "GET", "/a/b" + "/v" * variables) == (long, ("v",) * variables)


def test_a_path_of_repeated_literals_is_matched_in_linear_time() -> None:
    table = RouteTable([operation(("/a/{A*}", "GET"), ("/{B}/a/{A*}", "GET"))])

    assert len(list(table.at("/a" * 5000))) == 2


def test_one_segment_less_in_a_wildcard_counts_for_more_than_nine_variables_and_a_verb_named_alone() -> None:
    short, long = "/f" + "/{ignore}" * 9 + "/{A*}", "/f/{A*}"
    table = RouteTable([operation((long, "GET"), (short, ""))])

    assert found(table, "GET", "/f" + "/g" * 10) == (short, ("g",) * 10)


def test_only_routes_with_dots_split_at_dots() -> None:
    table = RouteTable([operation(("/d/{A}.{B}", ""), ("/n/{A}", ""))])

    assert found(table, "GET", "/d/x.Y") == ("/d/{A}.{B}", ("x", "Y"))
    assert found(table, "GET", "/d/x") is None
    assert found(table, "GET", "/n/x.y") == ("/n/{A}", ("x.y",))


def test_constraints_and_ignored_variables_only_match() -> None:
    table = RouteTable([operation(("/x/{A:guid}/{ignore}/{B?}", ""))])

    match = table.find("GET", "/x/1/2/3")

    assert match is not None
    assert [(v.name, v.property.name if v.property else None) for v in match.route.variables] == [
        ("A", "A"),
        ("ignore", None),
        ("B", "B"),
    ]


@pytest.mark.parametrize("path", ["x", "/x?y", "/{A}/{B}", "/x/{C}", "/x/{A*}/y/{B*}"])
def test_a_route_that_cannot_work_stops_the_start(path: str) -> None:
    with pytest.raises(DeclarationError):
        RouteTable([operation((path, ""))])


@pytest.mark.parametrize("verbs", ["PULL,FETCH", "FETCH GET PULL", "get, pull fetch"])
def test_the_first_unknown_verb_by_name_is_reported(verbs: str) -> None:
    with pytest.raises(DeclarationError, match="Op: the route '/x' is for FETCH, which is not a verb"):
        RouteTable([operation(("/x", verbs))])


@pytest.mark.parametrize("verbs", ["PUT,OPTIONS", "PUT, OPTIONS", "PUT OPTIONS", "put options"])
def test_verbs_are_separated_by_commas_or_blanks(verbs: str) -> None:
    table = RouteTable([operation(("/x", verbs))])

    assert [verb for verb in ("GET", "PUT", "OPTIONS") if table.find(verb, "/x")] == ["PUT", "OPTIONS"]


@pytest.mark.parametrize(
    ("first", "second"),
    [(("/x/{A}", "GET"), ("/X/{B}", "GET")), (("/x", ""), ("/x", "")), (("/x", "GET PUT"), ("/x", "PUT POST"))],
)
def test_two_equal_routes_stop_the_start(first: tuple[str, str], second: tuple[str, str]) -> None:
    with pytest.raises(DeclarationError, match="both claim"):
        RouteTable([operation(first), operation(second, name="Other")])


def test_equal_paths_for_different_verbs_are_two_routes() -> None:
    table = RouteTable([operation(("/x", "GET")), operation(("/x", "POST"), name="Other")])

    match = table.find("POST", "/x")

    assert match is not None and match.route.operation.name == "Other"


def test_a_literal_that_a_path_repeats_is_compared_in_its_own_place() -> None:
    table = RouteTable([operation(("/{A}/x", "")), operation(("/x/{B}", ""), name="Other")])

    assert found(table, "GET", "/y/x") == ("/{A}/x", ("y",))
    assert found(table, "GET", "/X/y") == ("/x/{B}", ("y",))
    assert found(table, "GET", "/y/y") is None


def test_the_route_whose_literal_comes_first_in_the_path_wins() -> None:
    table = RouteTable([operation(("/{A}/b", "")), operation(("/a/{B}", ""), name="Other")])

    assert found(table, "GET", "/a/b") == ("/a/{B}", ("b",))
