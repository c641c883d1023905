"""Browsers get the console, programs get what they get without it. A small bundle stands in for the real one."""

import gzip
from pathlib import Path

import brotli  # type: ignore[import-untyped] # it has no types
import pytest

from parlour.app import NOT_BUILT, build
from parlour.config import Settings
from parlour.console.bundle import Bundle, read_bundle
from parlour.engine.http.asgi import AsgiApp
from parlour.store.database import Database
from tests.support.asgi_face import Answer, call

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

PAGE = b"""<!DOCTYPE html>
<link rel="stylesheet" href="/assets/main-AB12.css"><script src="/assets/main-AB12.js"></script>"""
SCRIPT = b"console.log('Parlour');" * 20

VIEWS = [
    "/",
    "/sign-in",
    "/invite",
    "/chats",
    "/chats/0a1b",
    "/chats/0a1b/m/2c3d",
    "/contacts?search=ada",
    "/contacts/0a1b",
    "/invitations",
    "/administration",
    "/me",
    "/search",
]
FILES = {
    "/assets/main-AB12.js": "text/javascript; charset=utf-8",
    "/assets/main-AB12.css": "text/css; charset=utf-8",
    "/sw.js": "text/javascript; charset=utf-8",
    "/manifest.webmanifest": "application/manifest+json",
    "/icons/192.png": "image/png",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the build writes it."""
    dist = tmp_path / "dist"
    for path in FILES:
        place = dist / path[1:]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(SCRIPT if path.endswith(".js") else b"x")
    (dist / "index.html").write_bytes(PAGE)
    for name in ("index.html", "assets/main-AB12.js"):
        plain = (dist / name).read_bytes()
        (dist / f"{name}.gz").write_bytes(gzip.compress(plain))
        (dist / f"{name}.br").write_bytes(brotli.compress(plain))
    (dist / ".sources").write_text("what it was built from")
    return dist


@pytest.fixture
def bundle(folder: Path) -> Bundle:
    read = read_bundle(folder)
    assert read is not None
    return read


@pytest.fixture
def app(database: Database, bundle: Bundle) -> AsgiApp:
    return build(Settings(secret_key="k" * 32), database, bundle).asgi


@pytest.fixture
def plain_app(database: Database) -> AsgiApp:
    return build(Settings(secret_key="k" * 32), database).asgi


def shown(answer: Answer) -> tuple[int, list[tuple[str, str]], bytes]:
    return answer.status, answer.headers, answer.body


@pytest.mark.parametrize("path", VIEWS)
def test_a_browser_gets_the_page_at_the_address_of_every_view(app: AsgiApp, path: str) -> None:
    answer = call(app, "GET", path, headers=BROWSER)

    assert (answer.status, answer.body) == (200, PAGE)
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert answer.header("cache-control") == "no-cache"
    assert answer.header("vary") == "Accept, Accept-Encoding"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
@pytest.mark.parametrize("path", VIEWS)
def test_a_program_gets_what_it_gets_without_a_console(
    app: AsgiApp, plain_app: AsgiApp, path: str, accept: str, method: str
) -> None:
    with_console = call(app, method, path, headers={"Accept": accept})

    assert shown(with_console) == shown(call(plain_app, method, path, headers={"Accept": accept}))


@pytest.mark.parametrize(
    "path", ["/chat", "/chats/0a1b/m", "/chats/0a1b/x/2c3d", "/contacts/0a1b/x", "/Me", "/metadata"]
)
def test_other_addresses_are_left_to_the_engine(app: AsgiApp, plain_app: AsgiApp, path: str) -> None:
    assert call(app, "GET", path, headers=BROWSER).status == call(plain_app, "GET", path, headers=BROWSER).status
    assert call(app, "GET", path, headers=BROWSER).body != PAGE


@pytest.mark.parametrize("path", FILES)
def test_files_have_their_type_and_only_hashed_ones_are_kept(app: AsgiApp, path: str) -> None:
    answer = call(app, "GET", path)

    is_hashed = path.startswith("/assets/")
    assert (answer.status, answer.header("content-type")) == (200, FILES[path])
    assert answer.header("cache-control") == ("public, max-age=31536000, immutable" if is_hashed else "no-cache")


@pytest.mark.parametrize("path", [*FILES, "/"])
def test_everything_has_a_policy_that_allows_nothing_inline_or_foreign(app: AsgiApp, path: str) -> None:
    answer = call(app, "GET", path, headers=BROWSER)

    policy = answer.header("content-security-policy")
    assert policy is not None
    directives = dict(each.split(" ", 1) for each in policy.split("; "))
    assert directives["default-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert directives["require-trusted-types-for"] == "'script'"
    assert {
        each for name, each in directives.items() if name.endswith("-src") and name not in ("default-src", "img-src")
    } == {"'self'"}
    assert answer.header("referrer-policy") == "no-referrer"
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("cross-origin-opener-policy") == "same-origin"
    assert "microphone=()" in (answer.header("permissions-policy") or "")


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, GZIP;q=0.5", "gzip"),
        ("br;q=0.0,gzip;q=0.000", None),
        ("identity", None),
        ("", None),
    ],
)
def test_a_file_is_sent_in_the_best_form_the_browser_accepts(app: AsgiApp, accepted: str, encoding: str | None) -> None:
    answer = call(app, "GET", "/assets/main-AB12.js", headers={"Accept-Encoding": accepted})

    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert answer.header("content-encoding") == encoding
    assert unpack(answer.body) == SCRIPT
    assert answer.header("vary") == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/", "/sw.js", "/assets/main-AB12.js"])
@pytest.mark.parametrize("known", ["{0}", 'W/{0}, "other"', '"other", {0}', "*"])
def test_what_the_browser_has_is_not_sent_again(app: AsgiApp, path: str, known: str) -> None:
    headers = {**BROWSER, "Accept-Encoding": "br"}
    first = call(app, "GET", path, headers=headers)
    again = call(app, "GET", path, headers={**headers, "If-None-Match": known.format(first.header("etag"))})
    plain = call(app, "GET", path, headers={**BROWSER, "If-None-Match": '"other"'})

    assert (again.status, again.body, again.header("etag")) == (304, b"", first.header("etag"))
    assert again.header("cache-control") == first.header("cache-control")
    assert plain.status == 200


def test_each_form_of_a_file_has_a_tag_of_its_own(app: AsgiApp) -> None:
    tags = {
        call(app, "GET", "/assets/main-AB12.js", headers={"Accept-Encoding": each}).header("etag")
        for each in ("br", "gzip", "")
    }

    assert len(tags) == 3


def test_head_has_the_headers_without_the_file(app: AsgiApp) -> None:
    got, head = (call(app, method, "/assets/main-AB12.js") for method in ("GET", "HEAD"))

    assert head.headers == got.headers


@pytest.mark.parametrize("path", FILES)
def test_files_are_only_read(app: AsgiApp, path: str) -> None:
    answer = call(app, "POST", path, b"")

    assert (answer.status, answer.header("allow")) == (405, "GET, HEAD")


def test_nothing_but_the_files_of_the_bundle_is_served(app: AsgiApp, plain_app: AsgiApp) -> None:
    for path in ("/.sources", "/assets/main-AB12.js.gz", "/assets/other.js", "/assets/..%2Fsw.js", "/dist/sw.js"):
        assert call(app, "GET", path).status == call(plain_app, "GET", path).status == 404


def test_without_a_bundle_there_is_no_console_and_the_pages_of_the_api_say_why(
    tmp_path: Path, plain_app: AsgiApp
) -> None:
    assert read_bundle(tmp_path) is None
    leads = call(plain_app, "GET", "/", headers=BROWSER)
    assert (leads.status, leads.header("location")) == (302, "/metadata")
    assert NOT_BUILT in call(plain_app, "GET", "/metadata", headers=BROWSER).body.decode()


def test_the_pages_of_the_api_say_nothing_about_a_console_that_is_there_or_off(
    database: Database, app: AsgiApp
) -> None:
    off = build(Settings(secret_key="k" * 32, console=False), database).asgi

    for each in (app, off):
        assert b"console" not in call(each, "GET", "/metadata", headers=BROWSER).body


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_browser_that_signs_out_is_sent_to_the_sign_in_and_a_program_gets_the_answer(
    app: AsgiApp, plain_app: AsgiApp, method: str
) -> None:
    answer = call(app, method, "/auth/logout", headers=BROWSER)

    assert (answer.status, answer.header("location")) == (302, "/sign-in?signed-out")
    assert "ss-id=;" in (answer.header("set-cookie") or "")
    assert call(app, method, "/auth/logout?continue=/me", headers=BROWSER).header("location") == "/me"
    assert call(app, method, "/auth/logout?noredirect", headers=BROWSER).status == 200
    assert call(plain_app, method, "/auth/logout", headers=BROWSER).status == 200
    for accept in ("*/*", "application/json"):
        answers = [call(each, method, "/auth/logout", headers={"Accept": accept}) for each in (app, plain_app)]
        assert [(each.status, each.body) for each in answers] == [(200, b"{}")] * 2


def test_a_browser_that_is_not_signed_in_is_sent_to_the_sign_in(app: AsgiApp) -> None:
    answer = call(app, "GET", "/v1/Chat", headers=BROWSER)

    assert answer.status == 302
    assert answer.header("location") == "http://parlour.test/sign-in?redirect=http%3a%2f%2fparlour.test%2fv1%2fChat"
    assert call(app, "GET", "/v1/Chat", headers={"Accept": "application/json"}).status == 401
