"""The client behind proxies, and the senders whose headers are trusted."""

import time
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.stubs.services import open_services
from parlour.engine import standard_engine
from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.http.asgi import AsgiApp, BodyLimits
from parlour.engine.http.messages import Request
from parlour.engine.http.proxies import TrustedProxies
from parlour.engine.serving.handlers import InlineUnits
from tests.engine.samples import UNHURRIED
from tests.support.asgi_face import call
from tests.support.counting import cost_of, growth

TRUSTED = ("10.0.0.0/8", "::1")
HIM = "203.0.113.7"

AS_SENT = ("10.0.0.1", "http://inside")


def seen(headers: Mapping[str, str], client: str = "10.0.0.1") -> tuple[str, str]:
    """The client and the server's address as a server that trusts TRUSTED sees them."""
    given_headers = [("host", "inside"), *((name.lower(), value) for name, value in headers.items())]
    request = Request(method="GET", path="/", headers=given_headers, client=client)
    TrustedProxies(TRUSTED).reveal(request)
    return request.client, request.base_url


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Forwarded-For": HIM}, (HIM, "http://inside")),
        ({"X-Forwarded-For": HIM, "X-Forwarded-Proto": "https"}, (HIM, "https://inside")),
        ({"X-Forwarded-For": f"{HIM}:5000", "X-Forwarded-Host": "a.example:8443"}, (HIM, "http://a.example:8443")),
        ({"X-Forwarded-For": HIM, "X-Forwarded-Prefix": "/parlour/"}, (HIM, "http://inside/parlour")),
        ({"Forwarded": f"for={HIM}"}, (HIM, "http://inside")),
        ({"Forwarded": f'For="{HIM}:80";Proto=HTTPS; host="a.example"'}, (HIM, "https://a.example")),
        ({"Forwarded": 'for="[2001:db8::1]:4711"'}, ("2001:db8::1", "http://inside")),
        ({"X-Forwarded-For": "2001:DB8::1"}, ("2001:db8::1", "http://inside")),
        ({"X-Forwarded-For": f"::ffff:{HIM}"}, (HIM, "http://inside")),
        ({"Forwarded": f"for={HIM}", "X-Forwarded-For": HIM, "X-Forwarded-Proto": "https"}, (HIM, "https://inside")),
    ],
)
def test_headers_of_a_trusted_proxy_are_used(headers: Mapping[str, str], expected: tuple[str, str]) -> None:
    assert seen(headers) == expected


@pytest.mark.parametrize("client", ["11.0.0.1", HIM, "", "unix:"])
def test_headers_of_other_senders_are_ignored(client: str) -> None:
    headers = {"X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1;proto=https", "X-Forwarded-Prefix": "/x"}

    assert seen(headers, client) == (client, "http://inside")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": f"192.0.2.1, {HIM}, 10.0.0.2", "X-Forwarded-Proto": "ftp, https, http"},
        {"Forwarded": f"for=192.0.2.1;proto=ftp, for={HIM};proto=https, for=10.0.0.2;proto=http"},
    ],
)
def test_hops_that_a_client_invented_are_ignored(headers: Mapping[str, str]) -> None:
    assert seen(headers) == (HIM, "https://inside")


def test_with_only_trusted_proxies_the_first_is_the_client() -> None:
    assert seen({"X-Forwarded-For": "10.1.1.1, 10.2.2.2"}) == ("10.1.1.1", "http://inside")


def test_contradicting_headers_are_ignored() -> None:
    assert seen({"X-Forwarded-For": HIM, "Forwarded": "for=192.0.2.1;proto=https"}) == AS_SENT


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "unknown"},
        {"X-Forwarded-For": ""},
        {"X-Forwarded-For": "1.2.3"},
        {"X-Forwarded-Proto": "https"},
        {"Forwarded": "for=_hidden;proto=https"},
        {"Forwarded": "for"},
        {"Forwarded": f"for={HIM};proto"},
        {"Forwarded": f'for="{HIM}'},
        {"X-Forwarded-For": f"{HIM}," * 10_000},
        {"Forwarded": '"\\' * 30_000},
    ],
)
def test_empty_headers_change_nothing(headers: Mapping[str, str]) -> None:
    assert seen(headers) == AS_SENT


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Proto": "javascript"},
        {"X-Forwarded-Host": "a.example/path"},
        {"X-Forwarded-Host": 'a"><script>'},
        {"X-Forwarded-Prefix": "//evil.example"},
        {"X-Forwarded-Prefix": "relative"},
    ],
)
def test_invalid_addresses_schemes_and_hosts_are_ignored(headers: Mapping[str, str]) -> None:
    assert seen({"X-Forwarded-For": HIM, **headers}) == (HIM, "http://inside")


@UNHURRIED
@given(st.text('for=proto;,"\\[]:.1_ ', max_size=60))
def test_no_header_fails_a_request(header: str) -> None:
    seen({"Forwarded": header})
    seen({"X-Forwarded-For": header, "X-Forwarded-Host": header})


SHAPES = pytest.mark.parametrize("shape", ['"\\', '"', '\\"', ',"', ';a="', "a=", " ", "[", ":"])


def filled(shape: str, length: int) -> Mapping[str, str]:
    header = (shape * length)[:length]
    return {"Forwarded": header, "X-Forwarded-For": header}


@SHAPES
def test_headers_are_read_in_linear_time(shape: str) -> None:
    assert growth(lambda length: cost_of(lambda: seen(filled(shape, length))), 500) is None


@pytest.mark.long
@SHAPES
def test_a_hundred_long_headers_are_read_quickly(shape: str) -> None:
    headers = filled(shape, 2000)
    began = time.process_time()

    for _ in range(100):
        seen(headers)

    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("network", ["", "proxy.example", "10.0.0.0/33", "10.0.0.1/8"])
def test_an_invalid_network_stops_the_start(network: str) -> None:
    with pytest.raises(DeclarationError, match="must be an address or a network"):
        TrustedProxies([network])


def test_links_use_the_address_that_the_client_called() -> None:
    app = AsgiApp(
        standard_engine(open_services(), InlineUnits()), limits=BodyLimits(), proxies=TrustedProxies(["10.0.0.0/8"])
    )
    headers = {"X-Forwarded-For": HIM, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "chat.example"}

    behind = call(app, "GET", "/api", headers=headers, client="10.0.0.1")
    beside = call(app, "GET", "/api", headers=headers, client="192.0.2.1")

    assert b"https://chat.example/api/" in behind.body
    assert b"http://parlour.test/api/" in beside.body
