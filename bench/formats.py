"""The cost of encoding alone, compared with common libraries on the same data, in microseconds per response.

`msgspec` writes the same dataclasses as JSON, `lxml` builds and writes the same elements, `csv` writes rows of text.
They do less than our codecs (no renaming, no omitted nulls, no namespaces of members), so they are a lower bound.
`python -m bench.formats` prints the table.
"""

import csv
import io
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import msgspec
from lxml import etree

from bench.echo import two_chats
from parlour.engine.codecs import Profile
from parlour.engine.codecs.standard import standard_codecs
from parlour.engine.dto.metadata import TypeRef
from parlour.model.chats import Chat, ChatResponse

ROUNDS, SECONDS = 5, 0.2
SIZES = (2, 500)


def main() -> None:
    print("\n| encoding | chats | ours | beside it | ratio |")
    print("|---|---|---|---|---|")
    for size in SIZES:
        _compare([replace(chat) for chat in two_chats() * (size // 2)])


def _compare(chats: list[Chat]) -> None:
    answer, size = ChatResponse(chat=chats), len(chats)
    rows = [[str(value) for value in asdict(chat).values()] for chat in chats]
    codecs = {codec.name: codec for codec in standard_codecs(Profile())}
    whole = {name: partial(codec.writer(TypeRef("dto", python=ChatResponse)), answer) for name, codec in codecs.items()}
    as_rows = partial(codecs["csv"].writer(TypeRef("list", item=TypeRef("dto", python=Chat))), chats)
    by_msgspec = partial(msgspec.json.encode, answer)
    _row("JSON, msgspec", size, whole["json"], by_msgspec)
    _row("XML, lxml", size, whole["xml"], partial(_by_lxml, answer))
    _row("CSV, csv", size, as_rows, partial(_by_csv, rows))
    _row("JSV, msgspec's JSON", size, whole["jsv"], by_msgspec)


def _row(name: str, size: int, ours: Callable[[], Any], beside: Callable[[], Any]) -> None:
    own, other = _microseconds(ours), _microseconds(beside)
    print(f"| {name} | {size} | {own:,.1f} us | {other:,.1f} us | {other / own:.2f} |", flush=True)


def _microseconds(work: Callable[[], Any]) -> float:
    """The best of several rounds, in processor time, since disturbances only make a round longer."""
    count = 1
    while _timed(work, count) < SECONDS / 10:
        count *= 2
    return min(_timed(work, count) for _ in range(ROUNDS)) / count * 1e6


def _timed(work: Callable[[], Any], count: int) -> float:
    began = time.process_time()
    for _ in range(count):
        work()
    return time.process_time() - began


def _by_lxml(answer: ChatResponse) -> bytes:
    root = etree.Element("ChatResponse")
    chats = etree.SubElement(root, "Chat")
    for chat in answer.chat:
        _fill(etree.SubElement(chats, "Chat"), asdict(chat))
    return etree.tostring(root)


def _fill(element: Any, members: dict[str, Any]) -> None:
    for name, value in members.items():
        child = etree.SubElement(element, name)
        if isinstance(value, list):
            for item in value:
                _fill(etree.SubElement(child, "Item"), item)
        elif value is not None:
            child.text = str(value)


def _by_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


if __name__ == "__main__":
    main()
