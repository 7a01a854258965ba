"""What self-tests say is said of each core too, by its own blocks."""

from __future__ import annotations

import pytest
from comparisons import COST_US, comparison, pair

from bench.analysis.comparison import injected, selftest
from bench.analysis.comparison import verdicts as analysis
from bench.model.comparison import Comparison
from bench.model.pair_samples import PairSample, Stage
from bench.model.run import Windows
from bench.model.selftest import CoreControl, Injection, Selftest
from bench.report.documents.selftest import document
from bench.report.words.comparison import notes
from tests.widths import assert_whole, printed

NAMES = ("one", "two", "three", "slowed")
STAGES: tuple[tuple[Stage, int], ...] = (("pilot", 12), ("further", 20))


def selftest_on(
    spreads: dict[int | None, float], ratios: dict[int | None, float] | None = None, speed: float = 1.0
) -> Comparison:
    """Blocks in turn on these cores, which differ so much there, and of cases that didn't change show these ratios;
    `speed` is by how much more every request takes on core 0."""
    cores, samples = list(spreads), []
    for name in NAMES:
        for stage, number in STAGES:
            for block in range(number):
                core = cores[block % len(cores)]
                cost = speed if core == 0 else 1.0
                ratio = 1 + 0.05 / cost if name == "slowed" else (ratios or {}).get(core, 1.0)
                made = pair(name, len(STAGES) * block, stage, ratio, spreads[core])
                samples.append(at(cost, made.model_copy(update={"core": core})))
    put = Injection(case="slowed:one", share=0.05, added_us=0.05 * COST_US)
    made_of = comparison(*NAMES, margin=selftest.MARGIN).model_copy(
        update={"samples": tuple(samples), "complete": True, "injected": (put,)}
    )
    return made_of.model_copy(update={"results": analysis.results(made_of)})


def at(cost: float, sample: PairSample) -> PairSample:
    def slower(arm: Windows) -> Windows:
        return arm.model_copy(
            update={name: tuple(cost * us for us in getattr(arm, name)) for name in ("cpu_us", "reference_us")}
        )

    return sample.model_copy(update={"base": slower(sample.base), "head": slower(sample.head)})


def known_of(test: Comparison) -> Selftest:
    known = selftest.summary([test], test.host)
    assert known is not None
    return known


def by_core(known: Selftest) -> dict[int, CoreControl]:
    return {one.core: one for one in known.cores}


def test_each_core_is_told_by_its_own_blocks() -> None:
    known = known_of(selftest_on({0: 0.004, 1: 0.004}))
    for one in known.cores:
        assert (one.cases, one.unchanged, one.held, one.alarms) == (4, 3, 4, 0)
        assert one.block_sd == pytest.approx(0.005, rel=0.5)
        assert 0.001 < one.half_width < 0.01
    assert list(by_core(known)) == [0, 1]
    assert sum(one.blocks for one in known.cores) == len({2 * block for block in range(20)})
    assert known.noisy_cores == ()


def test_a_core_that_is_wrong_is_told_from_the_one_that_is_right() -> None:
    known = by_core(known_of(selftest_on({0: 0.003, 1: 0.003}, {0: 1.03})))
    assert (known[0].alarms, known[0].held) == (3, 1)
    assert (known[1].alarms, known[1].held) == (0, 4)


def test_a_core_that_is_slower_has_a_truth_of_its_own() -> None:
    test = selftest_on({0: 0.003, 1: 0.003}, speed=1.5)
    assert all(one.held == 4 for one in known_of(test).cores)
    assert 1.05 / 1.015 < injected.truth(test, "slowed:one") < 1.05


def test_a_core_whose_blocks_differ_twice_as_much_is_named_where_results_are_read() -> None:
    known = known_of(test := selftest_on({0: 0.03, 1: 0.004}))
    assert known.noisy_cores == (0,)
    text = " ".join(printed(document(test, known), 120).split())
    assert "Much noisier than core 1 (blocks differ by " in text
    assert "%); stop what else uses core 0, or measure without it (taskset -c)." in text
    assert any("core 0" in note for note in notes(test.model_copy(update={"selftest": known})))
    assert_whole(document(test, known))


def test_a_line_for_each_core_stands_below_the_cases() -> None:
    known = known_of(test := selftest_on({0: 0.004, 1: 0.004}))
    text = printed(document(test, known), 120)
    lines = [
        line.split() for line in text[text.index("Each core") :].splitlines() if line.split()[:1] in (["0"], ["1"])
    ]
    assert [line[0] for line in lines] == ["0", "1"]
    assert all(" ".join(line).endswith("0 of 3 4 of 4") for line in lines)


def test_results_from_before_there_were_several_cores_say_nothing_of_them() -> None:
    known = known_of(test := selftest_on({None: 0.004}))
    assert known.cores == ()
    assert "Each core" not in printed(document(test, known), 120)


def test_a_core_that_others_used_is_told_with_what_was_left_out_and_no_interval() -> None:
    test = selftest_on({0: 0.004, 1: 0.004})
    few = [
        disturbed(one) if one.core == 0 and one.block >= 8 else one
        for one in test.samples
        if isinstance(one, PairSample)
    ]
    known = known_of(test.model_copy(update={"samples": tuple(few)}))
    found = by_core(known)[0]
    assert (found.cases, found.block_sd, found.half_width) == (0, None, None)
    assert found.left_out > 0.5
    assert by_core(known)[1].left_out == 0.0
    assert known.noisy_cores == (0,)
    text = " ".join(printed(document(test, known), 120).split())
    assert ": core 0 (too few undisturbed blocks); stop" in text


def disturbed(sample: PairSample) -> PairSample:
    slow = tuple(2 * us for us in sample.base.reference_us)
    return sample.model_copy(update={"base": sample.base.model_copy(update={"reference_us": slow})})
