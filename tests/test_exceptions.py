"""Exceptions are not changed after they were raised, as their holders do not expect that."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import parlour

ROOT = Path(parlour.__file__).parent


def changed_exceptions(source: str) -> Iterator[int]:
    """The lines that set an attribute of an exception which an `except` around them has caught."""
    handlers = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ExceptHandler))
    for handler in handlers:
        attributes = (node for node in ast.walk(handler) if isinstance(node, ast.Attribute))
        for attribute in attributes:
            owner = attribute.value
            if isinstance(attribute.ctx, ast.Store) and isinstance(owner, ast.Name) and owner.id == handler.name:
                yield attribute.lineno


def test_no_exception_is_changed_after_it_was_raised() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): lines
        for path in ROOT.rglob("*.py")
        if (lines := list(changed_exceptions(path.read_text())))
    }

    assert found == {}


@pytest.mark.parametrize("change", ["error.headers = ()", "error.headers += ()", "if True:\n        error.meta = None"])
def test_a_changed_exception_is_found(change: str) -> None:
    assert list(changed_exceptions(f"try:\n    pass\nexcept ValueError as error:\n    {change}\n"))
