"""The intended differences from the recordings: the cases, the reason, and the required response.

A name pattern and a test of request and recording select the cases. So other recordings of the same services are judged
alike. `docs/compatibility.md` is written from this list.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_to_bytes
from xml.etree import ElementTree

from tests.golden.auth_differences import AUTH_DIFFERENCES
from tests.golden.comparing import are_alike, comparable
from tests.golden.difference import Complaint, Deviation, Difference
from tests.golden.hosts import FORMATS, Hosts
from tests.golden.recordings import Answer, Case

_ROUTE_MEMBERS = {"chatid", "id", "count", "kind", "path", "contactid", "tocontactid"}
_ENUM_MEMBERS = ("colour", "maybeColour")

# -- properties of a case's request


def _has_json_body(case: Case) -> bool:
    if not case.body:
        return False
    if re.match(r"/(json/(reply|oneway)|api)/", case.path, re.IGNORECASE):
        return "form" not in (case.header("Content-Type") or "")
    return (case.header("Content-Type") or "").partition(";")[0].strip().lower() in FORMATS["json"]


def _json_object(case: Case) -> dict[str, Any] | None:
    """The body, read strictly. None if it is not a JSON object."""
    try:
        found = json.loads((case.body or b"").decode("utf-8-sig"), parse_float=Decimal)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _has_text_body(case: Case) -> bool:
    """Whether the body is JSV or CSV."""
    is_so = (case.header("Content-Type") or "").partition(";")[0].strip().lower() in (*FORMATS["jsv"], *FORMATS["csv"])
    return bool(case.body) and is_so


def _quoted_in_cells(case: Case) -> list[str]:
    """The texts of a CSV body that are quoted inside a cell, as written there."""
    if not _has_text_body(case):
        return []
    return re.findall(r':(""(?:[^"]|"{4})*"")[,}]', (case.body or b"").decode("utf-8", "replace"))


def _was_read(case: Case) -> bool:
    """Whether the request had no errors before the rules of its operation."""
    text = case.recorded.text
    return case.recorded.status < 300 or ("rrorCode" in text and "SerializationException" not in text)


def _gives_values(case: Case) -> bool:
    has_values = (_has_json_body(case) and _json_object(case) is not None) or _has_text_body(case) or "=" in case.query
    return _was_read(case) and has_values


def _gives_enum_number(case: Case) -> bool:
    undeclared = rf"({'|'.join(_ENUM_MEMBERS)})\"?[:=]\s*\"?(?![0-2]\b)-?\d"
    pattern = rf"[?&\"]({undeclared}|access\"?[:=]\s*\"?-\d)"
    return re.search(pattern, case.target + (case.body or b"").decode("utf-8", "replace"), re.IGNORECASE) is not None


def _has_malformed_json(case: Case) -> bool:
    return _has_json_body(case) and _was_read(case) and _json_object(case) is None


def _is_shuffled_xml(case: Case) -> bool:
    body = _xml(case)
    return body is not None and _was_read(case) and ElementTree.tostring(_sorted(body)) != ElementTree.tostring(body)


def _xml(case: Case) -> ElementTree.Element | None:
    try:
        return ElementTree.fromstring(case.body or b"")
    except ElementTree.ParseError:
        return None


def _sorted(element: ElementTree.Element) -> ElementTree.Element:
    copy = ElementTree.Element(element.tag, element.attrib)
    copy.text, copy.tail = element.text, element.tail
    copy.extend(sorted(map(_sorted, element), key=lambda child: child.tag))
    return copy


def _asks_by_rfc(case: Case) -> bool:
    accept = (case.header("Accept") or "").lower()
    aliases = {alias for types in FORMATS.values() for alias in types[1:]}
    return bool(re.search(r"[,;]|/\*", accept)) or accept in aliases


def _best_format(case: Case) -> str | None:
    """The format that an Accept header prefers by RFC 9110. None if it has no single preference."""
    own = (case.header("Content-Type") or "").partition(";")[0].strip().lower() if case.body else ""
    items = []
    for item in (case.header("Accept") or "").split(","):
        type_, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = next((float(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
        items.append((-quality, type_))
    for _, type_ in sorted(items, key=lambda pair: pair[0]):
        for name, types in FORMATS.items():
            if type_ in types or (type_ in ("*/*", "application/*", "text/*") and own in types):
                return name
    return None


def _gives_other_than_utf_8(case: Case) -> bool:
    """Whether a path, a query, or a form that was read, contains values that are not in UTF-8."""
    is_form = "form" in (case.header("Content-Type") or "")
    given = unquote_to_bytes(case.target) + unquote_to_bytes((case.body or b"") if is_form else b"")
    return _was_read(case) and given.decode("utf-8", "ignore").encode() != given


def _rows(case: Case) -> int:
    """The number of CSV rows or JSON lines in the body for one request."""
    type_ = (case.header("Content-Type") or "").partition(";")[0].strip().lower()
    is_one = not case.path.endswith(("[]", "%5B%5D", "%5b%5d"))
    lines = [line for line in (case.body or b"").decode("utf-8-sig", "replace").splitlines() if line.strip()]
    if is_one and type_ in FORMATS["csv"]:
        return len(list(csv.reader(lines))) - 1
    is_lines = is_one and type_ in FORMATS["jsonl"]
    return sum(line.startswith("{") and line.rstrip().endswith("}") for line in lines) if is_lines else 0


def _has_columns_between_semicolons(case: Case) -> bool:
    type_ = (case.header("Content-Type") or "").partition(";")[0].strip().lower()
    names = (case.body or b"").decode("utf-8", "replace").partition("\n")[0]
    return type_ in FORMATS["csv"] and re.search(r"[;\t|]", names) is not None


def _has_cells_without_a_column(case: Case) -> bool:
    type_ = (case.header("Content-Type") or "").partition(";")[0].strip().lower()
    if type_ not in FORMATS["csv"]:
        return False
    text = (case.body or b"").decode("utf-8-sig", "replace")
    names, *rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row] or [[]]
    given = [name.lower() for name in names if name]
    unnamed = (cell for row in rows for at, cell in enumerate(row) if not (at < len(names) and names[at]))
    return len(set(given)) < len(given) or any(unnamed)


def _is_wrong_verb(case: Case) -> bool:
    return case.recorded.status == 404 and not case.recorded.body


def _is_head(case: Case) -> bool:
    return case.method == "HEAD" and case.recorded.status in (404, 405)


def _names_twice(case: Case) -> bool:
    """Whether a member of the path has another value in the query or at the top level of the body."""
    return _was_read(case) and bool(_given_beside_path(case))


def _given_beside_path(case: Case) -> set[str]:
    """The members of routes that are sent outside the path, in lower case."""
    if not re.match(r"/(v1/Chat|alltypes|items|fail|files|api/contacts)/.", case.path, re.IGNORECASE):
        return set()
    in_path = {_digits(unquote(part)) for part in case.raw_path.split("/")}
    given = [*case.query_values]
    if "form" in (case.header("Content-Type") or ""):
        given += parse_qsl((case.body or b"").decode("utf-8", "replace"))
    given += [(name, str(value)) for name, value in (_json_object(case) or {}).items()]
    root = _xml(case)
    given += [] if root is None else [(child.tag.rpartition("}")[2], child.text or "") for child in root]
    others = {
        name.lower() for name, value in given if value and _digits(value).strip("0") and _digits(value) not in in_path
    }
    return others & _ROUTE_MEMBERS


def _digits(guid: str) -> str:
    return guid.replace("-", "").lower()


# -- the required responses


def _refused(answer: Answer, *, fields: bool) -> Complaint:
    """Requires a 400 of the reader, with these wrong members or with none."""
    if answer.status != 400 or "SerializationException" not in answer.text:
        return f"is {answer.status}, not a 400 SerializationException"
    if bool(_fields(answer)) != fields:
        return "names no member" if fields else f"names {_fields(answer)}"
    return None


def _fields(answer: Answer) -> list[str]:
    """The members named in a refusal."""
    if answer.media_type in ("application/jsv", "text/csv"):
        return re.findall(r"fieldName:([^,}]*)", answer.text.replace('"', ""), re.IGNORECASE)
    pattern = r'"fieldName":"((?:[^"\\]|\\.)*)"' if "json" in answer.media_type else r"<(?:\w+:)?FieldName>([^<]*)<"
    return re.findall(pattern, answer.text, re.IGNORECASE)


def _names_members(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    return _refused(ours, fields=True)


def _names_what_was_lost(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    """Checks that each member we name was sent with a value that the recorded response lacks."""
    complaint = _refused(ours, fields=True)
    if complaint is not None:
        return complaint
    given = dict(_leaves(_json_object(case) if _has_json_body(case) else {}))
    given |= {name.lower(): value for name, value in case.query_values}
    if _has_text_body(case):
        given |= _told_in_text((case.body or b"").decode())
    for field in _fields(ours):
        name = field.lower()
        # In texts, nested members have only their last name.
        name = name if name in given else re.sub(r"\[[^]]*\]", "", name).rpartition(".")[2]
        if name not in given:
            return f"names {field}, which was not sent"
        value = given[name]
        told = re.search(rf'\b{re.escape(field.rpartition(".")[2])}"?:([^,}}]*)', case.recorded.text, re.IGNORECASE)
        # Null is a value only as an item.
        if (value is None and not field.endswith("]")) or (
            told is not None and told[1] == json.dumps(value, default=str)
        ):
            return f"refuses {field}, which the recorded answer holds"
    return None


def _told_in_text(body: str) -> dict[str, str]:
    """The values by lower-case name, in JSV or in the columns of CSV."""
    lines = list(csv.reader(io.StringIO(body)))
    in_columns = [(name, text) for line in lines[1:] for name, text in zip(lines[0], line, strict=False)]
    return {name.lower(): text for name, text in [*re.findall(r"(\w+):(?=([^,}\r\n]*))", body), *in_columns]}


def _names_enums(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    named = {field.lower() for field in _fields(ours)}
    return _refused(ours, fields=True) or (
        None if named <= {name.lower() for name in (*_ENUM_MEMBERS, "access")} else f"names {sorted(named)}"
    )


def _leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """All values of a tree by lower-case path, including inner trees."""
    if path:
        yield path, tree
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from _leaves(value, f"{path}.{name.lower()}" if path else name.lower())
            # The paths of a map's values are like those of a list's items.
            yield from ((f"{path}[{name.lower()}]", value),) if path else ()
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            yield from _leaves(item, f"{path}[{index}]")


def _refuses_body(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    return _refused(ours, fields=False)


def _reads_as_sorted(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    body = _xml(case)
    assert body is not None
    in_order = hosts.answer(case, body=ElementTree.tostring(_sorted(body)))
    is_read = ours == in_order and "SerializationException" not in ours.text
    return None if is_read else "is not the answer to the same elements in order"


def _is_in_best_format(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    best = _best_format(case)
    if best is None:
        return "is compared with nothing: the header leaves the format open"
    plainly = [(name, FORMATS[best][0] if name.lower() == "accept" else value) for name, value in case.headers]
    asked_plainly = hosts.answer(case, headers=plainly)
    # Pages contain their time, and missing things are reported in plain text instead of on a page.
    is_best = ours.media_type in FORMATS[best] or ours.status == 204 or (best == "html" and ours.status == 404)
    return None if _timeless(ours) == _timeless(asked_plainly) and is_best else f"is not in {best}"


def _timeless(answer: Answer) -> Answer:
    return replace(answer, body=re.sub(rb"Snapshot of [-:\d ]+ UTC", b"", answer.body))


def _is_in_default_format(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    plain = hosts.answer(case, headers=[], body=None)
    return None if ours == plain and ours.status == 200 else "is not that for no body and no Accept"


def _reads_chunks(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    without = hosts.answer(case, body=None, is_chunked=False)
    if comparable(without) != comparable(case.recorded):
        return "differs from the recorded one even without a body"
    return None if ours.status == 200 and ours.body != without.body else "does not show what the body said"


def _is_get_without_body(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    get = hosts.answer(case, method="GET")
    alike = ours.media_type == get.media_type and not ours.body
    # HEAD has no body, so 204 is as good as 200.
    wanted = 200 if get.status == 204 else get.status
    return None if alike and ours.status == wanted else "is not that of GET without its body"


def _is_that_without_override(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    target = re.sub("x-http-method-override=[^&]*&?", "", case.target, flags=re.IGNORECASE)
    usual = hosts.answer(case, target=target)
    return None if are_alike(ours, usual) else "is not that of the request without the override"


def _is_405_with_allow(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    allowed = re.findall(r"\w+", ours.header("Allow") or "")
    if ours.status != 405 or not allowed:
        return f"is {ours.status} with Allow {allowed}"
    if case.method in allowed:
        return f"allows {case.method}"
    for verb in allowed:
        if hosts.answer(case, method=verb).status in (404, 405):
            return f"allows {verb}, which is not answered"
    return None if "NotImplementedException" in ours.text or case.method == "HEAD" else "has no ResponseStatus"


def _names_the_path(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    named = {field.lower() for field in _fields(ours)}
    is_right = bool(named) and named <= _given_beside_path(case)
    return _refused(ours, fields=True) or (None if is_right else f"names {sorted(named)}")


def _invites(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    ids = re.findall(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", case.path)
    answered_by = [_digits(one) for one in ids if _digits(one) != "0" * 32][-1]
    told = re.search(r"ContactId(?:,ResponseStatus)?\W+([0-9a-f-]{32,36})", ours.text, re.IGNORECASE)
    is_right = ours.status == 200 and told is not None and _digits(told[1]) == answered_by
    return None if is_right else "does not come from the route"


def _is_same_instant(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    """Without its offset the date is the same number of milliseconds, so the response is the same."""
    # Except in a member that keeps its offset.
    plain = re.sub(rb'("(?!offset)\w+":\s*"\\?/Date\(-?\d+)[+-]\d{4}\)', rb"\1)", case.body or b"")
    return None if comparable(ours) == comparable(hosts.answer(case, body=plain)) else "depends on the offset"


def _is_cut_to_microseconds(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    cut = re.sub(rb"(\.\d{6})\d+", rb"\1", case.body or b"")
    same = comparable(ours) == comparable(hosts.answer(case, body=cut))
    return None if ours.status == 200 and same else "is not that for the time cut to microseconds"


def _is_read_like_others(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    """Long guids and short dates are read like their usual forms."""
    usual = re.sub(r'"(\d{4})(\d\d)(\d\d)"', r'"\1-\2-\3"', (case.body or b"").decode())
    usual = re.sub(r"\{0x([0-9A-Fa-f]{8})((?:[,{}]*0x[0-9A-Fa-f]+)+)\}+", _usual_guid, usual)
    same = comparable(ours) == comparable(hosts.answer(case, body=usual.encode()))
    return None if ours.status == 200 and same and usual.encode() != case.body else "is not that for the usual form"


def _usual_guid(found: re.Match[str]) -> str:
    return found[1] + "".join(re.findall(r"0x([0-9A-Fa-f]+)", found[2]))


def _is_whole_xml(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    try:
        ElementTree.fromstring(ours.body)
    except ElementTree.ParseError as error:
        return f"is no XML: {error}"
    return None if ours.status == 200 else f"is {ours.status}"


def _is_page_of_refusal(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    code = re.search(r"<h3>(\w+)</h3>", ours.text)
    is_page = ours.status == 403 and ours.media_type == "text/html"
    return (
        None if is_page and code is not None and f'"errorCode":"{code[1]}"' in ours.text else "is no page that says why"
    )


def _keeps_empty_keys(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    empty = '""""' if case.recorded.media_type == "text/csv" else '""'
    recorded = re.sub(r'"(\u200b|\\u200b)":|\u200b:', f"{empty}:", case.recorded.text)
    return None if ours.status == 200 and ours.text == recorded else "does not hold the empty key"


