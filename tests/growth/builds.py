"""Bodies of many pieces, in the syntax of each format."""

from collections.abc import Mapping
from dataclasses import dataclass

from parlour.engine.dto.metadata import DtoType


@dataclass(frozen=True)
class Pieces:
    """A text of `n` pieces, each with its number instead of `#`, and as many closing texts.

    `MEMBER` is replaced by the name of a member, `ROOT` by that of the request, `NS` by its namespace.
    """

    before: str
    piece: str
    after: str = ""
    middle: str = ""
    closing: str = ""

    def of(self, dto: DtoType, n: int) -> bytes:
        pieces = "".join(self.piece.replace("#", str(number)) for number in range(n))
        text = f"{self.before}{pieces}{self.middle}{self.closing * n}{self.after}"
        member = dto.properties[0].name if dto.properties else "Member"
        return text.replace("MEMBER", member).replace("ROOT", dto.name).replace("NS", dto.xml_namespace).encode()


_JSON = {
    "nested lists": Pieces("", "[", closing="]"),
    "nested objects": Pieces("", '{"a":', middle="1", closing="}"),
    "nested lists in a member": Pieces('{"MEMBER":', "[", "}", closing="]"),
    "lists in a member": Pieces('{"MEMBER":[', "[],", "1]}"),
    "objects in a member": Pieces('{"MEMBER":[', "{},", "1]}"),
    "numbers in a member": Pieces('{"MEMBER":[', "1.5,", "1]}"),
    "names in a member": Pieces('{"MEMBER":{', '"#":1,', '"":1}}'),
    "a long number": Pieces('{"MEMBER":', "9", "}"),
    "a long fraction": Pieces('{"MEMBER":0.', "9", "}", middle="e", closing="9"),
    "an unknown tree": Pieces('{"unknown":[', "[{}],", "1]}"),
    "several values": Pieces("", "{} "),
    "lines": Pieces("", "{}\n"),
}

_IN_MEMBER = '<ROOT xmlns="NS"><MEMBER>', "</MEMBER></ROOT>"

_ONE_PART = "--b\r\nContent-Disposition: form-data"

BUILDS: Mapping[str, Mapping[str, Pieces]] = {
    "json": _JSON,
    "jsonl": _JSON,
    "xml": {
        "attributes": Pieces('<ROOT xmlns="NS"', ' a#="x"', "/>"),
        "declared namespaces": Pieces('<ROOT xmlns="NS"', ' xmlns:a#="x#"', "/>"),
        "declared again and again": Pieces('<ROOT xmlns="NS">', '<a xmlns="x"/>', "</ROOT>"),
        "prefixes inside each other": Pieces('<ROOT xmlns="NS">', '<a xmlns:p#="x#">', "</ROOT>", closing="</a>"),
        "nested elements": Pieces('<ROOT xmlns="NS">', "<a>", "</ROOT>", closing="</a>"),
        "nested in a member": Pieces(_IN_MEMBER[0], "<a>", _IN_MEMBER[1], closing="</a>"),
        "unknown elements": Pieces('<ROOT xmlns="NS">', "<a/>", "</ROOT>"),
        "comments": Pieces(_IN_MEMBER[0], "a<!---->", _IN_MEMBER[1]),
        "instructions": Pieces('<ROOT xmlns="NS">', "<?a b?>", "</ROOT>"),
        "raw texts": Pieces(_IN_MEMBER[0], "<![CDATA[a]]>", _IN_MEMBER[1]),
        "entities": Pieces(_IN_MEMBER[0], "&amp;", _IN_MEMBER[1]),
        "references": Pieces(_IN_MEMBER[0], "&#x41;", _IN_MEMBER[1]),
        "line breaks": Pieces('<ROOT xmlns="NS">', "<a/>\r\n", "</ROOT>"),
        "a long attribute": Pieces('<ROOT xmlns="NS" a="', "x", '"/>'),
        "a document type": Pieces("<!DOCTYPE a [", "<!ENTITY a# 'b'>", "]><ROOT/>"),
    },
    "jsv": {
        "nested lists": Pieces("", "[", closing="]"),
        "nested objects": Pieces("", "{a:", middle="1", closing="}"),
        "nested lists in a member": Pieces("{MEMBER:", "[", "}", closing="]"),
        "lists in a member": Pieces("{MEMBER:[", "[],", "1]}"),
        "objects in a member": Pieces("{MEMBER:[", "{},", "1]}"),
        "texts in a member": Pieces("{MEMBER:[", "a,", "a]}"),
        "blank texts in a member": Pieces("{MEMBER:[", " ,", " ]}"),
        "quoted texts in a member": Pieces("{MEMBER:[", '"a" ,', '"a"]}'),
        "quotes in a member": Pieces('{MEMBER:"', '""', '"}'),
        "an unknown tree": Pieces("{unknown:[", "[{}],", "1]}"),
    },
    "csv": {
        "rows": Pieces("MEMBER\r\n", "x\r\n"),
        "empty columns": Pieces("MEMBER", ",", "\r\n", middle="\r\nx", closing=","),
        "empty rows": Pieces("MEMBER\r\n", "\r\n"),
        "quoted cells": Pieces("MEMBER\r\n", '"a",', '"a"\r\n'),
        "quotes in a cell": Pieces('MEMBER\r\n"', '""', '"\r\n'),
        "lists in a cell": Pieces('MEMBER\r\n"[', "[],", ']"\r\n'),
        "line breaks in a cell": Pieces('MEMBER\r\n"', "\r\n", '"\r\n'),
    },
    "form": {
        "nested lists in a member": Pieces("MEMBER=", "[", closing="]"),
        "lists in a member": Pieces("MEMBER=[", "[],", "1]"),
        "texts in a member": Pieces("MEMBER=", "a,"),
        "empty fields": Pieces("", "&"),
        "escapes in a member": Pieces("MEMBER=", "%61"),
        "escapes of nothing": Pieces("MEMBER=", "%"),
    },
    "multipart": {
        "headers of a part": Pieces("--b\r\n", "X-#: a\r\n", "\r\nx\r\n--b--\r\n"),
        "a long header of a part": Pieces("--b\r\nX: ", "a", "\r\n\r\nx\r\n--b--\r\n"),
        "parameters of a part": Pieces(_ONE_PART, "; a=b", '; name="MEMBER"\r\n\r\nx\r\n--b--\r\n'),
        "semicolons of a part": Pieces(_ONE_PART, ";", ' name="MEMBER"\r\n\r\nx\r\n--b--\r\n'),
        "continued parameters": Pieces(_ONE_PART, "; name*#=a", "\r\n\r\nx\r\n--b--\r\n"),
        "folded headers": Pieces("--b\r\nX: a", "\r\n a", "\r\n\r\nx\r\n--b--\r\n"),
        "parts without a name": Pieces("", "--b\r\n\r\nx\r\n", "--b--\r\n"),
        "files": Pieces("", f'{_ONE_PART}; name="a"; filename="b"\r\n\r\nx\r\n', "--b--\r\n"),
        "nearly boundaries": Pieces(f'{_ONE_PART}; name="MEMBER"\r\n\r\n', "\r\n--", "\r\n--b--\r\n"),
        "an epilogue": Pieces("--b--\r\n", "\r\n--b"),
        "a preamble": Pieces("", "-", "\r\n--b--\r\n"),
    },
}
