"""A bisection in words: the release, the change between neighbours, and what else moved; or what is left."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

import pytest
from sweeps import bisection

from bench.analysis.bisection import BisectionAnswer, BisectionEnd
from bench.model.comparison import Verdict
from bench.model.series import LeftOut
from bench.report.documents.bisection import document
from bench.report.exports.bisection import json_text
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
    left_out: tuple[LeftOut, ...] = (),
) -> BisectionNarrative:
    document = bisection("a", RELEASES).model_copy(update={"left_out": left_out})
    answers = tuple(one for one in (end.confirmed, end.doubtful) if one)
    return BisectionNarrative(document, end, answers, moved or {})


SLOWER = BisectionEnd("found", "1.1", "1.2", confirmed=answered("1.1", "1.2", 1.2, Verdict.SLOWER))


def test_a_release_that_was_found_is_named_with_its_change_and_its_predecessor() -> None:
    told = sentences(found(SLOWER, {"starlette": ("0.38.6", "0.40.0")}))
    assert told[0] == "`a:one` changed in fastapi 1.2: CPU +20.0% (+18.8% to +21.2%) against 1.1."
    assert told[1] == (
        "Also changed, because the resolver required it: starlette 0.38.6 → 0.40.0. They may be the cause."
    )
    assert told[2] == "1 comparison over 5 releases."
    assert found(SLOWER).certain


def test_one_that_could_not_be_compared_between_both_may_be_it_too() -> None:
    end = BisectionEnd("found", "1.1", "1.3", confirmed=answered("1.1", "1.3", 0.8, Verdict.FASTER))
    told = sentences(found(end, left_out=(LeftOut(release="1.2", reason="no"), LeftOut(release="1.4", reason="no"))))
    assert "Releases in between that could not be compared may be the cause as well: 1.2." in told


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
            "It is undecided whether `a:one` changed from 1.0 to 1.4: CPU unknown. it fails.",
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
    one = found(SLOWER, left_out=(LeftOut(release="1.3", reason="[red]no[/red]"),))
    said = [" ".join(line.split()) for line in printed(document(one), 100).splitlines()]
    assert "1.1 1.2 3.0% +20.0% (+18.8% to +21.2%)" in said
    assert "1.3 [red]no[/red]" in said
    assert_whole(document(one))
    made = json.loads(json_text(one))
    assert (made["end"], made["good"], made["bad"], made["certain"]) == ("found", "1.1", "1.2", True)
    assert made["answers"][0]["ratio"] == pytest.approx(1.2)
