"""A verdict is right as often as it says, on blocks whose truth is known; nothing unchanged is called slower."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from in_stages import in_stages
from scipy.special import stdtrit

from bench.model.comparison import Verdict
from bench.stats.multiple_testing import FAMILY_ERROR, holm, standing
from bench.stats.two_stage import (
    CONFIDENCE,
    CONFIRMING,
    FEWEST,
    LARGE_PILOT,
    PILOT,
    UNCHANGED,
    Change,
    blocks_needed,
    blocks_to_confirm,
    change,
    change_apart,
    confirms,
    known,
    p_value,
    product,
    step,
    verdict,
)

LOGS = st.lists(st.floats(-1, 1), min_size=2, max_size=20)
CHANCES = st.lists(st.floats(0, 1), max_size=30)


def two_stages(rng: np.random.Generator, truth: float, spread: float, margin: float) -> Change:
    return change(*in_stages(lambda blocks: list(rng.normal(truth, spread, blocks)), margin))


@pytest.mark.parametrize("spread", [0.003, 0.01, 0.03])
def test_the_interval_covers_the_truth_as_often_as_it_says_however_much_blocks_differ(spread: float) -> None:
    rng, trials, truth = np.random.default_rng(1), 4000, 0.02
    found = [two_stages(rng, truth, spread, 0.01) for _ in range(trials)]
    covered = sum(abs(one.log_mean - truth) <= one.log_half for one in found)
    least = CONFIDENCE - 3 * math.sqrt(CONFIDENCE * (1 - CONFIDENCE) / trials)
    # At the least: a pilot that would do with fewer blocks than it has gives more than was asked for.
    assert covered / trials >= least


def test_launches_that_are_slow_throughout_neither_widen_the_interval_much_nor_move_it() -> None:
    rng, trials = np.random.default_rng(8), 3000

    def drawn(blocks: int) -> list[float]:
        """One arm in twenty is slower by 15% for a whole launch, as the encoder of the standard library is."""
        slowed = 0.15 * (rng.random(blocks) < 0.05) - 0.15 * (rng.random(blocks) < 0.05)
        return list(rng.normal(0, 0.015, blocks) + slowed)

    found = [change(*in_stages(drawn, 0.03, most=40)) for _ in range(trials)]
    assert sum(abs(one.log_mean) <= one.log_half for one in found) / trials >= 0.985
    said = [verdict(one, 0.03) for one in found]
    assert said.count(Verdict.EQUIVALENT) >= 0.85 * trials
    assert said.count(Verdict.SLOWER) + said.count(Verdict.FASTER) == 0


@pytest.mark.parametrize(("margin", "spread"), [(0.01, 0.01), (0.03, 0.02), (0.03, 0.05)])
def test_the_second_stage_makes_the_interval_half_as_wide_as_the_margin(margin: float, spread: float) -> None:
    rng = np.random.default_rng(2)
    assert all(two_stages(rng, 0.0, spread, margin).log_half <= math.log1p(margin) / 2 * 1.001 for _ in range(200))


def test_what_did_not_change_is_never_called_changed_and_nearly_always_equivalent() -> None:
    rng, trials = np.random.default_rng(3), 3000
    found = [verdict(two_stages(rng, 0.0, 0.01, 0.03), 0.03) for _ in range(trials)]
    assert found.count(Verdict.SLOWER) == found.count(Verdict.FASTER) == 0
    assert found.count(Verdict.EQUIVALENT) >= 0.95 * trials


@pytest.mark.parametrize(
    ("spread", "chance"),
    [(0.01, (1 - CONFIDENCE) / 2), (0.02, 0.008), (0.04, (1 - CONFIDENCE) / 2)],
    ids=["the pilot is enough", "by chance it is", "it never is"],
)
def test_a_change_at_the_very_margin_looks_slower_hardly_oftener_than_half_of_what_the_interval_leaves_out(
    spread: float, chance: float
) -> None:
    """By chance a pilot differs so little that it seems to be enough, where a larger one would not: this costs three in
    a thousand, before anything is confirmed."""
    rng, trials = np.random.default_rng(4), 6000
    found = [verdict(two_stages(rng, math.log1p(0.03), spread, 0.03), 0.03) for _ in range(trials)]
    assert found.count(Verdict.SLOWER) <= trials * chance + 3 * math.sqrt(trials * chance)


def called_slower(rng: np.random.Generator, truth: float, margin: float) -> bool:
    """Found, and confirmed by fresh blocks."""
    found = two_stages(rng, truth, 0.01, margin)
    if verdict(found, margin) is not Verdict.SLOWER:
        return False
    return confirms(change(list(rng.normal(truth, 0.01, blocks_to_confirm(found, margin)))), Verdict.SLOWER, margin)


def test_two_per_cent_are_found_and_confirmed_at_a_margin_of_one() -> None:
    rng, trials = np.random.default_rng(5), 1000
    assert sum(called_slower(rng, math.log(1.02), 0.01) for _ in range(trials)) >= 0.98 * trials


def test_a_finding_close_to_the_margin_gets_as_many_fresh_blocks_as_show_it_but_never_more_than_twice_its_own() -> None:
    def fresh(log_mean: float) -> int:
        return blocks_to_confirm(known(log_mean, 0.002, 19.0, 30), 0.01)

    far, near, nearer = fresh(0.03), fresh(0.0165), fresh(0.0105)
    assert far == math.ceil(CONFIRMING * 30)
    assert far < near < nearer == 2 * 30
    assert blocks_to_confirm(known(0.03, 0.002, 4.0, 5), 0.01) == 2 * FEWEST


def test_a_change_at_the_very_margin_is_confirmed_by_chance_once_in_thousands() -> None:
    rng, trials = np.random.default_rng(10), 10_000
    assert sum(called_slower(rng, math.log1p(0.01), 0.01) for _ in range(trials)) <= 8  # 2.5 are to be expected


def test_fresh_blocks_confirm_nothing_on_the_other_side_of_the_margin() -> None:
    again = change([-0.05, -0.051, -0.049, -0.05, -0.052])
    assert not confirms(again, Verdict.SLOWER, 0.01)
    assert confirms(again, Verdict.FASTER, 0.01)


@pytest.mark.parametrize(
    ("mean", "half", "wanted"),
    [
        (0.05, 0.01, Verdict.SLOWER),
        (-0.05, 0.01, Verdict.FASTER),
        (0.01, 0.01, Verdict.EQUIVALENT),
        (0.03, 0.01, Verdict.INCONCLUSIVE),
        (0.0, 0.04, Verdict.INCONCLUSIVE),
        (0.0, 0.0, Verdict.EQUIVALENT),
    ],
)
def test_the_verdict_says_where_the_whole_interval_lies(mean: float, half: float, wanted: Verdict) -> None:
    assert verdict(Change(mean, half, half / 3, 11, 12), 0.03) is wanted


@given(LOGS, LOGS)
def test_the_arms_change_places_and_so_does_the_verdict(pilot: list[float], further: list[float]) -> None:
    found, mirrored = change(pilot, further), change([-one for one in pilot], [-one for one in further])
    opposite = {Verdict.SLOWER: Verdict.FASTER, Verdict.FASTER: Verdict.SLOWER}
    said = verdict(found, 0.03)
    assert verdict(mirrored, 0.03) is opposite.get(said, said)
    assert mirrored.ratio == pytest.approx(1 / found.ratio)
    assert p_value(mirrored, 0.03) == pytest.approx(p_value(found, 0.03))


@given(LOGS)
def test_a_verdict_of_change_is_improbable_by_chance(pilot: list[float]) -> None:
    found = change(pilot)
    changed = verdict(found, 0.03) in (Verdict.SLOWER, Verdict.FASTER)
    assert changed == (p_value(found, 0.03) < (1 - CONFIDENCE) / 2 * (1 - 1e-9)) or math.isclose(
        p_value(found, 0.03), (1 - CONFIDENCE) / 2, rel_tol=1e-6
    )


@pytest.mark.parametrize("blocks", [[], [0.1], [0.1, math.nan], [math.inf, 0.0, 0.1]])
def test_no_change_is_made_of_nothing(blocks: list[float]) -> None:
    with pytest.raises(ValueError, match="two finite blocks"):
        change(blocks)


def test_holm_is_the_one_of_the_textbook() -> None:
    # 0.01 ≤ 0.05/4, 0.013 ≤ 0.05/3, but 0.04 > 0.05/2: the last two fall, though 0.045 ≤ 0.05.
    assert holm([0.013, 0.045, 0.01, 0.04], 0.05) == [True, False, True, False]


@given(CHANCES)
def test_holm_lets_through_no_more_than_each_alone_would_and_no_fewer_than_bonferroni(chances: list[float]) -> None:
    for chance, stands in zip(chances, holm(chances, 0.05), strict=True):
        assert stands or chance > 0.05 / len(chances)
        assert not stands or chance <= 0.05


def test_among_many_that_stand_at_the_edge_hardly_ever_any_is_called_changed() -> None:
    rng, trials, cases = np.random.default_rng(6), 400, 100
    alarms = 0
    for _ in range(trials):
        found = [change(list(rng.normal(math.log1p(0.03), 0.01, PILOT))) for _ in range(cases)]
        alarms += any(holm([p_value(one, 0.03) for one in found]))
    assert alarms <= 0.01 * trials + 3 * math.sqrt(0.01 * trials)


MARGINS = (0.005, 0.01, 0.03, 0.1, 0.5)


def verdicts(rng: np.random.Generator, truths: Mapping[str, float], margins: Mapping[str, float]) -> dict[str, Verdict]:
    """Of cases that are measured together, each at its own margin: found, standing among all, and confirmed."""
    found = {name: two_stages(rng, truth, 0.01, max(margins[name], 0.01)) for name, truth in truths.items()}
    stands = standing(found, margins)
    said = {}
    for name, one in found.items():
        said[name] = verdict(one, margins[name])
        if said[name] in (Verdict.SLOWER, Verdict.FASTER):
            again = change(list(rng.normal(truths[name], 0.01, blocks_to_confirm(one, margins[name]))))
            upheld = stands[name] and confirms(again, said[name], margins[name])
            said[name] = said[name] if upheld else Verdict.INCONCLUSIVE
    return said


def test_cases_at_the_edges_of_margins_that_differ_hardly_ever_stand_together() -> None:
    """The family's error holds for the finding alone, before anything is confirmed."""
    rng, trials = np.random.default_rng(11), 1000
    margins = {f"{margin} {n}": margin for margin in MARGINS for n in range(6)}
    alarms = 0
    for _ in range(trials):
        edges = {name: change(list(rng.normal(math.log1p(margin), 0.01, PILOT))) for name, margin in margins.items()}
        alarms += any(standing(edges, margins).values())
    assert alarms <= FAMILY_ERROR * trials + 3 * math.sqrt(FAMILY_ERROR * trials)


