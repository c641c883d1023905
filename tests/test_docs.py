"""Compares the documentation with the code."""

import importlib
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest

from parlour import model
from parlour.cli import main
from parlour.config import describe, load
from parlour.engine.dto.declare import marks_of
from parlour.engine.dto.metadata import dto_type
from parlour.model.invitations import PARLOUR
from parlour.services.reasons import MEANINGS, Reason
from tests.support.documents import dead_links
from tools import pages
from tools.pages import DOCS

ROOT = DOCS.parent


@pytest.mark.parametrize("page", pages.PAGES)
def test_the_part_of_a_page_that_comes_from_the_code_is_as_the_code_says(page: str) -> None:
    assert (DOCS / page).read_text() == pages.written(page), "scripts/docs writes it anew"


def test_every_code_that_an_error_is_raised_with_is_explained() -> None:
    explained = set(re.findall(r"`(\w+)`", (DOCS / "errors.md").read_text()))
    raised = pages.error_codes_in_calls()

    assert "AccountExists" in raised
    assert raised - explained == set()


def test_every_reason_is_explained_and_given() -> None:
    services = "".join(path.read_text() for path in (ROOT / "src" / "parlour" / "services").glob("*.py"))
    given = set(re.findall(r"because\(\s*Reason\.(\w+)", services))

    assert given == {reason.name for reason in Reason} == {reason.name for reason in MEANINGS}


def test_every_member_of_our_own_types_says_what_it_is() -> None:
    modules = [importlib.import_module(f"parlour.model.{each.name}") for each in pkgutil.iter_modules(model.__path__)]
    classes = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    own = [dto_type(each) for each in classes if marks_of(each).get("namespace") == PARLOUR]

    assert len(own) > 100
    assert [f"{type_.name}.{each.name}" for type_ in own for each in type_.properties if not each.description] == []
    # Without a text of its own, a dataclass says how it is made.
    assert [type_.name for type_ in own if (type_.cls.__doc__ or "").startswith(f"{type_.name}(")] == []


def test_every_command_is_on_its_page() -> None:
    named = re.findall(r"^## parlour (.+)$", (DOCS / "commands.md").read_text(), re.MULTILINE)

    assert named == [" ".join(path) for path, _ in pages.commands()]
    assert {name.split()[0] for name in named} == set(main.commands)


def test_the_settings_file_shown_can_be_used(tmp_path: Path) -> None:
    [shown] = re.findall(r"```toml\n(.*?)```", (DOCS / "settings.md").read_text(), re.DOTALL)
    file = tmp_path / "parlour.toml"
    file.write_text(shown)

    assert load(environment={}, file=file).settings.base_url == "https://chat.example.org"


def test_links_between_pages_exist() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
            path, _, anchor = target.partition("#")
            if "://" in target:
                continue
            aim = page.parent / path if path else page
            assert aim.exists(), f"{page.name}: {target}"
            if anchor:
                heads = re.findall(r"^#+ (.+)$", aim.read_text(), re.MULTILINE)
                assert anchor in {head.lower().replace(" ", "-") for head in heads}, f"{page.name}: {target}"


def test_the_security_page_is_found_and_names_what_there_is() -> None:
    page = ROOT / "SECURITY.md"
    settings = {each.name for each in describe()}
    named = set(re.findall(r"`([a-z]+_[a-z_]+)`", page.read_text()))

    assert "](SECURITY.md)" in (ROOT / "README.md").read_text()
    assert dead_links(page) == []
    assert {"base_url", "trusted_proxies"} <= named <= settings


def test_the_changelog_has_a_section_for_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_page_for_contributors_is_found_and_shows_what_there_is() -> None:
    page = ROOT / "CONTRIBUTING.md"
    text = page.read_text()
    sources = "".join(each.read_text() for each in (ROOT / "src").rglob("*.py"))
    gates = set(re.findall(r"^gate (\w+) ", (ROOT / "scripts" / "test").read_text(), re.MULTILINE)) | {"long"}
    [table] = re.findall(r"\| gate \|.*?\n\n", text, re.DOTALL)
    named = [name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]

    assert "](CONTRIBUTING.md)" in (ROOT / "README.md").read_text()
    assert dead_links(page) == []
    assert set(named) == gates
    for shown in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        assert shown in sources
