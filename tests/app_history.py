"""Twenty commits of an app of thirty routes, of which three change what routes cost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app_repository import PAGED, Repository, app_repository, requirements, route

ROUTES = 30
# From the one to the other, FastAPI has Pydantic write the JSON of what a response model validated.
OLDER, NEWER = "0.129.2", "0.130.0"
_STARLETTE = "0.52.1"
_SLOWER, _FASTER, _LOCK = 5, 11, 16
_NUMBER = 20
_SLOWED_UNITS, _FREED_UNITS = 20, 20


@dataclass(frozen=True)
class History:
    """The hashes of its commits, oldest first, and of those that change something; the routes that each changes."""

    repository: Repository
    commits: tuple[str, ...]

    @property
    def slower(self) -> str:
        """The commit with a dependency that takes about 5% of a request longer."""
        return self.commits[_SLOWER]

    @property
    def faster(self) -> str:
        return self.commits[_FASTER]

    @property
    def lock(self) -> str:
        """The commit that changes only the lock."""
        return self.commits[_LOCK]

    def before(self, commit: str) -> str:
        return self.commits[self.commits.index(commit) - 1]

    def changed_by(self, commit: str) -> set[str]:
        """The ids of routes."""
        changed = {
            self.slower: (1, 2),
            self.faster: (10,),
            self.lock: range(PAGED + 1, ROUTES + 1),
        }
        return {route(number) for number in changed.get(commit, ())}


def app_history(folder: Path) -> History:
    """Made anew in an empty folder."""
    made = app_repository(folder, ROUTES)
    commits = [made.commit("An older FastAPI", requirements_txt=requirements(fastapi=OLDER, starlette=_STARLETTE))]
    for number in range(1, _NUMBER):
        if number == _SLOWER:
            made.replace("app/deps.py", "work(20)", f"work({20 + _SLOWED_UNITS})")
            commits.append(made.commit("Ask for the user's rights as well"))
        elif number == _FASTER:
            made.replace("app/routes.py", "work(60)  # r10", f"work({60 - _FREED_UNITS})  # r10")
            commits.append(made.commit("Read less for the tenth route"))
        elif number == _LOCK:
            commits.append(
                made.commit("A newer FastAPI", requirements_txt=requirements(fastapi=NEWER, starlette=_STARLETTE))
            )
        else:
            commits.append(_without_effect(made, number))
    return History(made, tuple(commits))


def _without_effect(made: Repository, number: int) -> str:
    """A change of words, of what no request runs, or of a comment in what each runs."""
    if number % 3 == 0:
        return made.commit(f"Words {number}", README_md=f"# The app\n\nEdition {number}.\n")
    if number % 3 == 1:
        unused = f'"""Not used yet."""\n\n\ndef later() -> int:\n    return {number}\n'
        return made.commit(f"A helper for later {number}", app__later_py=unused)
    text = (made.folder / "app/deps.py").read_text()
    return made.commit(f"A comment {number}", app__deps_py=f"{text}\n\n# Edition {number}.\n")
