"""The steps of histories whose truth is known: those that are there are found at their commits, and no others."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from tracks import BEGAN, OTHER, History, anchor, commit, exactly, fresh, machine, point

from bench.analysis.series.track import RECENT, TrackedLine, history, lines, suspects
from bench.analysis.series.track_points import added, joined
from bench.model.comparison import Verdict
from bench.model.track import Track, TrackBridge, TrackPoint

COMMITS, ROUTES, HISTORIES = 30, 30, 10
ROUTE = "GET /a"


def line(*points: TrackPoint, bridges: tuple[TrackBridge, ...] = ()) -> TrackedLine:
    (found,) = [one for one in lines(joined(points, bridges)) if one.route == ROUTE]
    return found


def bridge(log: float, error: float = 0.002, request: str = "r0") -> TrackBridge:
    """From the first anchor to the second one."""
    return TrackBridge(
        measured_at=BEGAN,
        machine=machine(),
        harness_version="0.1.0",
        measurement=1,
        routes={ROUTE: exactly(log, error, request)},
        older=anchor(),
        newer=anchor(50, "git:v2.0"),
    )


def test_one_step_of_four_percent_is_found_at_its_commit_and_nothing_else() -> None:
    """Thirty commits, of which two were measured on another machine whose core is slower and which bends each ratio by
    up to half a percent; blocks differ by one to two percent. Forty such histories missed one and found none that
    isn't there."""
    costs = {f"GET /r{number}": [1.0] * COMMITS for number in range(ROUTES)}
    costs[ROUTE] = [1.0] * 17 + [1.04] * 13
    seen = 0
    for seed in range(HISTORIES):
        found = lines(History(costs, seed, frozenset({11, 12})).tracked())
        marked = [(step.route, step.newer.commit) for one in found for step in one.marked]
        assert marked in ([], [(ROUTE, commit(18))])
        seen += len(marked)
        differing = [one.route for one in found if one.differs]
        assert differing == ([] if marked else [ROUTE])  # a step that isn't confirmed is told all the same
    assert seen >= HISTORIES - 1


def test_a_step_on_another_machine_is_found_there() -> None:
    costs = {f"GET /r{number}": [1.0] * 6 for number in range(4)} | {ROUTE: [1.0, 1.0, 1.0, 0.94, 0.94, 0.94]}
    found = lines(History(costs, 1, frozenset({4, 5})).tracked())
    (step,) = [step for one in found for step in one.marked]
    assert (step.route, step.newer.commit, step.newer.machine.fingerprint) == (ROUTE, commit(4), OTHER)
    assert step.best.ratio == pytest.approx(0.94, abs=0.01)


def test_what_changes_little_by_little_is_told_although_it_has_no_step() -> None:
    costs = {f"GET /r{number}": [1.0] * 6 for number in range(10)} | {ROUTE: [1.0, 1.01, 1.02, 1.03, 1.04, 1.05]}
    found = lines(History(costs, 5).tracked())
    assert not [step for one in found for step in one.marked]
    assert [one.route for one in found if one.differs] == [ROUTE]


def test_what_a_step_takes_back_differs_from_the_anchor_no_more() -> None:
    first = point(1, {ROUTE: exactly(1.05)})
    second = point(2, {ROUTE: exactly(-0.003)}, fresh=(fresh(2, 1, {ROUTE: exactly(-1.05)}),))
    found = line(first, second)
    assert [step.newer.commit for step in found.marked] == [commit(2)]
    assert found.unexplained is not None
    assert found.unexplained.log_mean == pytest.approx(1.047)
    assert not found.differs


