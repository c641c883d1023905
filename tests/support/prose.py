"""Finds long sentences in texts and programs, and words that are not ours."""

import ast
import inspect
import io
import re
import tokenize
from collections.abc import Iterator

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_CODE = re.compile(r"(`+).+?\1", re.DOTALL)
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^ {4}.*$", re.MULTILINE)

# A heading, an item of a list, a row of a table or an empty line begins something new.
_BREAK = re.compile(r"\n\s*\n|\n(?=#|\s*[-*] |\s*\d+\. |\|)")
_END = re.compile(r"[.!?][)*\"]*\s+(?=[^a-z])|[.!?]$|\s\|\s")

_NOT_OURS = re.compile(r"\b(he|his|him|himself|is no)\b(?! longer| more)", re.IGNORECASE)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text in Markdown, without its programs. Inline code is one word, written `x`."""
    text = _INDENTED.sub("", _FENCE.sub("", text))
    for part in _BREAK.split(text):
        plain = _CODE.sub("`x`", _LINK.sub(r"\1", part))
        for sentence in _END.split(" ".join(plain.split()).strip("|#-* ")):
            if sentence.strip():
                yield sentence.strip()


def words(sentence: str) -> int:
    return len(re.findall(r"[\w'’`-]*\w[\w'’`-]*", sentence))


def too_long(text: str, *, most: int) -> list[str]:
    return [f"{words(each)} words: {each}" for each in sentences(text) if words(each) > most]


def not_ours(text: str) -> list[str]:
    """The sentences that call a person `he`, or say `is no` for `is not a`."""
    return [each for each in sentences(text) if _NOT_OURS.search(each)]


def written_in(program: str) -> Iterator[str]:
    """The docstrings of a program, and its comments. Comments on consecutive lines are one text."""
    comment: list[str] = []
    begins_statement = True
    is_blank = False
    for token in tokenize.generate_tokens(io.StringIO(program).readline):
        if comment and (is_blank or token.type not in (tokenize.COMMENT, tokenize.NL)):
            yield " ".join(comment)
            comment = []
        if token.type == tokenize.COMMENT:
            comment.append(token.string.lstrip("# "))
        elif token.type == tokenize.STRING and begins_statement:
            yield inspect.cleandoc(ast.literal_eval(token.string))
        is_blank = token.type == tokenize.NL and token.line.isspace()
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            begins_statement = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