def test_among_margins_that_differ_what_changed_beyond_its_own_is_found_and_nothing_else() -> None:
    rng, trials = np.random.default_rng(12), 200
    margins = {f"{margin} {kind} {n}": margin for margin in MARGINS for kind in ("same", "changed") for n in range(3)}
    truths = {name: math.log1p(2.5 * one + 0.01) if "changed" in name else 0.0 for name, one in margins.items()}
    said = [verdicts(rng, truths, margins) for _ in range(trials)]
    every = {kind: [v for one in said for name, v in one.items() if kind in name] for kind in ("same", "changed")}
    assert not {Verdict.SLOWER, Verdict.FASTER} & set(every["same"])
    assert every["changed"].count(Verdict.SLOWER) >= 0.99 * len(every["changed"])
    assert Verdict.FASTER not in every["changed"]


def test_runs_that_share_no_block_are_compared_by_welch_and_cover_the_truth_as_often_as_said() -> None:
    rng, trials, truth = np.random.default_rng(7), 4000, 0.03
    found = [
        change_apart(list(rng.normal(4.0, 0.01, 7)), list(rng.normal(4.0 + truth, 0.03, 7))) for _ in range(trials)
    ]
    covered = sum(abs(one.log_mean - truth) <= one.log_half for one in found)
    assert covered / trials >= CONFIDENCE - 3 * math.sqrt(CONFIDENCE * (1 - CONFIDENCE) / trials)
    assert all(6 - 1e-6 <= one.df <= 12 + 1e-6 for one in found)


