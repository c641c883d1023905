"""Pages of other sites cannot act with a user's cookies, nor sign users in or out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest

from parlour.engine import standard_engine
from parlour.engine.accounts import registration, sign_in
from parlour.engine.dto.declare import Files, namespace, requires_authentication, returns, route
from parlour.engine.events import EventOptions, ServerEvents
from parlour.engine.http.asgi import AsgiApp, BodyLimits
from parlour.engine.http.cors import Cors
from parlour.engine.http.proxies import TrustedProxies
from parlour.engine.http.uploads import UploadedFile
from parlour.engine.serving.handlers import Handler, InlineUnits, Services
from parlour.engine.serving.options import EngineOptions
from tests.support.asgi_face import Answer, call
from tests.support.auth_host import PASSWORD, Host

OWN = "http://parlour.test"
GOOD = "https://good.example"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CREDENTIALS = json.dumps({"userName": "ann", "password": PASSWORD}).encode()

FOREIGN: list[dict[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://parlour.test:8081"},
    {"Origin": "https://parlour.test"},
    {"Origin": "http://parlour.test.evil.example"},
    {"Origin": "http://evil.parlour.test"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "parlour.test"},
    {"Origin": f"{OWN}, {OWN}"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Origin": OWN, "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "of-tomorrow"},
]
OWN_PAGES: list[dict[str, str]] = [
    {},
    {"Origin": OWN},
    {"Origin": "HTTP://Parlour.Test"},
    {"Origin": f"{OWN}:80"},
    {"Origin": OWN, "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
]
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@requires_authentication()
@route("/notes", "GET POST PUT")
@returns(str)
@namespace("Tests")
@dataclass(kw_only=True)
class Notes:
    text: str | None = None


@requires_authentication()
@route("/files", "POST")
@returns(str)
@namespace("Tests")
@dataclass(kw_only=True)
class Keep:
    files: Annotated[list[UploadedFile], Files(max_bytes=1000)] = field(default_factory=list)


class Site:
    """A server with notes to read and write, and Ann's cookies from signing in."""

    def __init__(
        self,
        *,
        tokens_in_cookies: bool = True,
        proxies: TrustedProxies | None = None,
        reads_write: bool = False,
        **options: Any,
    ) -> None:
        host = Host(tokens_in_cookies=True)
        self.accounts = host.accounts
        self.written: list[str | None] = []
        services = Services()
        read = Handler(lambda request, tx, caller: f"of {caller.user_name}", writes=reads_write)
        services.add(Notes, get=read, post=self._write, put=self._write)
        services.add(Keep, post=self._write)
        sign_in.register(services, host.accounts, host.authentication, tokens_in_cookies=tokens_in_cookies)
        registration.register(services, host.accounts, host.authentication, tokens_in_cookies=tokens_in_cookies)
        events = ServerEvents(
            authentication=host.authentication, options=EventOptions(limits_to_authenticated_users=True)
        )
        events.register(services)
        engine = standard_engine(
            services, InlineUnits(), authentication=host.authentication, events=events, options=EngineOptions(**options)
        )
        self.app = AsgiApp(engine, limits=BodyLimits(), proxies=proxies)
        found = host.sign_in()
        self.cookie = "; ".join(value.partition(";")[0] for name, value in found.headers if name == "Set-Cookie")

    def _write(self, request: Any, tx: Any, caller: Any) -> str:
        self.written.append(getattr(request, "text", "a file"))
        return "written"

    def call(
        self, method: str, target: str, body: bytes | None = None, sent: Mapping[str, str] | None = None, **more: str
    ) -> Answer:
        """The response to a signed-in browser."""
        headers = {"Accept": "application/json", "Content-Type": "application/json", "Cookie": self.cookie}
        return call(self.app, method, target, body, headers={**headers, **(sent or {}), **more})

    def kept(self, cookie: str) -> str:
        """The value of one of Ann's cookies, for programs that send it themselves."""
        return next(pair.partition("=")[2] for pair in self.cookie.split("; ") if pair.startswith(f"{cookie}="))

    def is_signed_in(self) -> bool:
        return self.call("GET", "/notes").status == 200