def test_points_of_other_branches_are_not_in_the_history_of_a_commit() -> None:
    """1 and 4 are on one branch, 2 and 3 on another that begins at 1."""
    made = joined(
        [
            point(1, {ROUTE: exactly(0.0)}, previous=""),
            point(2, {ROUTE: exactly(0.5)}, previous=commit(1)),
            point(3, {ROUTE: exactly(0.5)}, previous=commit(2)),
            point(4, {ROUTE: exactly(0.0)}, previous=commit(1)),
        ],
        (),
    )
    assert [one.commit for one in history(made, commit(4)).points] == [commit(1), commit(4)]
    assert [one.commit for one in history(made, commit(3)).points] == [commit(1), commit(2), commit(3)]
    assert suspects(made, commit(4)) == {}
    assert suspects(made, commit(2)) == {commit(1): (ROUTE,)}


def test_of_lines_without_it_the_point_before_is_the_one_before_in_time() -> None:
    made = joined([point(number, {ROUTE: exactly(0.0)}) for number in (1, 2, 3)], ())
    assert history(made, commit(3)) == made
    assert history(made, commit(2)).points == made.points[:2]


def test_what_a_confirmed_step_explains_is_not_unexplained() -> None:
    first = point(1, {ROUTE: exactly(0.0)})
    second = point(2, {ROUTE: exactly(0.08)}, fresh=(fresh(2, 1, {ROUTE: exactly(0.079)}),))
    found = line(first, second)
    assert [step.newer.commit for step in found.marked] == [commit(2)]
    assert found.whole is not None
    assert found.whole.log_mean == 0.08
    assert found.unexplained is not None
    assert found.unexplained.log_mean == pytest.approx(0.001)
    assert found.unexplained_judged is not None
    assert found.unexplained_judged.verdict is Verdict.EQUIVALENT


def test_a_confirmed_step_still_explains_the_change_when_its_point_is_told_no_more() -> None:
    stepping = [
        point(1, {ROUTE: exactly(0.0)}),
        point(2, {ROUTE: exactly(0.08)}, fresh=(fresh(2, 1, {ROUTE: exactly(0.08)}),)),
    ]
    later = [point(number, {ROUTE: exactly(0.08)}) for number in range(3, RECENT + 10)]
    found = line(*stepping, *later)
    assert len(found.points) == RECENT
    assert found.marked == ()
    assert found.unexplained is not None
    assert found.unexplained.log_mean == pytest.approx(0.0)


def test_a_step_needs_fresh_blocks_that_show_it_too() -> None:
    first, second = point(1, {ROUTE: exactly(0.0)}), point(2, {ROUTE: exactly(0.05)})
    (alone,) = line(first, second).steps
    assert alone.suspected
    assert not alone.confirmed
    assert alone.reason == f"{commit(1)[:8]} wasn't measured against {commit(2)[:8]}"
    again = second.model_copy(update={"fresh": (fresh(2, 1, {ROUTE: exactly(0.001)}),)})
    (refuted,) = line(first, again).steps
    assert not refuted.confirmed
    assert refuted.reason == "20 new blocks of both commits did not confirm it"
    assert refuted.best.log_mean == 0.001
    failed = second.model_copy(update={"fresh": (fresh(2, 1, {}, invalid={ROUTE: "no lock"}),)})
    (unknown,) = line(first, failed).steps
    assert unknown.reason == "no lock"


def test_fresh_blocks_against_another_commit_confirm_nothing() -> None:
    """One that a later measurement of an older commit came between, say."""
    third = point(3, {ROUTE: exactly(0.05)}, fresh=(fresh(3, 1, {ROUTE: exactly(0.05)}),))
    found = line(point(1, {ROUTE: exactly(0.0)}), point(2, {ROUTE: exactly(0.0)}), third)
    assert not found.marked


def test_a_route_is_judged_at_its_own_margin() -> None:
    first, second = point(1, {ROUTE: exactly(0.0)}), point(2, {ROUTE: exactly(0.05)}, margins={ROUTE: 0.2})
    (step,) = line(first, second).steps
    assert not step.suspected


def test_what_looks_changed_by_chance_among_many_routes_is_not_measured_again() -> None:
    def history(*others: str) -> Track:
        still = {name: exactly(0.0, 0.004) for name in others}
        return joined(
            [point(1, still | {ROUTE: exactly(0.0, 0.004)}), point(2, still | {ROUTE: exactly(0.031, 0.004)})], ()
        )

    assert suspects(history(), commit(2)) == {commit(1): (ROUTE,)}
    assert suspects(history(*(f"GET /{number}" for number in range(60))), commit(2)) == {}