@pytest.mark.parametrize("arms", [([1.0], [1.0, 2.0]), ([1.0, 2.0], []), ([1.0, math.inf], [1.0, 2.0])])
def test_no_change_is_made_of_a_single_launch(arms: tuple[list[float], list[float]]) -> None:
    with pytest.raises(ValueError, match="two finite launches"):
        change_apart(*arms)


def test_runs_without_any_spread_differ_by_what_they_differ() -> None:
    found = change_apart([1.0, 1.0], [1.5, 1.5, 1.5])
    assert (found.log_mean, found.log_half, found.blocks) == (0.5, 0.0, 2)


def test_a_pilot_that_is_not_enough_grows_before_it_says_how_many_are() -> None:
    rng = np.random.default_rng(13)
    pilot = [*rng.normal(0, 0.005, PILOT - 2), 0.15, 0.16]
    assert blocks_needed(pilot[:-2], [], 0.03) == PILOT - 2
    assert blocks_needed(pilot, [], 0.03) == LARGE_PILOT
    further = list(rng.normal(0, 0.005, LARGE_PILOT - PILOT))
    assert blocks_needed(pilot, further[:-1], 0.03) == LARGE_PILOT
    assert blocks_needed(pilot, further, 0.03) == LARGE_PILOT
    assert change(pilot, further).log_half < change(pilot, further[:-1]).log_half / 5


