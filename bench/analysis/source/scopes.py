"""The functions and classes of a source file: which lines are whose, and whether two versions of one are the same code.

A file that this Python can't parse, such as one of a newer Python, is read line by line: its functions are known then,
but not what is in them.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from bench.analysis.source.changed_lines import LineRange

MODULE = "<module>"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.ClassDef)
_SCOPE_START = re.compile(r"(?:async\s+)?(def|class)\s+(\w+)")
_LONGEST = 2_000_000
"""Larger files, which nobody writes by hand, are read line by line too."""
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Code = tuple[str, ...]


@dataclass(frozen=True)
class ScopedSource:
    """One version of a file. `owners` has the scope of each line, from line 1 on, by its qualified name; `kinds` says
    what a scope is, and `nodes` has its statements, of which there are several where a name is defined again."""

    owners: Sequence[str]
    kinds: Mapping[str, str]
    nodes: Mapping[str, Sequence[ast.Module | _Scope]] = field(default_factory=dict)

    def lines(self, spans: Iterable[LineRange]) -> dict[str, list[int]]:
        """The lines of these spans by the scope that they are in, the innermost."""
        found: dict[str, list[int]] = defaultdict(list)
        for span in spans:
            for line in range(span.first, min(span.last, len(self.owners)) + 1):
                found[self.owners[line - 1]].append(line)
        return found

    def code(self, scope: str) -> _Code | None:
        """What a scope does, without its place, comments and documentation, and without the scopes in it; None where
        it isn't known."""
        nodes = self.nodes.get(scope)
        return None if nodes is None else tuple(token for node in nodes for token in _code(node))

    @cached_property
    def uses(self) -> dict[str, frozenset[str]]:
        """By function, the names in its body, and `.name` of attributes."""
        functions = {name: nodes for name, nodes in self.nodes.items() if self.kinds[name] == "function"}
        return {name: frozenset(one for node in nodes for one in _used(node)) for name, nodes in functions.items()}

    def statements(self, scope: str) -> list[tuple[LineRange, _Code, frozenset[str]]]:
        """What stands in a module or a class outside of its functions and classes: lines, code, and what it names."""
        return [
            (LineRange(one.lineno, one.end_lineno or one.lineno), tuple(_code(one)), frozenset(_bound(one)))
            for node in self.nodes.get(scope, ())
            for one in node.body
            if not isinstance(one, _SCOPES)
        ]


def source(text: bytes) -> ScopedSource:
    """Of a file's content, whatever it is."""
    if len(text) <= _LONGEST:
        try:
            with warnings.catch_warnings(action="ignore"):  # such as of an escape that is none: not ours to tell
                module = ast.parse(text)
            return _parsed(module, text.count(b"\n") + 1)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
    return _scanned(text.decode("utf-8", "replace").split("\n"))


def _parsed(module: ast.Module, lines: int) -> ScopedSource:
    owners = [MODULE] * lines
    kinds, nodes = {MODULE: "module"}, defaultdict[str, list[ast.Module | _Scope]](list, {MODULE: [module]})
    todo: list[tuple[ast.AST, str]] = [(module, "")]  # no recursion: what is generated may lie very deep
    while todo:
        node, prefix = todo.pop()
        inner = prefix
        if isinstance(node, _SCOPES):
            name = prefix + node.name
            first = min((one.lineno for one in node.decorator_list), default=node.lineno)
            last = node.end_lineno or node.lineno
            owners[first - 1 : last] = [name] * (min(last, lines) - first + 1)
            kinds[name] = "class" if isinstance(node, ast.ClassDef) else "function"
            nodes[name].append(node)
            inner = f"{name}." if isinstance(node, ast.ClassDef) else f"{name}.<locals>."
        todo += [(child, inner) for child in reversed(list(ast.iter_child_nodes(node)))]
    return ScopedSource(owners, kinds, nodes)


def _scanned(lines: Sequence[str]) -> ScopedSource:
    """A scope goes on to the next code that is indented no deeper; decorators belong to what follows them."""
    owners, kinds = [MODULE] * len(lines), {MODULE: "module"}
    outer: list[tuple[int, str, str]] = []  # how far it is indented, its name, and what stands before names in it
    decorated: int | None = None
    for index, line in enumerate(lines):
        text = line.lstrip()
        if text[:1].isidentifier():
            indent = len(line[: -len(text)].expandtabs())
            outer = [one for one in outer if one[0] < indent]
        elif text.startswith("@") and decorated is None:
            decorated = index
        if (matched := _SCOPE_START.match(text)) is not None:
            name = (outer[-1][2] if outer else "") + matched[2]
            kinds[name] = "class" if matched[1] == "class" else "function"
            outer.append((indent, name, f"{name}." if matched[1] == "class" else f"{name}.<locals>."))
            above = index if decorated is None else decorated
            owners[above:index] = [name] * (index - above)
            decorated = None
        owners[index] = outer[-1][1] if outer else MODULE
    return ScopedSource(owners, kinds)


def _code(root: ast.AST) -> Iterator[str]:
    """Its tokens, parents first, without the scopes in it."""
    todo: list[object] = [root]
    while todo:
        one = todo.pop()
        if isinstance(one, ast.AST):
            yield type(one).__name__
            values = [value for _, value in ast.iter_fields(one)]
            todo += reversed([_undocumented(value) for value in values] if one is root else values)
        elif isinstance(one, list):
            own = [item for item in one if not isinstance(item, _SCOPES)]
            yield str(len(own))
            todo += reversed(own)
        else:
            yield repr(one)


def _undocumented(value: object) -> object:
    """A body without its documentation."""
    match value:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
    return value


def _inside(root: ast.AST) -> Iterator[ast.AST]:
    """It and all in it, but not what is in scopes in it."""
    todo = [root]
    while todo:
        one = todo.pop()
        yield one
        todo += [child for child in ast.iter_child_nodes(one) if not isinstance(child, _SCOPES)]


def _used(function: ast.AST) -> Iterator[str]:
    """Decorators aside: they ran when the module was imported."""
    for statement in getattr(function, "body", ()):
        for one in () if isinstance(statement, _SCOPES) else _inside(statement):
            if isinstance(one, ast.Name):
                yield one.id
            elif isinstance(one, ast.Attribute):
                yield f".{one.attr}"


def _bound(statement: ast.AST) -> Iterator[str]:
    for one in _inside(statement):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        elif isinstance(one, ast.alias):
            yield one.asname or one.name.partition(".")[0]


def spans(lines: Iterable[int]) -> list[LineRange]:
    """Lines that follow each other, together."""
    runs = (list(run) for _, run in groupby(enumerate(sorted(set(lines))), lambda pair: pair[1] - pair[0]))
    return [LineRange(run[0][1], run[-1][1]) for run in runs]
