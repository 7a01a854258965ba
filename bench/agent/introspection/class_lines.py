"""The lines at which the classes of a file begin, by qualified name: each file is read once, however many it has."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def class_lines(file: str) -> dict[str, int]:
    """With decorators; empty where the file can't be read as Python."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, int] = {}
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, within = waiting.pop()
        for below in ast.iter_child_nodes(node):
            name = within
            if isinstance(below, ast.ClassDef):
                found[within + below.name] = min([below.lineno, *(one.lineno for one in below.decorator_list)])
                name = f"{within}{below.name}."
            elif isinstance(below, (ast.FunctionDef, ast.AsyncFunctionDef)):
                name = f"{within}{below.name}.<locals>."
            waiting.append((below, name))
    return found
