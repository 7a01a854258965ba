"""A bisection in words: the release, the change between neighbours, and what else moved; or what is left."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

import pytest
from comparisons import side
from sweeps import bisection, commit_bisection

from bench.analysis.series.bisection import BisectionAnswer, BisectionEnd
from bench.model.app_version import AppVersion
from bench.model.comparison import Side, Verdict
from bench.model.series import Bisection, Skipped
from bench.report.documents.bisection import document
from bench.report.exports.bisection import json_text
from bench.report.renderers.html import page
from bench.report.words.bisection import BisectionNarrative, sentences
from bench.stats.two_stage import Change
from tests.widths import assert_whole, printed

RELEASES = ("1.0", "1.1", "1.2", "1.3", "1.4")


def answered(base: str, head: str, ratio: float | None, said: Verdict, reason: str = "") -> BisectionAnswer:
    found = None if ratio is None else Change(math.log(ratio), 0.01, 0.003, 19, 20)
    return BisectionAnswer(base, head, 0.03, found, said, reason)


def found(
    end: BisectionEnd,
    moved: Mapping[str, tuple[str | None, str | None]] | None = None,
    skipped: tuple[Skipped, ...] = (),
    of: Bisection | None = None,
) -> BisectionNarrative:
    document = (of or bisection("a", RELEASES)).model_copy(update={"skipped": skipped})
    answers = tuple(one for one in (end.confirmed, end.doubtful) if one)
    base = {name: old for name, (old, _) in (moved or {}).items() if old}
    head = {name: new for name, (_, new) in (moved or {}).items() if new}
    sides = {end.good: lean(end.good, base), end.bad: lean(end.bad, head)}
    return BisectionNarrative(document, end, answers, sides)


def lean(version: str, packages: Mapping[str, str]) -> Side:
    """A side with these packages, and the lock of a commit."""
    made = side("0.115.0")
    at = COMMITS.as_commit(version)
    stack = made.stack.model_copy(update={"packages": dict(packages)})
    return made.model_copy(
        update={"stack": stack, "version": at and at.model_copy(update={"lock": "requirements.txt"})}
    )


SLOWER = BisectionEnd("found", "1.1", "1.2", confirmed=answered("1.1", "1.2", 1.2, Verdict.SLOWER))


def test_a_release_that_was_found_is_named_with_its_change_and_its_predecessor() -> None:
    told = sentences(found(SLOWER, {"starlette": ("0.38.6", "0.40.0")}))
    assert told[0] == "`a:one` changed in fastapi 1.2: CPU +20.0% (+18.8% to +21.2%) against 1.1."
    assert told[1] == (
        "Also changed, because the resolver required it: starlette 0.38.6 → 0.40.0. They may be the cause."
    )
    assert told[2] == "1 comparison over 5 releases."
    assert found(SLOWER).certain


def test_one_that_could_not_be_compared_between_both_may_be_it_too_so_it_is_not_certain() -> None:
    end = BisectionEnd("found", "1.1", "1.3", confirmed=answered("1.1", "1.3", 1.2, Verdict.SLOWER))
    one = found(end, skipped=(Skipped(version="1.2", reason="no"), Skipped(version="1.4", reason="no")))
    assert sentences(one)[0] == (
        "`a:one` changed after 1.1, at the latest in fastapi 1.3: CPU +20.0% (+18.8% to +21.2%). "
        "The release between, 1.2, could not be compared and may be the cause as well."
    )
    assert (one.suspects, one.certain) == (("1.2", "1.3"), False)


@pytest.mark.parametrize(
    ("end", "told", "certain"),
    [
        (
            BisectionEnd(
                "found", "1.1", "1.2", confirmed=answered("1.1", "1.2", 1.02, Verdict.INCONCLUSIVE, "no time")
            ),
            "The bisection points to fastapi 1.2, but a comparison with 1.1 does not confirm it",
            False,
        ),
        (
            BisectionEnd("unchanged", "1.0", "1.4", doubtful=answered("1.0", "1.4", 1.003, Verdict.EQUIVALENT)),
            "`a:one` did not change by 3.0% or more from 1.0 to 1.4: CPU +0.3%",
            True,
        ),
        (
            BisectionEnd(
                "unknown", "1.0", "1.4", doubtful=answered("1.0", "1.4", None, Verdict.INCONCLUSIVE, "it fails")
            ),
            "It is undecided whether `a:one` changed from 1.0 to 1.4: CPU unknown; it fails.",
            False,
        ),
        (
            BisectionEnd("undecided", "1.1", "1.4", doubtful=answered("1.0", "1.2", 1.1, Verdict.SLOWER)),
            "`a:one` changed between fastapi 1.1 and 1.4. 1.2 has about half of the change, CPU +10.0%",
            False,
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, BisectionEnd) else "",
)
def test_every_other_end_says_what_is_left(end: BisectionEnd, told: str, certain: bool) -> None:
    one = found(end)
    assert sentences(one)[0].startswith(told)
    assert one.certain is certain


def test_a_terminal_and_the_export_have_every_comparison() -> None:
    one = found(SLOWER, skipped=(Skipped(version="1.3", reason="[red]no[/red]"),))
    said = [" ".join(line.split()) for line in printed(document(one), 100).splitlines()]
    assert "1.1 1.2 3.0% +20.0% (+18.8% to +21.2%)" in said
    assert "1.3 [red]no[/red]" in said
    assert_whole(document(one))
    made = json.loads(json_text(one))
    assert (made["end"], made["good"], made["bad"], made["certain"]) == ("found", "1.1", "1.2", True)
    assert made["answers"][0]["ratio"] == pytest.approx(1.2)


COMMITS = commit_bisection(subjects={7: "Validate `twice` <script>alert(1)</script> " + "x" * 100})
GOOD, BAD = COMMITS.versions[6], COMMITS.versions[7]
STEP = BisectionAnswer(GOOD, BAD, 0.03, Change(math.log(1.05), 0.01, 0.003, 19, 20), Verdict.SLOWER, inferred=True)
WHOLE = answered(COMMITS.versions[0], COMMITS.versions[-1], 1.05, Verdict.SLOWER)
CULPRIT = BisectionEnd("found", GOOD, BAD, whole=WHOLE, confirmed=STEP)
LOCK = {"fastapi": ("0.115.6", "0.120.0")}


def test_a_commit_is_named_with_its_date_and_the_beginning_of_its_subject() -> None:
    told = sentences(found(CULPRIT, of=COMMITS))
    assert told[0].startswith("`GET /users/{id}` changed in commit 00000007 (2026-11-08, Validate 'twice' <script>")
    assert told[0].endswith("): CPU +5.0% (+4.0% to +6.1%) against 00000006.")
    assert "x" * 100 not in told[0]
    assert told[-1] == "1 comparison over 20 commits."


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (("requirements.txt",), "It changes only its lock: fastapi 0.115.6 → 0.120.0."),
        (
            ("requirements.txt", "app/main.py"),
            "Its lock changed too: fastapi 0.115.6 → 0.120.0. They may be the cause.",
        ),
    ],
)
def test_a_commit_that_changes_its_lock_says_so(files: tuple[str, ...], told: str) -> None:
    one = found(CULPRIT, LOCK, of=COMMITS.model_copy(update={"files": files}))
    assert sentences(one)[1] == told


def test_another_change_in_the_range_is_told() -> None:
    whole = answered(COMMITS.versions[0], COMMITS.versions[-1], 1.2, Verdict.SLOWER)
    told = sentences(found(BisectionEnd("found", GOOD, BAD, whole=whole, confirmed=STEP), of=COMMITS))
    assert told[1] == (
        "The whole range changed by +20.0% (+18.8% to +21.2%): another commit in it changed the case as well."
    )


def test_an_undecided_search_of_commits_names_the_parts_to_search() -> None:
    middle = answered(COMMITS.versions[0], COMMITS.versions[9], 1.05, Verdict.SLOWER)
    end = BisectionEnd("undecided", COMMITS.versions[0], COMMITS.versions[19], doubtful=middle)
    one = found(end, of=COMMITS)
    assert "Search both parts: `git:00000000 git:00000009` and `git:00000009 git:00000013`." in sentences(one)[0]
    assert len(one.suspects) == 19


def test_a_search_that_was_interrupted_says_how_to_go_on() -> None:
    one = BisectionNarrative(COMMITS, None, (WHOLE,), {})
    assert sentences(one) == ["Interrupted: 1 comparison done. Run the same command again to continue."]
    assert not one.certain
    assert_whole(document(one))
    assert json.loads(json_text(one))["end"] is None


def test_a_page_has_every_commit_and_no_markup_of_theirs() -> None:
    files = ("requirements.txt", "<img src=x>.py", *(f"app/{number}.py" for number in range(30)))
    skipped = (Skipped(version=COMMITS.versions[3], reason="it <b>fails</b>"),)
    one = found(CULPRIT, LOCK, skipped, COMMITS.model_copy(update={"files": files}))
    said = page(document(one))
    assert all(version[:8] in said for version in COMMITS.versions)
    assert "<script>alert" not in said
    assert "&lt;script&gt;alert" in said
    assert "<img src=x>" not in said
    assert "<b>fails" not in said
    assert "and 12 more" in said
    assert_whole(document(one))


def test_the_export_names_the_commit_and_nobody() -> None:
    made = json.loads(json_text(found(CULPRIT, of=COMMITS)))
    assert made["commit"]["commit"] == BAD
    assert set(made["commit"]) == set(AppVersion.model_fields)
    assert (made["change"]["ratio"], made["change"]["inferred"]) == (pytest.approx(1.05), True)
    assert made["suspects"] == [BAD]
