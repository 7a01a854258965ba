"""The functions of a file that a difference touches: those whose code it changes, and those that use a name whose value
it changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.analysis.source.changed_lines import FileChange, Hunk, LineRange
from bench.analysis.source.scopes import MODULE, ScopedSource


@dataclass(frozen=True)
class Touched:
    """A function by its qualified name, or a class or the module (`<module>`) whose code outside of functions changed.
    `file` and `lines` are the changed lines as the head has them, or as the base has of what the head lacks.

    `in_base` and `in_head` say which side has it.
    """

    scope: str
    kind: str
    file: str
    lines: LineRange
    in_base: bool
    in_head: bool

    @property
    def at(self) -> str:
        """`app/routes.py:12-14`."""
        first, last = self.lines
        return f"{self.file}:{first}" if first >= last else f"{self.file}:{first}-{last}"


def touched(change: FileChange, base: ScopedSource | None, head: ScopedSource | None) -> list[Touched]:
    """In the order of the head's lines, functions before what stands outside of them. A side that lacks the file has no
    source."""
    changed = _changed(change, base, head)
    direct = [
        _of(change, scope, lines, _kind(scope, base, head), (base, head)) for scope, lines in changed.items() if lines
    ]
    known = {one.scope for one in direct}
    using = [one for one in _using(change, changed, base, head) if one.scope not in known]
    return sorted((*direct, *using), key=lambda one: (one.kind != "function", one.lines))


def _changed(change: FileChange, base: ScopedSource | None, head: ScopedSource | None) -> dict[str, LineRange]:
    """By scope the lines of it that changed, the head's if it has any."""
    old = base.lines(hunk.base for hunk in change.hunks) if base else {}
    new = head.lines(hunk.head for hunk in change.hunks) if head else {}
    found: dict[str, LineRange] = {}
    for scope in dict.fromkeys((*new, *old)):
        before, after = (side.code(scope) if side and scope in side.kinds else None for side in (base, head))
        if before is not None and before == after:
            continue  # comments, layout, or another place
        if scope == MODULE and (base is None or head is None):
            continue  # what a file alone does is for those that import it
        if scope in new:
            found[scope] = LineRange(min(new[scope]), max(new[scope]))
        elif head is not None and scope in head.kinds:
            found[scope] = _place(change.hunks, old[scope])
        else:
            found[scope] = LineRange(min(old[scope]), max(old[scope]))
    return found


def _place(hunks: Sequence[Hunk], removed: Sequence[int]) -> LineRange:
    """Where the head would have the lines that were removed: the line before."""
    gone = set(removed)
    line = next(hunk.head.last for hunk in hunks if not gone.isdisjoint(range(hunk.base.first, hunk.base.last + 1)))
    return LineRange(max(1, line), max(1, line))


def _using(
    change: FileChange, changed: dict[str, LineRange], base: ScopedSource | None, head: ScopedSource | None
) -> Iterator[Touched]:
    """The head's functions that use what the changed statements of its module or its classes name."""
    if head is None:
        return
    renewed: dict[str, LineRange] = {}
    for scope in changed:
        if head.kinds.get(scope) in ("module", "class"):
            renewed |= _renewed(scope, base, head)
    for function, used in head.uses.items() if renewed else ():
        if shared := used & renewed.keys():
            yield _of(change, function, min(renewed[name] for name in shared), "function", (base, head))


def _renewed(scope: str, base: ScopedSource | None, head: ScopedSource) -> dict[str, LineRange]:
    """Names that statements of a module or a class give, which the base has not got, with the lines of these
    statements; those of a class are its attributes, and its own name stands for all of them."""
    known = {code for _, code, _ in base.statements(scope)} if base else set()
    found: dict[str, LineRange] = {}
    for lines, code, names in head.statements(scope):
        if code not in known:
            given = names if scope == MODULE else [scope.rpartition(".")[2], *(f".{name}" for name in names)]
            found |= {name: lines for name in given if name not in found}
    return found


def _kind(scope: str, base: ScopedSource | None, head: ScopedSource | None) -> str:
    return next(side.kinds[scope] for side in (head, base) if side and scope in side.kinds)


def _of(
    change: FileChange, scope: str, lines: LineRange, kind: str, sides: tuple[ScopedSource | None, ScopedSource | None]
) -> Touched:
    in_base, in_head = (side is not None and scope in side.kinds for side in sides)
    return Touched(scope, kind, (change.head if in_head else change.base) or "", lines, in_base, in_head)