def _keeps_quoted_text(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    lost = [text for text in _quoted_in_cells(case) if text not in ours.text]
    return None if ours.status == 200 and not lost else f"does not hold {lost}"


def _names_nulls(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    nulls = [f"[{at}]" for at, item in enumerate(json.loads(case.body or b"")) if item is None]
    missing = [name for name in nulls if f'"fieldName":"{name}"' not in ours.text]
    return _refused(ours, fields=True) or (f"does not name {missing}" if missing else None)


def _has_a_row_for_each(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    cells = [row[0] for row in csv.reader(io.StringIO(ours.text))]
    is_whole = [str(len(cells))] == [ours.header("X-AutoBatch-Completed")] and all(cell[:1] == "[" for cell in cells)
    return None if ours.status == 200 and is_whole else "has no row for each answer"


def _leads_to_the_pages(case: Case, ours: Answer, hosts: Hosts) -> Complaint:
    found = (ours.status, ours.header("Location"))
    return None if found == (302, "/metadata") else f"is {found}"


DIFFERENCES = (
    Difference(
        title="A null in a batch",
        recorded="500 `NullReferenceException`.",
        ours="400 `SerializationException`, which names every such item.",
        reason="A bad request is never a failure of the server.",
        cases="*: *",
        applies=lambda case: case.path.endswith("[]") and case.recorded.status == 500,
        check=_names_nulls,
    ),
    Difference(
        title="A batch whose answers are lists, in CSV",
        recorded="The length and the capacity of each list instead of what is in it.",
        ours="A row for each answer, whose cell is the list in JSV.",
        reason="The answers would be lost.",
        cases="*: *",
        applies=lambda case: "[]" in case.path and case.recorded.text.startswith("Capacity,Count"),
        check=_has_a_row_for_each,
    ),
    Difference(
        title="Conflicting ids in the path and elsewhere",
        recorded="The query wins over the path, the path over the body.",
        ours="400 if the query or the body gives the same member another value, unless that is zero.",
        reason="Parlour cannot know which of the two is meant. Proxies and logs see only the path.",
        cases="*: *",
        applies=_names_twice,
        check=_names_the_path,
    ),
    Difference(
        title="Several rows for one request",
        recorded="Only the first row of CSV, or the first line of JSON Lines, is read. The others are dropped.",
        ours="400. One request has one row or one line. Send several as a batch, to `/csv/reply/Name[]`.",
        reason="Clients that send two things would find one of them, without an error.",
        cases="*: *",
        applies=lambda case: _was_read(case) and _rows(case) > 1,
        check=_refuses_body,
    ),
    Difference(
        title="CSV whose cells would be lost",
        recorded="`Name;Count` is read as one column that no member has, so the request is empty. Cells without a "
        "column name are dropped, as in `Name` over `Hello, world`. If two columns have the same name, one of them is "
        "lost.",
        ours="400 for a column name with a semicolon, a tab or a bar in it, since commas separate columns. Also 400 "
        "for a cell without a column name, unless it is empty, and for two columns with the same name.",
        reason="Spreadsheets write semicolons in countries with decimal commas, and people forget quotes. Their data "
        "would be lost without an error.",
        cases="*: *",
        applies=lambda case: (
            _was_read(case) and (_has_columns_between_semicolons(case) or _has_cells_without_a_column(case))
        ),
        check=_refuses_body,
    ),
    Difference(
        title="Text that is not in UTF-8",
        recorded="In a query or a form, U+FFFD replaces bytes that cannot be read, as in `caf%E9`.",
        ours="400, which names the member, also in a path. Escapes and raw bytes are treated alike. Escapes in names "
        "that no member has are ignored. Raw bytes there make the whole form unreadable, which is 400.",
        reason="A part of a person's text would be lost without an error.",
        cases="*: *",
        applies=_gives_other_than_utf_8,
        check=_names_members,
    ),
    Difference(
        title="A value that cannot be converted",
        recorded="The member silently keeps its default. In a list, the whole list is lost.",
        ours="400 `SerializationException`, which names every such member.",
        reason="Callers learn at once that a value is misspelled, in a body or inside an object in the query. "
        "Examples are numbers out of range, a fraction for an integer, an unknown enum name, and dates that depend on "
        "a culture (`01/02/2024`).",
        cases="*: *",
        applies=_gives_values,
        check=_names_what_was_lost,
    ),
    Difference(
        title="A number that is not a member of an enum",
        recorded="Kept as that number.",
        ours="400 `SerializationException`, which names the member.",
        reason="It is out of range, and is treated like any other number out of range.",
        cases="*: *",
        applies=_gives_enum_number,
        check=_names_enums,
    ),
    Difference(
        title="A JSON body that is not well-formed",
        recorded="Truncated JSON, unquoted names and junk after the value are read as far as they go.",
        ours="400 `SerializationException` without members.",
        reason="Half a request must not be executed.",
        cases="*: *",
        applies=_has_malformed_json,
        check=_refuses_body,
    ),
    Difference(
        title="XML elements out of order",
        recorded="An element is silently ignored if it stands after one whose name sorts behind its own.",
        ours="Elements are read in any order. A wrong name or namespace of the root is still 400.",
        reason="The order comes from one serialiser and means nothing. Losing members is worse.",
        cases="*: *",
        applies=_is_shuffled_xml,
        check=_reads_as_sorted,
    ),
    Difference(
        title="Choosing the format",
        recorded="The first known type that the `Accept` header starts with. Quality values are ignored, and "
        "`text/json`, `text/xml`, `text/jsv` and `application/jsonl` are unknown.",
        ours="The supported type with the highest quality value, or the first of equal ones. The four types are "
        "aliases, and answers name the usual type.",
        reason="RFC 9110, 12.5.1. If that does not decide, the answer is as recorded.",
        cases="*: *",
        applies=_asks_by_rfc,
        check=_is_in_best_format,
    ),
    Difference(
        title="A body of an unknown type",
        recorded="With `Accept: */*` 405 in the body's own type, without a body.",
        ours="The answer in the default format; the body is ignored.",
        reason="The caller accepts anything, and gets a supported type.",
        cases="*: *",
        applies=lambda case: case.header("Accept") == "*/*" and case.recorded.status == 405,
        check=_is_in_default_format,
    ),
    Difference(
        title="A chunked body",
        recorded="A body without `Content-Length` is ignored.",
        ours="It is read.",
        reason="Clients that stream a body do not know its length.",
        cases="*: *",
        applies=lambda case: case.is_chunked,
        check=_reads_chunks,
    ),
    Difference(
        title="HEAD",
        recorded="404 or 405 where only GET is declared.",
        ours="The answer to GET without its body.",
        reason="RFC 9110, 9.3.2. Monitors and proxies send HEAD.",
        cases="*: *",
        applies=_is_head,
        check=_is_get_without_body,
    ),
    Difference(
        title="A wrong verb at a known address",
        recorded="404 without a body.",
        ours="405 `NotImplementedException` with a ResponseStatus, and `Allow` with the supported verbs.",
        reason="RFC 9110, 15.5.6. After a 404, people look for a spelling mistake.",
        cases="*: *",
        applies=_is_wrong_verb,
        check=_is_405_with_allow,
    ),
    Difference(
        title="The root",
        recorded="404.",
        ours="302 to `/metadata`, unless the application has a page or a route of its own there.",
        reason="People who open a server in a browser see what it can do.",
        cases="*: *",
        applies=lambda case: case.path == "/" and case.method in ("GET", "HEAD") and case.recorded.status == 404,
        check=_leads_to_the_pages,
    ),
    Difference(
        title="A broken multipart body",
        recorded="500 `IOException`.",
        ours="400 `SerializationException`.",
        reason="A bad request is never a failure of the server.",
        cases="*: *",
        applies=lambda case: case.recorded.status == 500 and "multipart" in (case.header("Content-Type") or ""),
        check=_refuses_body,
    ),
    Difference(
        title="Declared routes below `/api/`",
        recorded="405: everything below `/api/` is read as the name of an operation.",
        ours="Declared routes are tried first, so `/api/contacts/...` reaches its operation.",
        reason="One host serves both kinds of address.",
        cases="*: *",
        applies=lambda case: case.path.startswith("/api/contacts/") and case.recorded.status == 405,
        check=_invites,
    ),
    Difference(
        title="A date in milliseconds with an offset",
        recorded="The offset is added to the instant.",
        ours="`/Date(1704164645678+0200)/` is the instant of its milliseconds. The offset does not change it.",
        reason="Otherwise the instant would move each time a client reads it and sends it back.",
        cases="*: *",
        applies=lambda case: re.search(rb"/Date\(-?\d+[+-](?!0000)\d{4}\)", case.body or b"") is not None,
        check=_is_same_instant,
    ),
    Difference(
        title="Times finer than a microsecond",
        recorded="A tenth of a microsecond is kept.",
        ours="Dates and durations are kept to the microsecond. The seventh digit is zero.",
        reason="The databases keep microseconds.",
        cases="*: *",
        applies=lambda case: re.search(rb"\.\d{7}", case.body or b"") is not None and _was_read(case),
        check=_is_cut_to_microseconds,
    ),
    Difference(
        title="Spellings of guids and dates",
        recorded="In a JSON body, a guid written `{0x...}` is lost. So is `20240102` for a date with an offset.",
        ours="Both are read everywhere.",
        reason="A spelling that is read in one place is read in all of them, so none is lost.",
        cases="*: *",
        applies=lambda case: re.search(rb'"(\{0x|\d{8}")', case.body or b"") is not None and _was_read(case),
        check=_is_read_like_others,
    ),
    Difference(
        title="A refusal in HTML",
        recorded="403 as lines of plain text that repeat the request.",
        ours="403 as a page like any other failure's, with its ResponseStatus.",
        reason="Callers learn the reason in every format.",
        cases="*: *",
        applies=lambda case: case.recorded.status == 403 and case.recorded.media_type == "text/plain",
        check=_is_page_of_refusal,
    ),
    Difference(
        title="Values that XML cannot hold",
        recorded="The document ends at a control character or an undeclared flag, and an error follows it.",
        ours="The document is complete. Such characters are written as U+FFFD, and such flags are left out.",
        reason="Nobody can use a document that is not XML.",
        cases="*: * as application/xml",
        applies=lambda case: case.recorded.body.count(b"<?xml") > 1,
        check=_is_whole_xml,
    ),
    Difference(
        title="Quoted text inside a cell of CSV",
        recorded="A text that is quoted in the JSV of a cell keeps its quotes, and quotes inside it stay doubled.",
        ours="It is read like JSV anywhere else.",
        reason="A client finds what it sent.",
        cases="*: *",
        applies=lambda case: _was_read(case) and bool(_quoted_in_cells(case)),
        check=_keeps_quoted_text,
    ),
    Difference(
        title="An empty key in a map",
        recorded="Written as a zero-width space.",
        ours="Stays empty.",
        reason="A client finds what it sent.",
        cases="*: map *",
        applies=lambda case: "\u200b" in case.recorded.text or r"\u200b" in case.recorded.text,
        check=_keeps_empty_keys,
    ),
    Difference(
        title="A link that names another verb",
        recorded="`?X-HTTP-Method-Override=PUT` makes a PUT of a GET.",
        ours="The query cannot change the verb of a GET or a HEAD. The header can.",
        reason="A link on another site must not change anything in the name of the person who follows it.",
        cases="*: *",
        applies=lambda case: case.method in ("GET", "HEAD") and "x-http-method-override=" in case.query.lower(),
        check=_is_that_without_override,
    ),
    *AUTH_DIFFERENCES,
)

BATCHES = (
    Deviation(
        title="The size of a batch",
        recorded="Any number of items, with answers of any size.",
        ours="At most 1,000 items. When their answers exceed 16 MiB, the next item is 413; those before it are done. "
        "A batch of an operation that hashes a password, such as signing in, has one item.",
        reason="A small request must not cost the server half a gigabyte, or a thousand hashes.",
    ),
)
"""The differences for batches larger than the recorded ones."""

STREAMS = (
    Deviation(
        title="The channels of others on an event stream",
        recorded="Listings and events about people who join, leave or change channels show all their channels.",
        ours="The same if everybody may hear every channel. If an application restricts that, readers see only "
        "channels that they share. People who may no longer hear a channel are not listed in it.",
        reason="A channel's name would reveal a chat that the reader is not in.",
    ),
    Deviation(
        title="The number of event streams",
        recorded="Any number. Everybody in a channel is told of each one at once.",
        ours="At most 20 for each session (`max_streams`), each in at most 500 channels; more are answered 429. When "
        "many people come and go, they are announced in batches. These leave out people who came and went in between.",
        reason="The streams of one caller must not slow the server down for all others.",
    ),
)
"""The differences on event streams, whose recording has neither access rules nor many streams."""
