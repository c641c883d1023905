"""References for JavaScript and TypeScript, checked with Node and the TypeScript compiler.

As recorded, TypeScript's references exclude themselves from checking. The compiler reads them and checks their use.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.stubs.services import open_services
from parlour.engine.serving.handlers import Services
from tests.engine.referenced import awkward_services, reference
from tests.support.node import node_modules

USE = {
    "open_services": """
        import { ChatRequest, Colour, InviteContact, ListItems } from "./dtos";
        const rooms: string[] = new ChatRequest({ chatId: "1" }).createResponse().chat!.map(chat => chat.chatId);
        const count: number = new ListItems({ count: 2 }).createResponse().length;
        const roles: string[] = new InviteContact().roles;
        const red: Colour = Colour.Red;
    """,
    "awkward_services": """
        import { FindNodes, Node, SortOrder } from "./dtos";
        const request = new FindNodes({ pageNumber: 1, sortOrder: SortOrder.Ascending });
        const found: Node[] | undefined = request.createResponse().nodes;
        const names: { [name: string]: string } = new FindNodes().names;
    """,
}  # fmt: skip

MISUSE = """
    import { ListItems } from "./dtos";
    const count: string = new ListItems({ count: "two" }).createResponse();
"""

Interface = Callable[[], Services]
both = pytest.mark.parametrize("services", [open_services, awkward_services])


@both
@pytest.mark.parametrize(("language", "suffix"), [("mjs", "mjs"), ("js", "cjs")])
def test_node_runs_generated_scripts(language: str, suffix: str, services: Interface, tmp_path: Path) -> None:
    node_modules()
    file = tmp_path / f"dtos.{suffix}"
    file.write_text(reference(services(), language))

    ran = subprocess.run(["node", str(file)], capture_output=True, text=True, timeout=60)

    assert ran.returncode == 0, ran.stderr


@both
def test_the_compiler_accepts_programs_that_use_the_classes(services: Interface, tmp_path: Path) -> None:
    (tmp_path / "dtos.ts").write_text(reference(services(), "typescript"))

    assert compiled(tmp_path, USE[services.__name__]) == ""


def test_the_compiler_rejects_wrong_use_of_the_classes(tmp_path: Path) -> None:
    (tmp_path / "dtos.ts").write_text(reference(open_services(), "typescript"))

    complaints = compiled(tmp_path, MISUSE)
    assert "TS2322" in complaints
    assert "program.ts(3" in complaints


@both
def test_the_compiler_accepts_declarations(services: Interface, tmp_path: Path) -> None:
    (tmp_path / "dtos.d.ts").write_text(reference(services(), "typescript.d"))

    assert compiled(tmp_path, '/// <reference path="dtos.d.ts" />') == ""


def compiled(folder: Path, program: str) -> str:
    """The compiler's errors for a program, or nothing."""
    (folder / "program.ts").write_text(program)
    tsc = node_modules() / "typescript" / "bin" / "tsc"
    options = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022", "--pretty", "false"]
    ran = subprocess.run(
        ["node", str(tsc), *options, "program.ts"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    return ran.stdout
