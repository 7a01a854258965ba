"""Which functions the difference of two versions of an app touches, and what they cost more or less by its profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from bench.agent.app.code import PREFIX as OWN
from bench.analysis.source.changed_functions import NamedChange, changed_functions, profiled_cases
from bench.analysis.source.changed_lines import FileChange, Hunk, LineRange, changed_lines
from bench.analysis.source.scopes import ScopedSource, source
from bench.analysis.source.touched_functions import touched
from bench.model.comparison import Comparison
from bench.profiles.diff import Difference
from bench.stack.git import checkout
from bench.stack.git.checkout import Checkout
from bench.store.recording import Recording

# Files of which no code was profiled are read too, but not so many: what stands outside of functions counts there. And
# what is longer was written by no one.
_OTHERS = 100
_LONGEST = 10_000_000
_TESTS = ("test_", "conftest.")
_PACKAGE = "__init__"


def record(recording: Recording[Comparison], base: Checkout, head: Checkout, profiles: Sequence[Difference]) -> None:
    """Add the functions to a comparison whose largest changes have these profiles. Raises StackError and StoreError."""
    found = changed_functions(list(_named(_changes(base, head), base, head, profiles)), profiles)
    recording.change(changed=found, profiled=profiled_cases(profiles))
    recording.flush()


def _changes(base: Checkout, head: Checkout) -> list[FileChange]:
    tree = base if base.version.named == checkout.PREFIX else head
    found = changed_lines(checkout.difference(tree.app_dir, base.version, head.version))
    if head.version.named == checkout.PREFIX:
        for file in checkout.untracked(head.app_dir):
            found.append(FileChange(None, file, (Hunk(LineRange(1, 0), LineRange(1, _LONGEST)),)))
    return found


def _named(
    changes: Iterable[FileChange], base: Checkout, head: Checkout, profiles: Sequence[Difference]
) -> Iterator[NamedChange]:
    """Files whose code was profiled, and some of the others."""
    known = _modules(profiles)
    sides = _VersionFiles.of(base, known), _VersionFiles.of(head, known)
    others = 0
    for change in changes:
        files = change.base, change.head
        if not any(side.profiled(file) for side, file in zip(sides, files, strict=True)):
            others += 1
            if others > _OTHERS or _of_tests(PurePosixPath(change.head or change.base or "")):
                continue
        names = [side.module(file) for side, file in zip(sides, files, strict=True)]
        for one in touched(change, *(side.read(file) for side, file in zip(sides, files, strict=True))):
            old, new = (f"{name}:{one.scope}" if name else None for name in names)
            yield NamedChange(one, old if one.in_base else None, new if one.in_head else None)


def _modules(profiles: Iterable[Difference]) -> frozenset[str]:
    """All whose functions are in a profile."""
    frames = {frame for one in profiles for side in one.stacks for stack in side for frame in stack}
    return frozenset(frame.partition(":")[0] for frame in frames)


def _of_tests(file: PurePosixPath) -> bool:
    return file.name.startswith(_TESTS) or "tests" in file.parts


@dataclass(frozen=True)
class _VersionFiles:
    """The files of a version below `top`, whose app is in `folder`; `known` modules were profiled, and `last` are the
    last parts of their names."""

    top: Path
    folder: PurePosixPath
    known: frozenset[str]
    last: frozenset[str]

    @classmethod
    def of(cls, side: Checkout, known: frozenset[str]) -> Self:
        folder = side.app_dir.resolve().relative_to(side.root.resolve())
        last = frozenset(name.rpartition(".")[2] for name in known)
        return cls(side.root, PurePosixPath(folder.as_posix()), known, last)

    def profiled(self, file: str | None) -> bool:
        """Whether functions of a file are in a profile."""
        if file is None:
            return False
        path = PurePosixPath(file)
        likely = (path.parent.name if path.stem == _PACKAGE else path.stem) in self.last
        return likely and self.module(file) in self.known

    def module(self, file: str | None) -> str | None:
        """What profiles call it: by a folder that is likely to be on the path, if one of these was profiled."""
        if file is None:
            return None
        dotted = [_dotted(PurePosixPath(file), root) for root in self._roots(PurePosixPath(file))]
        names = [name for one in dotted for name in (one if one.startswith(OWN) else f"{OWN}{one}", one)]
        return next((name for name in names if name in self.known), names[0] if names else None)

    def read(self, file: str | None) -> ScopedSource | None:
        """Nothing of a link, which may lead anywhere, nor of what isn't there."""
        path = self.top / file if file is not None else None
        try:
            if path is None or path.is_symlink() or not path.is_file() or path.stat().st_size > _LONGEST:
                return None
            return source(path.read_bytes())
        except OSError:
            return None

    def _roots(self, file: PurePosixPath) -> Iterator[PurePosixPath]:
        """The app's folder, a folder `src`, and the one in which the file's outermost package lies. Tests are often
        laid out as what they test: by all but the app's folder they would have the names of that."""
        above = list(file.parents)
        yield from (one for one in above if one == self.folder)
        if _of_tests(file):
            return
        yield from (one for one in above if one.name == "src")
        inside = [one for one in above if (self.top / one / f"{_PACKAGE}.py").is_file()]
        if inside:
            yield inside[-1].parent
        elif self.folder not in above:
            yield file.parent


def _dotted(file: PurePosixPath, root: PurePosixPath) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == _PACKAGE and parts[1:] else parts)
