"""The pages comply with their security policy, and their files fit together."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from parlour.console.invitation import FILES, repaired_link

ROOT = Path(__file__).parents[2]

TOKEN = "aB3-_" * 8 + "xyz"

HTML = FILES["/invite"].body.decode()
SCRIPT = FILES["/invite.js"].body.decode()
STYLE = FILES["/invite.css"].body.decode()


class Reader(HTMLParser):
    """Collects the elements that matter for the policy and for screen readers."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.lasttag in ("script", "style") and data.strip() and self.elements[-1][0] == self.lasttag:
            self.inline.append(data)

    def ids(self) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get("id"))]


@pytest.fixture
def page() -> Reader:
    reader = Reader()
    reader.feed(HTML)
    return reader


@pytest.mark.parametrize("path", FILES)
def test_every_file_is_sent_with_a_policy_that_allows_nothing_inline_or_foreign(path: str) -> None:
    headers = dict(FILES[path].headers)

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_runs_and_styles_nothing_inline(page: Reader) -> None:
    attributes = {name for _, found in page.elements for name in found}

    assert page.inline == []
    assert not {name for name in attributes if name.startswith("on")} | (attributes & {"style"})


def test_the_page_loads_only_its_own_files(page: Reader) -> None:
    loaded = [found.get("src") or found.get("href") for tag, found in page.elements if tag in ("script", "link", "img")]

    assert sorted(f"/{name}" for name in loaded) == ["/invite.css", "/invite.js"]
    assert {f"/{name}" for name in loaded} < set(FILES)
    assert "url(" not in STYLE and "@import" not in STYLE


def test_the_script_finds_every_element_it_asks_for(page: Reader) -> None:
    asked = set(re.findall(r'\bat\("([^"]+)"\)', SCRIPT))

    assert asked
    assert asked <= set(page.ids())
    assert len(page.ids()) == len(set(page.ids()))


def test_the_script_creates_no_markup_and_puts_no_token_in_a_url(page: Reader) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", SCRIPT)
    assert set(re.findall(r'ask\(\s*"([^"]+)"', SCRIPT)) == {
        "auth",
        "auth/credentials",
        "v1/invitations/preview",
        "v1/invitations/accept",
    }


def test_every_field_has_a_label_and_every_description_exists(page: Reader) -> None:
    labelled = {found.get("for") for tag, found in page.elements if tag == "label"}
    described = [found["aria-describedby"] for _, found in page.elements if "aria-describedby" in found]

    assert {found.get("id") for tag, found in page.elements if tag == "input"} == labelled
    assert {name for names in described for name in (names or "").split()} <= set(page.ids())
    assert any(found.get("lang") == "en" for tag, found in page.elements if tag == "html")
    assert any(found.get("name") == "viewport" for tag, found in page.elements if tag == "meta")


def test_the_page_has_colours_for_light_and_dark() -> None:
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")

    names = set(re.findall(r"(--[a-z-]+):", light))
    assert names and names == set(re.findall(r"(--[a-z-]+):", dark))


def test_the_colours_are_those_of_the_console() -> None:
    tokens = (ROOT / "console" / "src" / "styles" / "tokens.css").read_text()
    both = dict(re.findall(r"(--[a-z-]+): light-dark\((oklch\(.*?\), oklch\(.*?\))\);", tokens))

    light, dark = (
        dict(re.findall(r"(--[a-z-]+): (.*?);", part)) for part in STYLE.split("@media (prefers-color-scheme: dark)")
    )
    assert {name: f"{light[name]}, {dark[name]}" for name in light} == {name: both[name] for name in light}


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        (f"/invite#{TOKEN}", f"invite#{TOKEN}"),
        (f"/invite%2523{TOKEN}", f"invite#{TOKEN}"),
        (f"/invite/#{TOKEN}", f"../invite#{TOKEN}"),
        (f"/invite/{TOKEN}", f"../invite#{TOKEN}"),
        (f"/invite/{TOKEN}/", f"../../invite#{TOKEN}"),
        (f"/Invite#{TOKEN}&data=05", f"invite#{TOKEN}"),
        ("/invite/", "../invite"),
        ("/Invite", "invite"),
        ("/invite.", "invite"),
        ("/invite)", "invite"),
        ("/invite\u00a0", "invite"),
        ("/invite#", "invite"),
        (f"/invite#{TOKEN}x", "invite"),
        ("/invite/#'>https://other.example", "../../../invite"),
    ],
)
def test_a_link_that_a_scanner_broke_redirects_to_the_page(path: str, leads_to: str) -> None:
    assert repaired_link(path) == leads_to


@pytest.mark.parametrize(
    "path", ["/invite.css", "/invite.js", "/invites/x", "/invite2", "/v1/invite/x", "/api/contacts/x/invite/contact"]
)
def test_other_paths_are_not_redirected(path: str) -> None:
    assert repaired_link(path) is None
