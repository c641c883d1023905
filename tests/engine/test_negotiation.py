import pytest

from parlour.engine.codecs import Profile
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.codecs.xml import XmlCodec
from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.http.messages import Request
from parlour.engine.serving.negotiation import Formats

JSON, XML = JsonCodec(Profile()), XmlCodec()


def wanted(accept: str | None = None, query: str = "", content_type: str | None = None, default: str = "json") -> str:
    headers = [("accept", accept)] if accept is not None else []
    headers += [("content-type", content_type)] if content_type is not None else []
    body = None if content_type is None else b"x"
    request = Request(method="POST", path="/x", query=query, headers=headers, body=body)
    return Formats((JSON, XML), default).wanted(request).name


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        ("application/xml", "xml"),
        ("APPLICATION/XML", "xml"),
        ("text/xml", "xml"),
        ("application/xml; charset=utf-8", "xml"),
        ("application/xml, application/json", "xml"),
        ("application/json;q=0.5, application/xml", "xml"),
        ("application/json;q=0.5, application/xml;q=0.4", "json"),
        ("application/json; Q=0.1 , text/xml; level=1; q=0.2", "xml"),
        ("image/png, application/xml;q=0.1", "xml"),
        ("application/xml;q=0, application/json;q=0.1", "json"),
        ("application/json;q=0, */*", "xml"),
    ],
)
def test_the_most_preferred_supported_type_wins(accept: str, name: str) -> None:
    assert wanted(accept) == name


@pytest.mark.parametrize(
    "accept", [None, "", "image/png", "application/xml;q=0", "application/vnd.x+json", ",;q=,", "*/*"]
)
@pytest.mark.parametrize("default", ["json", "xml"])
def test_unsupported_types_get_the_default_format(accept: str | None, default: str) -> None:
    assert wanted(accept, default=default) == default


@pytest.mark.parametrize("accept", ["*/*", "application/*", "image/png, */*;q=0.1"])
def test_a_wildcard_means_the_format_of_the_request_body(accept: str) -> None:
    assert wanted(accept, content_type="application/xml; charset=utf-8") == "xml"
    assert wanted(accept, content_type="text/plain") == "json"
    assert wanted(accept, content_type="application/x-www-form-urlencoded") == "json"


def test_a_missing_accept_is_not_a_wildcard() -> None:
    assert wanted(None, content_type="application/xml") == "json"


@pytest.mark.parametrize(
    ("query", "name"),
    [("format=xml", "xml"), ("a=1&FORMAT=XML", "xml"), ("format=xml.x", "xml"), ("format=foo", "json"), ("", "json")],
)
def test_the_query_wins_over_accept_when_it_names_a_format(query: str, name: str) -> None:
    assert wanted("application/json", query) == name


def test_a_default_without_a_codec_stops_the_start() -> None:
    with pytest.raises(DeclarationError):
        Formats((JSON,), "xml")


def test_hostile_headers_do_not_fill_the_memory() -> None:
    formats = Formats((JSON, XML), "json")
    for i in range(5000):
        headers = [("accept", f"application/x{i}"), ("content-type", f"application/y{i}")]
        formats.wanted(Request(method="POST", path="/", headers=headers, body=b"x"))

    assert len(formats._accepted) < 1000
    assert len(formats._bodies) < 1000
