"""The encryption of pushes, the server's key, and which machines are posted to."""

import asyncio
import ipaddress
import json
import logging
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from parlour.delivery.push_client import EndpointRefused, PushClient, PushFailed, is_public
from parlour.delivery.web_push import LARGEST_TEXT, ServerKey, decoded, encoded, encrypted, origin_of
from tests.support.push_service import Arrived, Browser, PushService, serving

NOW = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
SECRET = b"k" * 32


def test_the_example_of_rfc_8291_is_encrypted_as_there() -> None:
    # RFC 8291, 5 and appendix A.
    private = int.from_bytes(decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")

    sealed = encrypted(
        b"When I grow up, I want to be a watermelon",
        p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        auth="BTBZMqHH6r4Tts7J_aSIgg",
        key=ec.derive_private_key(private, ec.SECP256R1()),
        salt=decoded("DGv6ra1nlYgDCS1FRnbzlw"),
    )

    assert encoded(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
        "jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@pytest.mark.parametrize("length", [1, 500, LARGEST_TEXT - 2])
def test_a_browser_reads_what_is_encrypted_for_it(length: int) -> None:
    browser = Browser("https://push.example/1")

    sealed = encrypted(json.dumps("x" * length).encode(), p256dh=browser.p256dh, auth=browser.auth)

    assert browser.decrypted(sealed) == "x" * length


def test_no_two_pushes_look_alike() -> None:
    browser = Browser("https://push.example/1")

    sealed = [encrypted(b'"x"', p256dh=browser.p256dh, auth=browser.auth) for _ in range(2)]

    assert sealed[0][:16] != sealed[1][:16]
    assert sealed[0][21:86] != sealed[1][21:86]


def test_a_token_is_for_one_service_and_for_half_a_day() -> None:
    key = ServerKey(SECRET)

    header = key.authorization("https://push.example:8443/abc?d", "mailto:ops@agency.example", NOW)

    claims = Arrived("", {"authorization": header}, b"").claims(key.public)
    assert claims == {
        "aud": "https://push.example:8443",
        "exp": int((NOW + timedelta(hours=12)).timestamp()),
        "sub": "mailto:ops@agency.example",
    }


def test_a_token_is_used_again_and_renewed_in_time() -> None:
    key = ServerKey(SECRET)

    def token(endpoint: str, hours: float) -> str:
        return key.authorization(endpoint, "https://agency.example", NOW + timedelta(hours=hours))

    first = token("https://push.example/abc", 0)
    assert token("https://push.example/def", 5) == first
    assert token("https://other.example/abc", 5) != first
    renewed = token("https://push.example/abc", 6)
    claims = Arrived("", {"authorization": renewed}, b"").claims(key.public)
    assert claims["exp"] == (NOW + timedelta(hours=18)).timestamp()


def test_the_key_of_a_server_follows_from_its_secret() -> None:
    assert ServerKey(SECRET).public == ServerKey(SECRET).public != ServerKey(b"l" * 32).public
    assert len(urlsafe_b64decode(ServerKey(SECRET).public + "=")) == 65


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://Push.example/a", "https://push.example"),
        ("https://push.example:443/a", "https://push.example"),
        ("https://push.example:8443/a", "https://push.example:8443"),
        ("http://127.0.0.1:80/a", "http://127.0.0.1"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(endpoint: str, origin: str) -> None:
    assert origin_of(endpoint) == origin


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("93.184.216.34", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:10.1.2.3", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::7f00:1", False),
        ("::127.0.0.1", False),
        ("fec0::1", False),
        ("64:ff9b::5db8:d822", True),
    ],
)
def test_only_the_public_internet_is_posted_to(address: str, is_one: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) == is_one


@pytest.mark.parametrize("endpoint", ["http://push.example/a", "https://127.0.0.1:1/a", "https://localhost/a"])
def test_a_private_machine_is_never_asked(endpoint: str) -> None:
    with pytest.raises(EndpointRefused):
        asyncio.run(PushClient().post(endpoint, {}, b""))


def test_a_redirect_is_an_answer_like_any_other() -> None:
    service = PushService(answer="307 Temporary Redirect", headers={"Location": "http://127.0.0.1:1/"})

    async def post() -> tuple[int, str]:
        async with serving(service):
            reply = await PushClient(allows_private=True).post(f"{service.url}/a?b", {"TTL": "1"}, b"body")
            return reply.status, reply.reason

    assert asyncio.run(post()) == (307, "done")
    assert [(each.path, each.body, each.headers["ttl"]) for each in service.arrived] == [("/a?b", b"body", "1")]


@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1", b"nonsense\r\n\r\n", b"X" * 20_000 + b"\r\n\r\n", b"HTTP/1.1 103 Hints\r\n\r\n" * 9],
    ids=["nothing", "a piece", "nonsense", "too long", "only hints"],
)
def test_an_answer_that_is_none_is_a_failure(said: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "asyncio")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    async def post() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            await PushClient(allows_private=True).post(f"http://127.0.0.1:{port}/", {}, b"")

    with pytest.raises(PushFailed):
        asyncio.run(post())


def test_an_interim_answer_is_passed_over() -> None:
    service = PushService(answer="103 Early Hints\r\n\r\nHTTP/1.1 201 Created")

    async def post() -> int:
        async with serving(service):
            return (await PushClient(allows_private=True).post(f"{service.url}/a", {}, b"")).status

    assert asyncio.run(post()) == 201


def test_nobody_waits_long_for_a_silent_service() -> None:
    service = PushService(is_silent=True)

    async def post() -> None:
        async with serving(service):
            await PushClient(allows_private=True, seconds=0.1).post(f"{service.url}/a", {}, b"")

    with pytest.raises(PushFailed):
        asyncio.run(post())