def test_a_route_that_a_commit_lacks_is_compared_with_the_last_one_that_has_it() -> None:
    without = point(2, {"GET /b": exactly(0.0)}, invalid={ROUTE: "head: it fails"})
    found = line(point(1, {ROUTE: exactly(0.0)}), without, point(3, {ROUTE: exactly(0.1)}))
    assert [(one.found is not None, one.reason) for one in found.points] == [
        (True, ""),
        (False, "head: it fails"),
        (True, ""),
    ]
    (step,) = found.steps
    assert (step.older.commit, step.newer.commit) == (commit(1), commit(3))


def test_a_route_that_comes_later_begins_later_and_one_that_went_ends() -> None:
    found = lines(joined([point(1, {"GET /old": exactly(0.0)}), point(2, {"GET /new": exactly(0.0)})], ()))
    assert [(one.route, len(one.points), len(one.steps)) for one in found] == [("GET /new", 1, 0), ("GET /old", 1, 0)]
    assert [one.whole is not None for one in found] == [True, False]


def test_a_route_that_is_asked_for_something_else_begins_anew() -> None:
    found = line(point(1, {ROUTE: exactly(0.0)}), point(2, {ROUTE: exactly(0.9, request="r1")}))
    assert found.steps == ()
    assert [one.segment for one in found.points] == [0, 1]


def test_a_new_anchor_is_bridged_and_the_line_goes_on_with_the_error_of_the_bridge() -> None:
    """The new anchor costs 3% more than the old one: what lay at +5% lies at +2%."""
    first = point(51, {ROUTE: exactly(0.05)})
    second = point(52, {ROUTE: exactly(0.02)}, anchor=anchor(50, "git:v2.0"))
    found = line(first, second, bridges=(bridge(0.03),))
    (step,) = found.steps
    assert step.found.log_mean == pytest.approx(0.0)
    assert step.found.standard_error == pytest.approx(math.sqrt(3) * 0.002)
    assert not step.suspected
    changes = [one.found.log_mean for one in found.points if one.found]
    assert changes == pytest.approx([0.02, 0.02])
    assert {one.segment for one in found.points} == {0}


def test_a_bridge_leads_back_to_an_older_anchor_too() -> None:
    first = point(51, {ROUTE: exactly(0.02)}, anchor=anchor(50, "git:v2.0"))
    found = line(first, point(52, {ROUTE: exactly(0.05)}), bridges=(bridge(0.03),))
    assert found.steps[0].found.log_mean == pytest.approx(0.0)


@pytest.mark.parametrize("bridges", [(), (bridge(0.03, request="other"),)])
def test_without_a_bridge_a_line_begins_anew_at_another_anchor(bridges: tuple[TrackBridge, ...]) -> None:
    second = point(52, {ROUTE: exactly(0.02)}, anchor=anchor(50, "git:v2.0"))
    found = line(point(51, {ROUTE: exactly(0.05)}), second, bridges=bridges)
    assert found.steps == ()
    assert [one.segment for one in found.points] == [0, 1]


def test_an_anchor_with_other_packages_is_another_anchor() -> None:
    second = point(2, {ROUTE: exactly(0.2)}, anchor=anchor(environment="e1"))
    assert line(point(1, {ROUTE: exactly(0.0)}), second).steps == ()


def test_a_commit_that_is_measured_again_has_its_last_point() -> None:
    again = point(1, {ROUTE: exactly(0.5)}, measured_at=BEGAN + timedelta(days=9))
    grown = added(added(Track(), again), point(1, {ROUTE: exactly(0.1)}))
    assert [one.routes[ROUTE].log_ratio for one in grown.points] == [0.5]


def test_a_track_of_nothing_has_no_lines() -> None:
    assert lines(Track()) == ()