def test_a_step_between_two_changes_holds_the_truth_as_often_as_it_says() -> None:
    rng, trials, held = np.random.default_rng(3), 3000, 0
    for _ in range(trials):
        before, after = (change(list(rng.normal(truth, spread, PILOT))) for truth, spread in ((0.1, 0.01), (0.3, 0.03)))
        found = step(before, after)
        held += abs(found.log_mean - 0.2) <= found.log_half
    assert held / trials == pytest.approx(CONFIDENCE, abs=0.007)


@given(st.floats(-1, 1), st.floats(0.001, 0.1), st.floats(2, 40))
def test_a_step_from_what_is_exact_is_as_sure_as_the_other(mean: float, error: float, df: float) -> None:
    exact = Change(0.0, 0.0, 0.0, math.inf, 0)
    other = change_of(mean, error, df)
    for found, sign in ((step(exact, other), 1), (step(other, exact), -1)):
        assert found.log_mean == sign * mean
        assert found.log_half == pytest.approx(other.log_half)
        assert found.df == pytest.approx(df)
    assert step(exact, exact).log_half == 0.0


def change_of(mean: float, error: float, df: float) -> Change:
    return Change(mean, float(stdtrit(df, (1 + CONFIDENCE) / 2)) * error, error, df, 12)


def test_the_product_of_changes_has_the_errors_of_all() -> None:
    one, other = known(0.1, 0.003, 11, 16), known(-0.04, 0.004, 19, 30)
    found = product([one, other])
    assert found.log_mean == pytest.approx(0.06)
    assert found.standard_error == pytest.approx(0.005)
    assert found.blocks == 16
    assert product([one]) == one
    assert product([]) == UNCHANGED