def refused(answer: Answer) -> bool:
    """Whether the response is a 403 that names the setting and changes no cookie."""
    assert answer.status == 403
    assert b"Forbidden" in answer.body
    assert b"cors_origins" in answer.body
    return answer.header("set-cookie") is None


@pytest.mark.parametrize("sent", FOREIGN)
@pytest.mark.parametrize(
    ("method", "target", "body", "more"),
    [
        ("POST", "/notes", b'{"text":"a"}', {}),
        ("POST", "/notes", b"text=a", FORM),
        ("POST", "/json/reply/Notes", b'{"text":"a"}', {"Content-Type": "text/plain"}),
        ("POST", "/api/Notes", None, {}),
        ("POST", "/json/reply/Notes[]", b'[{"text":"a"}]', {"Content-Type": "text/plain"}),
        ("POST", "/notes", b"X-Http-Method-Override=PUT&text=a", FORM),
        ("POST", "/notes?X-Http-Method-Override=GET", b"text=a", FORM),
        ("GET", "/notes", None, {}),
        ("HEAD", "/notes", None, {}),
        ("GET", "/notes.csv", None, {}),
        ("GET", "/json/reply/Notes?text=a", None, {}),
        ("GET", "/event-stream", None, {"Accept": "text/event-stream"}),
        ("GET", "/event-subscribers", None, {}),
        ("POST", "/event-subscribers/1", b"{}", {}),
        ("GET", "/event-unregister?id=1", None, {}),
        ("GET", "/auth", None, {}),
        ("POST", "/session-to-token", b"{}", {}),
    ],
)
def test_a_page_of_another_site_cannot_act_with_the_users_cookies(
    method: str, target: str, body: bytes | None, more: dict[str, str], sent: dict[str, str]
) -> None:
    site = Site()

    answer = site.call(method, target, body, sent | more)

    assert refused(answer)
    assert site.written == []


@pytest.mark.parametrize("sent", OWN_PAGES)
def test_own_pages_and_programs_are_not_affected(sent: dict[str, str]) -> None:
    site = Site()

    assert site.call("POST", "/notes", b'{"text":"a"}', sent).status == 200
    assert site.call("GET", "/notes", None, sent).body == b"of ann"
    assert site.call("POST", "/auth/credentials", CREDENTIALS, sent).status == 200
    assert site.call("GET", "/auth/logout", None, sent).status == 200
    assert not site.is_signed_in()


@pytest.mark.parametrize("sent", FOREIGN)
def test_a_page_of_another_site_without_cookies_is_anonymous(sent: dict[str, str]) -> None:
    site = Site()
    token = site.kept("ss-tok")

    assert site.call("GET", "/notes", None, sent, Cookie="theme=dark; X-UAId=1; ss-opt=temp").status == 401
    assert site.call("GET", "/notes", None, sent, Cookie="", Authorization=f"Bearer {token}").status == 200


@pytest.mark.parametrize("cookie", ["ss-tok", "ss-reftok", "ss-id"])
def test_every_credential_cookie_is_protected(cookie: str) -> None:
    site = Site()
    value = next(pair for pair in site.cookie.split("; ") if pair.startswith(f"{cookie}="))

    assert refused(site.call("POST", "/notes", b"{}", FOREIGN[0], Cookie=value))


@pytest.mark.parametrize("cookie", [True, False])
@pytest.mark.parametrize("sent", FOREIGN)
@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/auth/credentials", CREDENTIALS),
        ("/auth/login", CREDENTIALS),
        ("/auth", CREDENTIALS),
        ("/authenticate", CREDENTIALS),
        ("/api/Authenticate", CREDENTIALS),
        ("/json/reply/Authenticate", CREDENTIALS),
        ("/json/reply/Authenticate[]", b"[%s]" % CREDENTIALS),
        ("/register", json.dumps({"userName": "new", "password": "p", "autoLogin": True}).encode()),
    ],
)
def test_a_page_of_another_site_cannot_sign_in(target: str, body: bytes, sent: dict[str, str], cookie: bool) -> None:
    more = {} if cookie else {"Cookie": ""}

    assert refused(Site().call("POST", target, body, sent, **more))


