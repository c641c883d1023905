"""XML bodies in the form of data contracts."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.engine.codecs import MAX_DEPTH, MAX_NODES
from parlour.engine.codecs.xml import XmlCodec
from parlour.engine.dto.declare import Guid, namespace
from parlour.engine.dto.errors import BindingError, BodyError, ErrorResponse, ResponseError, ResponseStatus
from parlour.engine.dto.metadata import TypeRef, dto_type
from tests.engine.samples import (
    UNHURRIED,
    XML_NAMESPACE,
    Access,
    Branch,
    Colour,
    Contract,
    Everything,
    Part,
    everything,
)

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
INSTANCE = ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
SYSTEM = "http://schemas.datacontract.org/2004/07/System"
TYPES = "http://schemas.servicestack.net/types"


@namespace("Other")
@dataclass(slots=True, kw_only=True)
class Shelf:
    """Has members of another namespace, single and in a map."""

    part: Part | None = None
    by_name: dict[str, Part] | None = None
    rows: list[list[Part]] | None = None
    shelf: "Shelf | None" = None


def written(value: Any) -> str:
    return document(TypeRef("dto", python=type(value)), value)


def document(type_: TypeRef, value: Any) -> str:
    """The document without the XML declaration."""
    body = XmlCodec().writer(type_)(value).decode()
    assert body.startswith(DECLARATION)
    return body.removeprefix(DECLARATION)


def read(body: str | bytes, cls: Any = Everything) -> Any:
    return XmlCodec().reader(TypeRef("dto", python=cls))(body.encode() if isinstance(body, str) else body)


def read_members(members: str) -> Everything:
    value = read(f'<Everything{INSTANCE} xmlns="{XML_NAMESPACE}" xmlns:a="{ARRAYS}">{members}</Everything>')
    assert isinstance(value, Everything)
    return value


def reason_against(body: str | bytes) -> str:
    with pytest.raises(BodyError) as refusal:
        read(body)
    assert refusal.value.errors == ()
    return refusal.value.message


def reason_against_members(members: str) -> str:
    return reason_against(f'<Everything{INSTANCE} xmlns="{XML_NAMESPACE}" xmlns:a="{ARRAYS}">{members}</Everything>')


TOO_FAR_FROM_UTC = (
    f'<Offset xmlns:s="{SYSTEM}"><s:DateTime>2024-01-02T00:00:00Z</s:DateTime>'
    "<s:OffsetMinutes>841</s:OffsetMinutes></Offset>"
)


def counted(key: str, value: str, times: int = 1) -> str:
    pair = f"<a:KeyValueOfstringint>{key}{value}</a:KeyValueOfstringint>"
    return f"<Counts>{pair * times}</Counts>"


NAMES = st.sampled_from([member.name for member in dto_type(Everything).properties])
XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Cs"]) | st.sampled_from("\t\n"))


@UNHURRIED
@given(everything(XML_TEXT, finest=timedelta(microseconds=1)))
def test_a_body_reads_back_as_it_was_written(value: Everything) -> None:
    codec = XmlCodec()

    body = codec.writer(TypeRef("dto", python=Everything))(value)

    assert codec.reader(TypeRef("dto", python=Everything))(body) == value


def test_nulls_empty_texts_and_empty_lists_are_distinguished() -> None:
    assert written(ResponseStatus(message="", errors=[])) == (
        f'<ResponseStatus{INSTANCE} xmlns="{TYPES}"><ErrorCode i:nil="true" /><Message></Message>'
        f'<StackTrace i:nil="true" /><Errors /><Meta xmlns:d2p1="{ARRAYS}" i:nil="true" /></ResponseStatus>'
    )


def test_prefixes_are_numbered_by_the_depth_that_declares_them() -> None:
    status = ResponseStatus(error_code="C", errors=[ResponseError(field_name="F")], meta={"k": "v"})

    assert written(ErrorResponse(response_status=status)) == (
        f'<ErrorResponse{INSTANCE} xmlns="{TYPES}"><ResponseStatus><ErrorCode>C</ErrorCode><Message i:nil="true" />'
        '<StackTrace i:nil="true" /><Errors><ResponseError><ErrorCode i:nil="true" /><FieldName>F</FieldName>'
        f'<Message i:nil="true" /><Meta xmlns:d5p1="{ARRAYS}" i:nil="true" /></ResponseError></Errors>'
        f'<Meta xmlns:d3p1="{ARRAYS}"><d3p1:KeyValueOfstringstring><d3p1:Key>k</d3p1:Key><d3p1:Value>v</d3p1:Value>'
        "</d3p1:KeyValueOfstringstring></Meta></ResponseStatus></ErrorResponse>"
    )


def test_members_of_another_namespace_have_its_prefix() -> None:
    value = Contract(first=3, second="s", parts=[Part(name="a", count=1)], response_status=ResponseStatus())

    assert written(value) == (
        f'<Contract{INSTANCE} xmlns="http://sample.example/types"><ResponseStatus xmlns:d2p1="{TYPES}">'
        '<d2p1:ErrorCode i:nil="true" /><d2p1:Message i:nil="true" /><d2p1:StackTrace i:nil="true" />'
        f'<d2p1:Errors i:nil="true" /><d2p1:Meta xmlns:d3p1="{ARRAYS}" i:nil="true" /></ResponseStatus>'
        f'<first_one>3</first_one><Second>s</Second><Parts xmlns:d2p1="{XML_NAMESPACE}"><d2p1:Part>'
        "<d2p1:Count>1</d2p1:Count><d2p1:Name>a</d2p1:Name></d2p1:Part></Parts></Contract>"
    )


def test_the_values_of_a_map_are_two_levels_below_it() -> None:
    value = Shelf(by_name={"b": Part(name="a", count=1)})

    assert (
        f'<ByName xmlns:d2p1="{ARRAYS}"><d2p1:KeyValueOfstringPart><d2p1:Key>b</d2p1:Key>'
        f'<d2p1:Value xmlns:d4p1="{XML_NAMESPACE}"><d4p1:Count>1</d4p1:Count><d4p1:Name>a</d4p1:Name></d2p1:Value>'
        "</d2p1:KeyValueOfstringPart></ByName>"
    ) in written(value)


def test_each_kind_is_written_as_clients_expect_it() -> None:
    value = Everything(
        ident=Guid("00000001000040008000000000000000"),
        flag=True,
        double=float("inf"),
        single=1e20,
        amount=Decimal("1.50"),
        letter="c",
        when=datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
        offset=datetime(2024, 1, 2, 3, 4, 5, 500000, tzinfo=timezone(timedelta(hours=2))),
        span=timedelta(days=1),
        colour=Colour.Green,
        access=Access.Read | Access.Write,
        content=b"\1\2\3",
        numbers=[1],
        colours=[Colour.Green],
    )
    body = written(value)

    for element in (
        "<Ident>00000001-0000-4000-8000-000000000000</Ident>",
        "<Flag>true</Flag>",
        "<Double>INF</Double>",
        "<Single>1E+20</Single>",
        "<Amount>1.50</Amount>",
        "<Letter>99</Letter>",
        "<When>2024-01-02T03:04:05Z</When>",
        f'<Offset xmlns:d2p1="{SYSTEM}"><d2p1:DateTime>2024-01-02T01:04:05.5Z</d2p1:DateTime>',
        "<d2p1:OffsetMinutes>120</d2p1:OffsetMinutes></Offset>",
        "<Span>P1D</Span>",
        "<Colour>Green</Colour>",
        "<Access>Read Write</Access>",
        "<Content>AQID</Content>",
        f'<Numbers xmlns:d2p1="{ARRAYS}"><d2p1:int>1</d2p1:int></Numbers>',
        "<Colours><Colour>Green</Colour></Colours>",
        f'<Guids xmlns:d2p1="{ARRAYS}" i:nil="true" />',
    ):
        assert element in body


def test_members_are_in_alphabetical_order() -> None:
    assert written(Part(name="a", count=1)) == (
        f'<Part{INSTANCE} xmlns="{XML_NAMESPACE}"><Count>1</Count><Name>a</Name></Part>'
    )


def test_text_is_escaped_and_invalid_characters_are_replaced() -> None:
    assert "<Name>&lt;b&gt;&amp;\"'\té\n\n\ufffd\ufffd😀\ufffd</Name>" in written(
        Part(name="<b>&\"'\té\r\n\r\x00\ufffe😀\ud800")
    )


def test_answers_may_be_lists_and_null() -> None:
    part = TypeRef("dto", python=Part)
    parts = TypeRef("list", item=part)

    assert document(parts, []) == f'<ArrayOfPart{INSTANCE} xmlns="{XML_NAMESPACE}" />'
    assert document(TypeRef("list", item=TypeRef("string", nullable=True)), ["a", None]) == (
        f'<ArrayOfstring{INSTANCE} xmlns="{ARRAYS}"><string>a</string><string i:nil="true" /></ArrayOfstring>'
    )
    assert document(TypeRef("list", item=parts), [[Part()]]) == (
        f'<ArrayOfArrayOfPart{INSTANCE} xmlns="{XML_NAMESPACE}"><ArrayOfPart><Part><Count>0</Count>'
        '<Name i:nil="true" /></Part></ArrayOfPart></ArrayOfArrayOfPart>'
    )
    assert document(part, None) == f'<Part{INSTANCE} xmlns="{XML_NAMESPACE}" i:nil="true" />'


def test_a_dto_may_contain_its_own_type() -> None:
    tree = Branch(name="a", branches=[Branch(name="b", branches=[]), Branch()])

    assert read(written(tree), Branch) == tree


def test_nested_namespaces_read_back() -> None:
    part = Part(name="a", count=1)
    value = Shelf(part=part, by_name={"b": part}, rows=[[part], []], shelf=Shelf(shelf=Shelf(part=part)))

    assert read(written(value), Shelf) == value


def test_elements_are_read_in_any_order_and_the_first_duplicate_counts() -> None:
    value = read_members("<Text>a</Text><Number>1</Number><Flag>1</Flag><Text>b</Text><Flag>0</Flag>")

    assert value == Everything(text="a", number=1, flag=True)


@pytest.mark.parametrize(
    "member",
    [
        "<text>a</text>",
        "<Aaa><Text>a</Text></Aaa>",
        '<Text xmlns="http://x">a</Text>',
        '<x:Text xmlns:x="x">a</x:Text>',
    ],
)
def test_other_names_and_namespaces_are_ignored(member: str) -> None:
    assert read_members(member) == Everything()


@pytest.mark.parametrize(
    "body",
    [
        f'<p:Everything xmlns:p="{XML_NAMESPACE}"><p:Text>é</p:Text></p:Everything>',
        f'{DECLARATION}<Everything xmlns="{XML_NAMESPACE}"><Text>é</Text></Everything>',
        f'\ufeff<Everything xmlns="{XML_NAMESPACE}"><Text>&#233;</Text></Everything>',
        f'<Everything xmlns="{XML_NAMESPACE}">\n <!-- c --> <Text a="1"><!-- d --><![CDATA[é]]></Text>\n</Everything>',
    ],
)
def test_equivalent_documents_are_read_alike(body: str) -> None:
    assert read(body) == Everything(text="é")


def test_utf_16_is_read() -> None:
    text = '<Text a="1" b="2">é</Text>'
    body = f'<?xml version="1.0" encoding="utf-16"?><Everything xmlns="{XML_NAMESPACE}">{text}</Everything>'

    assert read(body.encode("utf-16")) == Everything(text="é")


@UNHURRIED
@given(everything(XML_TEXT, finest=timedelta(microseconds=1)))
def test_a_body_in_utf_16_is_read_as_in_utf_8(value: Everything) -> None:
    body = document(TypeRef("dto", python=Everything), value)
    in_utf_16 = f'<?xml version="1.0" encoding="utf-16"?>{body}'.encode("utf-16")

    assert read(in_utf_16) == read(DECLARATION + body)


@pytest.mark.parametrize("body", ["", " \n"])
def test_an_empty_body_is_an_empty_dto(body: str) -> None:
    assert read(body) == Everything()


@pytest.mark.parametrize(
    ("members", "value"),
    [
        ("<Text> a\n</Text>", Everything(text=" a\n")),
        ("<Text/>", Everything(text="")),
        ('<Text i:nil="true"/><Name i:nil="1"/>', Everything()),
        ('<MaybeNumber i:nil=" false ">5</MaybeNumber>', Everything(maybe_number=5)),
        ('<Part xmlns:p="http://x" i:type="p:Part"><Count>1</Count></Part>', Everything(part=Part(count=1))),
        ("<Amount> +1.50 </Amount>", Everything(amount=Decimal("1.50"))),
        ("<Number> +5 </Number>", Everything(number=5)),
        ("<Ident>00000001000040008000000000000000</Ident>", Everything(ident=Guid("00000001000040008000000000000000"))),
        ("<Double>INF</Double>", Everything(double=float("inf"))),
        ("<When> 2024-01-02T03:04:05+02:00 </When>", Everything(when=datetime(2024, 1, 2, 1, 4, 5, tzinfo=UTC))),
        ("<When>2024-01-02</When>", Everything(when=datetime(2024, 1, 2))),
        ("<Parts><Part><Count>1</Count></Part><Other/></Parts>", Everything(parts=[Part(count=1)])),
        ("<Parts/>", Everything(parts=[])),
        ('<Texts><a:string/><a:string i:nil="true"/><string/></Texts>', Everything(texts=["", None])),
        (
            "<Counts><a:KeyValueOfstringint><a:Value>3</a:Value><a:Key>k</a:Key></a:KeyValueOfstringint></Counts>",
            Everything(counts={"k": 3}),
        ),
    ],
)
def test_values_are_read_as_xml_schema_writes_them(members: str, value: Everything) -> None:
    assert read_members(members) == value


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ("<Ident>zz</Ident>", "Ident"),
        ("<Ident/>", "Ident"),
        ('<Ident i:nil="true"/>', "Ident"),
        ("<Number></Number>", "Number"),
        ("<Number>1.5</Number>", "Number"),
        ("<Flag>True</Flag>", "Flag"),
        ("<When>2024-01-02 03:04:05</When>", "When"),
        ("<Span>01:02:03</Span>", "Span"),
        ("<Colour>green</Colour>", "Colour"),
        ("<Amount>1e2</Amount>", "Amount"),
        ("<Text><b>x</b></Text>", "Text"),
        ("<Part>x</Part>", "Part"),
        ("<Part><Count>x</Count></Part>", "Part.Count"),
        ("<Parts><Part/><Part><Count>x</Count></Part></Parts>", "Parts[1].Count"),
        ('<Parts><Part i:nil="true"/></Parts>', "Parts[0]"),
        ("<Counts><a:KeyValueOfstringint/></Counts>", "Counts"),
        (counted("<a:Key>k</a:Key>", '<a:Value i:nil="true"/>'), "Counts"),
        (counted('<a:Key i:nil="true"/>', "<a:Value>1</a:Value>"), "Counts"),
        (counted("<a:Key>k</a:Key>", "<a:Value>1</a:Value>", times=2), "Counts"),
        ("<Offset/>", "Offset"),
        (TOO_FAR_FROM_UTC, "Offset"),
        ("<Number>1</Number>x", "Everything"),
    ],
)
def test_a_wrong_value_is_refused_with_its_member(members: str, path: str) -> None:
    assert reason_against_members(members).endswith(f" is an Invalid value for '{path}'.")


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ('<Text i:nil="True"/>', "The nil of 'Text' is neither true nor false."),
        ('<Number i:nil="">1</Number>', "The nil of 'Number' is neither true nor false."),
        ('<Part i:type="p:Door"><Handle/></Part>', "'p:Door' is not a type that can stand for 'Part'."),
        ('<Parts><Part i:type="Door"/></Parts>', "'Door' is not a type that can stand for 'Part'."),
    ],
)
def test_unreadable_attributes_of_an_element_are_refused(members: str, reason: str) -> None:
    assert reason_against_members(members) == reason


def test_all_wrong_members_are_reported_together() -> None:
    assert reason_against_members("<Number>x</Number><Flag>y</Flag>") == (
        "'x' is an Invalid value for 'Number'; 'y' is an Invalid value for 'Flag'."
    )


def test_at_most_a_hundred_wrong_elements_are_reported() -> None:
    items = "<a:int>x</a:int>" * 10_000

    assert reason_against_members(f"<Numbers>{items}</Numbers>").count(";") == 99
    assert reason_against_members("<Number>x</Number>" * 10_000) == "'x' is an Invalid value for 'Number'."


@pytest.mark.parametrize(
    "root",
    [f'<Part xmlns="{XML_NAMESPACE}"/>', '<Everything xmlns="http://x"/>', "<Everything/>", '<Everything xmlns=""/>'],
)
def test_the_root_must_be_the_request(root: str) -> None:
    assert f"Expecting element 'Everything' from namespace '{XML_NAMESPACE}'." in reason_against(root)


def test_a_document_type_is_refused() -> None:
    entities = '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z SYSTEM "file:///etc/passwd">]>'

    assert "DTDs are not supported" in reason_against(f'{entities}<Everything xmlns="{XML_NAMESPACE}"/>')


@pytest.mark.parametrize(
    "body",
    [
        "hello",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a>&undefined;</a>",
        "<a>\x00</a>",
        b"<a>\xff</a>",
        "<?pi x?><a/>",
        '<?xml version="1.0" encoding="utf-16"?><a/>',
        '<?xml version="1.0" encoding="nonsense"?><a/>',
        '<?xml version="1.0" encoding="utf-7"?><a/>',
        '<?xml version="1.0" encoding="big5"?><a/>',
        "<a>" * (MAX_DEPTH + 1),
        "<a>" * 100_000,
        "<x:a/>",
        "<a>" + "<b/>" * MAX_NODES + "</a>",
    ],
)
def test_xml_that_is_not_supported_is_refused(body: str | bytes) -> None:
    assert reason_against(body)


# Other encodings than UTF-8 are read differently, with the same limits.
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_elements_may_be_as_deep_and_as_many_as_the_limits(encoding: str) -> None:
    def read_within(content: str) -> Any:
        whole = f'<?xml version="1.0" encoding="{encoding}"?><Everything xmlns="{XML_NAMESPACE}">{content}</Everything>'
        return read(whole.encode(encoding))

    depth = MAX_DEPTH - 1
    assert read_within("<a>" * depth + "</a>" * depth) == Everything()
    assert read_within("<a/>" * (2 * MAX_DEPTH)) == Everything()
    with pytest.raises(BodyError, match="deeper than"):
        read_within("<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH)
    with pytest.raises(BodyError, match="more than"):
        read_within("<a/>" * MAX_NODES)


def test_malformed_xml_is_reported_with_its_place() -> None:
    assert reason_against("<a>\n  <b></c></a>").startswith("Error in line 2 position 8.")


def test_elements_with_other_names_in_a_list_are_ignored() -> None:
    value = read_members("<Numbers><a:string>1</a:string><a:int>2</a:int></Numbers>")

    assert value == Everything(numbers=[2])


@UNHURRIED
@given(st.binary() | st.text().map(str.encode) | st.text("<>/ aE&;!?[]-=\"'xmln:#0").map(lambda t: f"<{t}".encode()))
def test_reading_any_body_gives_a_dto_or_a_binding_error(body: bytes) -> None:
    with suppress(BindingError):
        assert isinstance(read(body), Everything)


@UNHURRIED
@given(NAMES, st.text("0123456789-+:.TZPEINFabx \n<b/>"), st.sampled_from(["", "x", "<Text/>"]))
def test_reading_any_member_gives_a_dto_or_a_binding_error(name: str, content: str, more: str) -> None:
    with suppress(BindingError):
        value = read_members(f"<{name}>{content}</{name}>{more}")
        assert written(read(written(value))) == written(value)


def test_a_body_can_be_a_list() -> None:
    read_parts = XmlCodec().reader(TypeRef("list", item=TypeRef("dto", python=Part)))
    root = f'ArrayOfPart xmlns="{XML_NAMESPACE}"'

    assert read_parts(f"<{root}><Part><Name>a</Name></Part><Part/></ArrayOfPart>".encode()) == [Part(name="a"), Part()]
    assert read_parts(f"<{root}/>".encode()) == read_parts(b"") == []
    for body in (f"<{root}><Part {INSTANCE} i:nil='true'/></ArrayOfPart>", f'<Part xmlns="{XML_NAMESPACE}"/>'):
        with pytest.raises(BodyError):
            read_parts(body.encode())
