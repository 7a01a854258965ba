"""A track grows commit by commit in a real repository, by pretended comparisons of known costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from app_repository import Repository, app_repository
from sweeps import between

from bench.analysis.series.track import lines
from bench.model.app_version import RouteChanges
from bench.model.comparison import Comparison, Side
from bench.model.errors import UsageError
from bench.runner.agent_process import AgentError
from bench.stack.git.checkout import described
from bench.stack.uv import StackError
from bench.store import track as store
from bench.workflows.series.track import NothingValidError, Tracked, Tracker

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
FAILS = -1.0


@dataclass
class Commits:
    """A repository whose commits cost what they are said to, by route; `broken` ones can't be had, for this reason."""

    repository: Repository
    costs: dict[str, Mapping[str, float]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    patience: int = 100
    _clock: count[int] = field(default_factory=count)

    @property
    def file(self) -> Path:
        return self.repository.folder / store.NAME

    def commit(self, subject: str, **costs: float) -> str:
        made = self.repository.commit(subject)
        self.costs[made] = costs
        return made

    def name(self, words: str) -> str:
        return self.repository.git("rev-parse", f"{words.removeprefix('git:')}^{{commit}}")

    def tracked(self, anchor: str | None = None) -> Tracked:
        folder = self.repository.folder
        return Tracker(
            store.load(self.file), folder, self.file, anchor, 0.03, self.compare, lambda *_: None, self.now
        ).track()

    def now(self) -> datetime:
        return BEGAN + timedelta(minutes=next(self._clock))

    def compare(self, base: str, head: str, margin: float, cases: tuple[str, ...] = ()) -> Comparison:
        if not self.patience:
            raise KeyboardInterrupt
        self.patience -= 1
        first, second = self.name(base), self.name(head)
        for words, one in ((base, first), (head, second)):
            if one in self.broken:
                raise StackError(f"{words}: {self.broken[one]}")
        self.asked.append((first, second, *cases))
        known, new = self.costs[first], self.costs[second]
        ratios = {
            route: cost if cost < 0 else cost / known[route]
            for route, cost in new.items()
            if route in known and (not cases or f"{route}:one" in cases)
        }
        made = between("1", "2", ratios, margin=margin)
        return made.model_copy(
            update={"base": self._side(made.base, base, first), "head": self._side(made.head, head, second)}
        )

    def _side(self, side: Side, words: str, commit: str) -> Side:
        stack = side.stack.model_copy(update={"packages": {"own": self.packages.get(commit, "1")}})
        version = described(words, self.repository.folder, commit)
        return side.model_copy(update={"version": version, "stack": stack})


@pytest.fixture
def commits(tmp_path: Path) -> Commits:
    """A tagged version, and a commit after it that changes nothing."""
    made = Commits(app_repository(tmp_path / "own", routes=1))
    made.costs[made.name("HEAD")] = {"a": 1.0, "b": 1.0}
    made.repository.git("tag", "v1.0")
    made.commit("Nothing", a=1.0, b=1.0)
    return made


def marked(found: Tracked) -> dict[str, str]:
    """The subjects of the commits with a confirmed step, by route."""
    return {line.route: step.newer.subject for line in lines(found.track) for step in line.marked}


def test_a_point_of_another_branch_is_nothing_to_be_compared_with(commits: Commits) -> None:
    folder = commits.repository
    commits.tracked()
    folder.git("checkout", "--quiet", "-b", "pr", "v1.0")
    commits.commit("Fast", a=0.3, b=1.0)
    assert marked(commits.tracked()) == {}
    both = commits.file.read_text("utf-8")
    folder.git("checkout", "--quiet", "--force", "main")
    commits.file.write_text(both, "utf-8")
    commits.commit("Words only", a=1.0, b=1.0)
    found = commits.tracked()
    assert marked(found) == {}
    assert found.point.previous == commits.name("HEAD~1")
    assert found.point.fresh == ()


def test_a_file_without_a_point_in_the_history_says_so(commits: Commits) -> None:
    commits.tracked()
    commits.repository.git("commit", "--quiet", "--amend", "--allow-empty", "-m", "Nothing, amended")
    commits.costs[commits.name("HEAD")] = {"a": 1.0, "b": 1.0}
    found = commits.tracked()
    assert found.point.previous == ""
    assert "No point of the file is in the history of HEAD" in " ".join(found.notes)


def test_head_is_measured_against_the_last_tag_and_appended(commits: Commits) -> None:
    found = commits.tracked()
    assert commits.asked == [(commits.name("v1.0"), commits.name("HEAD"))]
    assert (found.point.subject, found.point.anchor.named) == ("Nothing", "git:v1.0")
    assert store.load(commits.file).points == (found.point,)
    assert found.notes == ()


def test_what_looks_changed_is_measured_against_the_commit_before_and_nothing_else_is(commits: Commits) -> None:
    commits.tracked()
    before = commits.name("HEAD")
    slow = commits.commit("Slow", a=1.2, b=1.0)
    found = commits.tracked()
    assert commits.asked[1:] == [(commits.name("v1.0"), slow), (before, slow, "a:one")]
    assert marked(found) == {"a:one": "Slow"}
    commits.commit("Nothing again", a=1.2, b=1.0)
    after = commits.tracked()
    assert len(commits.asked) == 4
    assert marked(after) == {"a:one": "Slow"}
    assert not after.point.fresh


def test_a_newer_tag_moves_no_anchor_and_a_named_one_is_bridged_once(commits: Commits) -> None:
    first = commits.tracked()
    commits.commit("Slow", a=1.2, b=1.0)
    commits.repository.git("tag", "v2.0")
    assert commits.tracked().point.anchor == first.point.anchor
    commits.commit("Next", a=1.2, b=1.0)
    asked = len(commits.asked)
    found = commits.tracked("git:v2.0")
    assert commits.asked[asked:] == [
        (commits.name("v2.0"), commits.name("HEAD")),
        (commits.name("v1.0"), commits.name("v2.0")),
    ]
    assert found.point.anchor.named == "git:v2.0"
    assert marked(found) == {"a:one": "Slow"}
    assert {point.segment for line in lines(found.track) for point in line.points} == {0}
    commits.commit("Last", a=1.2, b=1.3)
    last = commits.tracked()
    assert last.point.anchor.named == "git:v2.0"
    assert len(last.track.bridges) == 1
    assert marked(last) == {"a:one": "Slow", "b:one": "Last"}


def test_an_old_anchor_that_builds_no_more_is_said_and_the_lines_begin_anew(commits: Commits) -> None:
    commits.tracked()
    commits.repository.git("tag", "v2.0")
    commits.commit("Next", a=1.0, b=1.0)
    commits.broken[commits.name("v1.0")] = "no such package"
    told = (
        r"^git:v1\.0, the anchor of .*jsonl, can't be measured: .*no such package; or name another: --anchor git:REF$"
    )
    with pytest.raises(StackError, match=told):
        commits.tracked()
    found = commits.tracked("git:v2.0")
    (note,) = found.notes
    assert note.startswith("No bridge from `git:v1.0`, so the lines begin anew: git:")
    assert {point.segment for line in lines(found.track) for point in line.points} == {0, 1}


def test_a_commit_before_that_builds_no_more_leaves_a_step_unconfirmed(commits: Commits) -> None:
    commits.tracked()
    commits.broken[commits.name("HEAD")] = "no such package"
    commits.commit("Slow", a=1.2, b=1.0)
    found = commits.tracked()
    assert marked(found) == {}
    assert "no such package" in found.point.fresh[0].invalid["a:one"]


def test_an_anchor_whose_packages_moved_is_told(commits: Commits) -> None:
    commits.tracked()
    commits.packages[commits.name("v1.0")] = "2"
    commits.commit("Next", a=1.3, b=1.0)
    found = commits.tracked()
    (note,) = found.notes
    assert note.startswith("`git:v1.0` has other packages or another Python than at the last point")
    assert not [step for line in lines(found.track) for step in line.steps]


def test_a_commit_that_is_tracked_twice_has_one_point(commits: Commits) -> None:
    commits.tracked()
    found = commits.tracked()
    assert len(found.track.points) == 1
    assert found.notes == (f"The file had a point for `{found.point.commit[:8]}`; this one replaces it.",)


def test_uncommitted_changes_and_an_anchor_beside_the_history_are_told(commits: Commits) -> None:
    commits.repository.git("checkout", "--quiet", "-b", "side", "v1.0")
    aside = commits.commit("Aside", a=1.0, b=1.0)
    commits.repository.git("checkout", "--quiet", "main")
    commits.repository.write("app/deps.py", "")
    dirty, beside = commits.tracked("git:side").notes
    assert dirty.startswith("Uncommitted changes are not measured")
    assert beside.startswith(f"`git:{aside[:8]}` is not in the history of HEAD")


def test_routes_come_and_go_and_fail_by_themselves(commits: Commits) -> None:
    commits.tracked()
    commits.commit("Fails", a=FAILS, b=1.0)
    found = commits.tracked()
    assert found.point.invalid == {"a:one": "head: <b>it fails</b>"}
    commits.commit("Gone", b=1.0)
    assert list(commits.tracked().point.routes) == ["b:one"]


def test_a_route_that_the_anchor_lacks_is_said_to_have_no_points(
    commits: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compare(*words: str, **_: object) -> Comparison:
        return Commits.compare(commits, words[0], words[1], 0.03).model_copy(
            update={"routes": RouteChanges(added=("GET /new",))}
        )

    monkeypatch.setattr(commits, "compare", compare)
    assert commits.tracked().notes == (
        "Not in `git:v1.0`, and so without points: `GET /new`. A newer --anchor would have them.",
    )


def test_nothing_valid_leaves_the_file_as_it_is(commits: Commits) -> None:
    commits.tracked()
    before = commits.file.read_bytes()
    commits.commit("Fails", a=FAILS, b=FAILS)
    with pytest.raises(NothingValidError, match=r"a:one: head: <b>it fails</b>"):
        commits.tracked()
    assert commits.file.read_bytes() == before


def test_an_interruption_costs_what_was_not_measured_yet(commits: Commits) -> None:
    commits.tracked()
    slow = commits.commit("Slow", a=1.2, b=1.0)
    commits.patience = 1
    with pytest.raises(KeyboardInterrupt):
        commits.tracked()
    assert store.load(commits.file).points[-1].commit == slow
    commits.patience = 2
    assert marked(commits.tracked()) == {"a:one": "Slow"}


@pytest.mark.parametrize("anchor", ["v1.0", "git:", "fastapi==0.115"])
def test_an_anchor_is_a_version(commits: Commits, anchor: str) -> None:
    with pytest.raises(UsageError, match="write git:REF, a tag or a commit"):
        commits.tracked(anchor)


def test_without_a_tag_an_anchor_is_to_be_named(commits: Commits) -> None:
    commits.repository.git("tag", "--delete", "v1.0")
    with pytest.raises(StackError, match="--anchor git:REF"):
        commits.tracked()


def test_a_process_that_dies_ends_it_with_its_own_words(commits: Commits, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> Comparison:
        raise AgentError("the process of head ended")

    monkeypatch.setattr(commits, "compare", dies)
    with pytest.raises(AgentError, match="the process of head ended"):
        commits.tracked()
    assert not commits.file.exists()