def test_a_form_of_another_site_cannot_sign_in() -> None:
    body = f"UserName=ann&Password={PASSWORD}".encode()
    sent = {"Origin": "https://evil.example", "Cookie": "", "Accept": "text/html", **FORM}

    answer = Site().call("POST", "/auth/credentials?continue=/", body, sent)

    assert answer.status == 403
    assert b"cors_origins" in answer.body
    assert answer.header("set-cookie") is None


def test_a_form_of_another_site_cannot_set_another_users_token_cookies() -> None:
    site = Site()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"RefreshToken={site.kept('ss-reftok')}".encode()

    assert refused(site.call("POST", "/access-token", body, {**FOREIGN[0], **form}, Cookie=""))
    assert site.call("POST", "/access-token", body, form, Cookie="").status == 200


def test_any_page_may_exchange_a_token_in_the_body() -> None:
    site = Site(tokens_in_cookies=False)
    body = json.dumps({"refreshToken": site.kept("ss-reftok")}).encode()

    assert site.call("POST", "/access-token", body, FOREIGN[0], Cookie="").status == 200


@pytest.mark.parametrize("sent", [*FOREIGN, LINK])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize("target", ["/auth/logout", "/json/reply/AuthenticateLogout", "/auth?provider=logout"])
def test_a_page_of_another_site_cannot_sign_out(method: str, target: str, sent: dict[str, str]) -> None:
    site = Site()

    assert refused(site.call(method, target, b"{}" if method == "POST" else None, sent))
    assert site.call(method, target, None, sent, Cookie="").status == 403
    assert site.is_signed_in()


@pytest.mark.parametrize("target", ["/auth/logout", "/json/reply/AuthenticateLogout", "/auth/logout?continue=/"])
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_head_request_does_not_sign_out(target: str, accept: str) -> None:
    site = Site()

    answer = site.call("HEAD", target, Accept=accept)

    assert (answer.status, answer.header("set-cookie")) == (200, None)
    assert site.is_signed_in()


@pytest.mark.parametrize(
    "target", ["/notes?callback=cb", "/notes.json?Callback=cb", "/json/reply/Notes?callback=cb&text=a"]
)
@pytest.mark.parametrize("sent", OWN_PAGES)
def test_jsonp_ignores_cookies(target: str, sent: dict[str, str]) -> None:
    answer = Site().call("GET", target, None, sent)

    assert answer.body.startswith(b"cb(")
    assert b"Unauthorized" in answer.body
    assert answer.header("set-cookie") is None


def test_jsonp_accepts_other_credentials() -> None:
    site = Site()
    answer = site.call("GET", "/notes?callback=cb", Cookie="", Authorization=f"Bearer {site.kept('ss-tok')}")

    assert answer.body == b"cb(of ann)"


def test_jsonp_cannot_sign_in_or_out() -> None:
    site = Site()

    out = site.call("GET", "/auth/logout?callback=cb")
    into = site.call("POST", "/auth/credentials?callback=cb", CREDENTIALS)

    assert out.header("set-cookie") is into.header("set-cookie") is None
    assert site.is_signed_in()


@pytest.mark.parametrize(
    ("referrer", "signs_out"),
    [
        ("http://evil.example/page", False),
        ("http://parlour.test:8081/", False),
        ("https://parlour.test/", False),
        ("http://parlour.test.evil.example/", False),
        ("about:blank", False),
        ("http://parlour.test/settings?a=b", True),
        ("http://Parlour.test:80", True),
        (None, True),
    ],
)
def test_sign_out_checks_the_referrer_if_there_is_no_origin(referrer: str | None, signs_out: bool) -> None:
    site = Site()

    answer = site.call("GET", "/auth/logout", None, {} if referrer is None else {"Referer": referrer})

    assert answer.status == (200 if signs_out else 403)
    assert site.is_signed_in() != signs_out
    assert site.call("GET", "/notes", None, {"Referer": "http://evil.example/"}).status == (401 if signs_out else 200)


def test_links_of_other_sites_may_open_read_only_pages() -> None:
    site = Site()

    assert site.call("GET", "/notes", None, LINK).body == b"of ann"
    assert refused(site.call("GET", "/notes", None, LINK | {"Sec-Fetch-Dest": "iframe"}))
    assert refused(site.call("GET", "/notes", None, LINK | {"Sec-Fetch-Mode": "no-cors"}))
    assert refused(site.call("POST", "/notes", b"text=a", LINK | FORM))
    assert refused(Site(reads_write=True).call("GET", "/notes", None, LINK))


