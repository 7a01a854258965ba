"""One version of somebody's own app, as git has it."""

from __future__ import annotations

from datetime import datetime

from bench.model.base import Record


class AppVersion(Record):
    """What `git:REF` came to. `named` is as it was written, `git:` alone the working tree, `commit` the full hash, of
    the working tree that which it stands on.

    `dirty` says that a working tree has changes that aren't committed. `lock` is the file that the environment was made
    of, relative to the repository, None where an environment was named instead.
    """

    named: str
    commit: str
    subject: str
    committed_at: datetime
    dirty: bool = False
    lock: str | None = None

    @property
    def short(self) -> str:
        """The commit as people read it."""
        return self.commit[:8] + ("+" if self.dirty else "")

    @property
    def label(self) -> str:
        """As it was written, but a whole hash, which a search over commits names, as short as elsewhere."""
        return self.named.replace(self.commit, self.short)


class RouteChanges(Record):
    """The ids of routes that only the head has, and that only the base has."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class ChangedFunction(Record):
    """A function that the difference of two versions touches. `name` is `module:qualname`, `at` `file:first-last`, the
    changed lines as the head has them, or the base where the head has the function no more.

    `cases` are what one request's time in it changed by while it was profiled, in µs by case, `within` half of the 95%
    interval: calls included, but those of other functions that the difference touches. A class, or a module as
    `module:<module>`, whose code outside of functions changed has no cases.
    """

    name: str
    at: str
    removed: bool = False
    cases: dict[str, float] = {}  # noqa: RUF012  a pydantic field: every record has its own
    within: dict[str, float] = {}  # noqa: RUF012


class ProfiledCase(Record):
    """A case that changed, and by how many µs one request did while it was profiled, with half of the 95% interval.

    `most` is the function in which it changed most, whether the difference touches it or not.
    """

    case: str
    change_us: float
    within_us: float | None = None
    most: str | None = None
    most_us: float | None = None
