"""A Python file, read without being run: its literals, its docstring, the names that it binds, its helpers."""

from __future__ import annotations

import ast
import hashlib
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.util import decode_source
from pathlib import Path
from typing import Self

from bench.model.errors import RefusedError

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_CONSTANT = (ast.Constant, ast.Dict, ast.List, ast.Tuple, ast.Set, ast.UnaryOp)


class CatalogError(RefusedError):
    """A target or scenario that can't be used: the message names the file, the key and the next step."""


@dataclass(frozen=True)
class Source:
    """The bytes of one file, and what they parse to."""

    path: Path
    code: bytes
    tree: ast.Module
    names: symtable.SymbolTable

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises CatalogError for a file that can't be read, or isn't Python."""
        try:
            return cls._parsed(path, path.read_bytes())
        except OSError as error:
            raise CatalogError(f"{path}: can't be read ({error.strerror}); check its name and permissions") from error
        except SyntaxError as error:
            raise CatalogError(f"{path}, line {error.lineno or 1}: {error.msg}; it must be valid Python") from error
        except ValueError as error:
            raise CatalogError(f"{path}: {error}; it must be valid Python") from error

    @classmethod
    @lru_cache(maxsize=1024)  # a helper is read with each of the targets that import it
    def _parsed(cls, path: Path, code: bytes) -> Self:
        text = decode_source(code)
        return cls(path, code, ast.parse(text), symtable.symtable(text, path.name, "exec"))

    @property
    def description(self) -> str:
        """The first paragraph of the docstring, on one line; empty without one."""
        return " ".join((ast.get_docstring(self.tree) or "").partition("\n\n")[0].split())

    def literal(self, name: str) -> object:
        """The value of the module's `name = …`. Raises CatalogError when that is missing, or has to be computed."""
        for statement in self.tree.body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=bound)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as value)
                ) if bound == name:
                    return self._evaluate(name, value)
        raise CatalogError(
            f"{self.path}: no {name}; assign a literal dict to it, or start the file name with _ if it is a helper"
        )

    def binds(self, name: str) -> bool:
        """Whether the module assigns, defines or imports `name`."""
        try:
            symbol = self.names.lookup(name)
        except KeyError:
            return False
        return symbol.is_assigned() or symbol.is_imported()

    def sha256(self, beside: str = "") -> str:
        """A hash over the file, every helper that it imports, directly or through another helper, and what lies
        `beside` it."""
        digest = hashlib.sha256(self.code + beside.encode())
        for path, helper in sorted(self._helpers({}).items()):
            digest.update(path.name.encode() + b"\0" + hashlib.sha256(helper.code).digest())
        return digest.hexdigest()

    def _evaluate(self, name: str, value: ast.expr) -> object:
        try:
            return ast.literal_eval(value)
        except (ValueError, TypeError) as error:
            inner = (node for node in ast.walk(value) if isinstance(node, ast.expr))
            computed = next((node for node in inner if not isinstance(node, _CONSTANT)), value)
            raise CatalogError(
                f"{self.path}, line {computed.lineno}: `{ast.unparse(computed)}` in {name} isn't a literal; "
                "write constants only, since the file is read without being run"
            ) from error

    def _helpers(self, known: dict[Path, Source]) -> dict[Path, Source]:
        """`known`, grown by the `_*.py` files beside this one that it imports, and by those that they import."""
        for module in self._imports:
            path = self.path.with_name(f"{module}.py")
            if module.startswith("_") and path not in known and path.is_file():
                known[path] = Source.read(path)
                known[path]._helpers(known)
        return known

    @cached_property
    def _imports(self) -> set[str]:
        """The top-level names of the modules imported anywhere in the file."""
        modules: set[str] = set()
        for node in _statements(self.tree):
            if isinstance(node, ast.Import):
                modules.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module)
        return {module.partition(".")[0] for module in modules}


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All within a node, however deep: what is in expressions would take ten times as long, and is no import."""
    for block in _BLOCKS:
        for child in getattr(node, block, ()):
            yield child
            yield from _statements(child)
