"""The cost of every request is linear in its size, for all operations, formats, headers and many shapes of input.

Costs are executed lines at several sizes below the limits, so only their growth counts. New operations are found
automatically. Add a new header in `requests.py`, a shape in `shapes.py`, a build in `builds.py`.
"""

from collections.abc import Callable, Iterable

import pytest

from parlour.engine.http.forms import read_form
from parlour.engine.http.uploads import Form
from tests.growth.operations import operations
from tests.growth.requests import TYPES, Making, Place
from tests.growth.world import Server
from tests.support.counting import Cost, cost_of, growth

# Four times this number of characters is accepted everywhere.
CHARACTERS = 128

# A server accepts a hundred headers.
HEADERS = 20


def faults(server: Server, places: Iterable[Place]) -> list[str]:
    """The requests that cost too much or cause a bug, with their place."""
    found = []
    for place in places:
        n = HEADERS if place.name == "a header again and again" else CHARACTERS
        for name, making in place.sized.items():
            told = growth(lambda size, making=making: cost(server, making, size), n)  # type: ignore[misc]
            if told is not None:
                found.append(f"{name} in {place.name}: {told}")
    return found


def cost(server: Server, making: Making, size: int) -> Cost:
    sent = making(size)
    found = cost_of(lambda: server.answer(sent)[0])
    assert isinstance(found.outcome, int) and found.outcome < 500, sent
    return found


@pytest.mark.parametrize("format_", TYPES)
@pytest.mark.parametrize(("operation", "verb"), operations(with_body=True))
def test_the_cost_of_a_body_is_linear(server: Server, operation: str, verb: str, format_: str) -> None:
    assert faults(server, server.requests(operation, verb).bodies(format_)) == []


@pytest.mark.parametrize(("operation", "verb"), operations())
def test_the_cost_of_a_path_is_linear(server: Server, operation: str, verb: str) -> None:
    assert faults(server, server.requests(operation, verb).addresses()) == []


@pytest.mark.parametrize(("operation", "verb"), operations())
def test_the_cost_of_headers_is_linear(server: Server, operation: str, verb: str) -> None:
    assert faults(server, server.requests(operation, verb).headers()) == []


def test_the_cost_of_each_part_of_a_path_is_linear(server: Server) -> None:
    assert faults(server, server.requests("ChatRequest", "GET").shared_addresses()) == []


def test_the_cost_of_each_header_is_linear(server: Server) -> None:
    assert faults(server, server.requests("ChatRequest", "POST").single_headers()) == []


# Tests of the count itself


def seen_before(texts: list[str]) -> None:
    """Quadratic, in a loop without a call."""
    seen: list[str] = []
    for text in texts:
        for other in seen:
            if other == text:
                break
        seen.append(text)


def seen_before_in_one_line(texts: list[str]) -> None:
    [[other for other in texts if other == text] for text in texts]


def cut_off_one_by_one(texts: list[str]) -> None:
    """Quadratic only in C: the rest is read for each piece."""
    rest = ";".join(texts)
    while rest:
        _, _, rest = rest.partition(";")


def seen_once(texts: list[str]) -> None:
    seen: set[str] = set()
    for text in texts:
        if text not in seen:
            seen.add(text)


def worked(work: Callable[[list[str]], None], n: int, always: int = 0) -> Cost:
    """The cost of work on different texts, besides a fixed cost of every request."""
    texts = [str(number) for number in range(n)]

    def whole() -> str:
        for _ in range(always):
            pass
        work(texts)
        return "done"

    return cost_of(whole)


@pytest.mark.parametrize("work", [seen_before, seen_before_in_one_line, cut_off_one_by_one])
@pytest.mark.parametrize("always", [0, 20_000])
def test_quadratic_growth_is_found(work: Callable[[list[str]], None], always: int) -> None:
    assert growth(lambda n: worked(work, n, always), CHARACTERS) is not None


@pytest.mark.parametrize("always", [0, 20_000])
def test_linear_growth_is_accepted(always: int) -> None:
    assert growth(lambda n: worked(seen_once, n, always), CHARACTERS) is None


def test_a_different_path_for_large_inputs_is_not_growth() -> None:
    assert growth(lambda n: Cost(5000 + 9 * max(n - 600, 0), "done"), CHARACTERS) is None


def test_refused_sizes_do_not_hide_the_growth_of_smaller_ones() -> None:
    assert growth(lambda n: Cost(100_000 + n * n // 8, "done" if n < 2000 else "refused"), CHARACTERS) is not None


def test_an_operation_with_quadratic_cost_is_found(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_slowly(content_type: str, body: bytes, **options: bool) -> Form:
        seen_before([str(at) for at in range(len(body))])
        return read_form(content_type, body, **options)

    monkeypatch.setattr("parlour.engine.serving.binding.read_form", read_slowly)
    whole, *_ = server.requests("InviteContact", "POST").bodies("form")

    [found] = faults(server, [Place(whole.name, {"letters": whole.sized["letters"]})])

    assert found.startswith("letters in the whole body: ")