@pytest.mark.parametrize("path", ["/metadata", "/", "/openapi.json", "/nowhere"])
def test_public_pages_are_shown_from_links_of_any_site(path: str) -> None:
    assert Site().call("GET", path, None, {"Sec-Fetch-Site": "cross-site"}).status != 403


@pytest.mark.parametrize("sent", FOREIGN)
def test_uploads_from_other_sites_are_refused_unread(sent: dict[str, str]) -> None:
    site = Site()
    body = b'--X\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nabc\r\n--X--\r\n'
    form = {"Content-Type": "multipart/form-data; boundary=X"}

    assert refused(site.call("POST", "/files", body, sent | form))
    assert site.written == []
    assert site.call("POST", "/files", body, form).status == 200
    assert site.call("POST", "/files?callback=cb", body, form).status != 403
    assert site.written == ["a file"]


def test_pages_of_a_listed_origin_may_act_like_own_pages() -> None:
    site = Site(cors=Cors(origins=[GOOD], credentials=True))
    sent = {"Origin": GOOD, "Sec-Fetch-Site": "cross-site"}

    assert site.call("OPTIONS", "/notes", None, sent).status == 200
    assert site.call("POST", "/notes", b"{}", sent).header("access-control-allow-origin") == GOOD
    assert site.call("POST", "/auth/credentials", CREDENTIALS, sent).status == 200
    assert refused(site.call("POST", "/notes", b"{}", {"Origin": "https://good.example:8443"}))
    assert site.call("POST", "/auth/logout", b"{}", sent).status == 200
    assert not site.is_signed_in()


def test_with_any_origin_allowed_cookies_are_still_refused() -> None:
    site = Site(cors=Cors())
    sent = {"Origin": GOOD, "Sec-Fetch-Site": "cross-site"}
    token = site.kept("ss-tok")

    assert site.call("GET", "/notes", None, sent, Cookie="", Authorization=f"Bearer {token}").status == 200
    assert refused(site.call("GET", "/notes", None, sent))
    assert refused(site.call("POST", "/auth/credentials", CREDENTIALS, sent, Cookie=""))


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"base_url": "https://chat.example"}, {"Origin": "https://chat.example"}),
        ({"base_url": "https://Chat.example:443/app"}, {"Origin": "https://chat.example"}),
        ({}, {"Origin": "https://parlour.test", "X-Forwarded-Proto": "https"}),
        ({}, {"Origin": "https://parlour.test", "Sec-Fetch-Site": "same-origin"}),
        (
            {"proxies": TrustedProxies(["127.0.0.1"])},
            {
                "Origin": "https://chat.example",
                "X-Forwarded-For": "192.0.2.1",
                "X-Forwarded-Proto": "https",
                "X-Forwarded-Host": "chat.example",
            },
        ),
    ],
)
def test_behind_a_proxy_the_own_origin_is_the_address_that_clients_see(
    options: dict[str, Any], sent: dict[str, str]
) -> None:
    assert Site(**options).call("POST", "/notes", b"{}", sent).status == 200


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"base_url": "https://chat.example"}, {"Origin": "http://chat.example"}),
        ({}, {"Origin": "https://chat.example", "X-Forwarded-Host": "chat.example"}),
        (
            {"proxies": TrustedProxies(["127.0.0.1"])},
            {
                "Origin": OWN,
                "X-Forwarded-For": "192.0.2.1",
                "X-Forwarded-Proto": "https",
                "X-Forwarded-Host": "chat.example",
            },
        ),
    ],
)
def test_behind_a_proxy_other_addresses_are_other_sites(options: dict[str, Any], sent: dict[str, str]) -> None:
    assert refused(Site(**options).call("POST", "/notes", b"{}", sent))


@pytest.mark.parametrize("accept", ["application/xml", "text/html", "text/csv"])
def test_the_refusal_is_in_the_requested_format(accept: str) -> None:
    answer = Site().call("POST", "/notes", b"{}", FOREIGN[0], Accept=accept)

    assert (answer.status, (answer.header("content-type") or "").partition(";")[0]) == (403, accept)
    assert b"cors_origins" in answer.body
