"""Shapes of input that are hard for parsers, rules and normalisation, each as a function of its size."""

from collections.abc import Callable, Mapping

Shape = Callable[[int], str]
"""A text of about `n` characters, or of `n` pieces."""


def _run(text: str) -> Shape:
    """A text repeated up to `n` characters."""

    def shape(n: int) -> str:
        return (text * (n // len(text) + 1))[:n]

    return shape


RUNS: Mapping[str, Shape] = {
    "letters": _run("a"),
    "letters that fold to two": _run("ß"),
    "emoji joined by joiners": _run("👩\u200d"),
    "combining marks": lambda n: "a" + _run("\u0301")(n - 1),
    "combining marks out of order": lambda n: "a" + "\u0301" * (n // 2) + "\u0316" * (n - 1 - n // 2),
    "digits": _run("9"),
    "hexadecimal digits": _run("f-"),
    "blanks": _run(" "),
    "line breaks": _run("\r\n"),
    "zero bytes": _run("\0"),
    "controls": _run("\x1b"),
    "quotes": _run('"'),
    "apostrophes": _run("'"),
    "backslashes": _run("\\"),
    "percents": _run("%"),
    "escapes in addresses": _run("%41"),
    "pluses": _run("+"),
    "ampersands": _run("&"),
    "entities": _run("&amp;"),
    "equals": _run("="),
    "commas": _run(","),
    "blanks and commas": _run(" ,"),
    "quoted texts": _run('"a" ,'),
    "colons": _run(":"),
    "semicolons": _run(";"),
    "slashes": _run("/"),
    "dots": _run("."),
    "dashes": _run("-"),
    "boundaries": _run("\r\n--b"),
    "at signs": _run("@"),
    "encoded words": _run("=?utf-8?q?a?="),
    "opening brackets": _run("["),
    "opening braces": _run("{"),
    "opening tags": _run("<a>"),
    "openings of objects": _run('{"a":'),
    "comments": _run("<!---->"),
    "closing braces": _run("}"),
    "quality values": _run("a/b;q=0.5,"),
}


def spelled(name: str, number: int) -> str:
    """A name in one of its spellings with different case."""
    return "".join(letter.upper() if number >> place & 1 else letter.lower() for place, letter in enumerate(name))
