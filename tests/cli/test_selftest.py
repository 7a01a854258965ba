"""`bench selftest` as a user meets it."""

from __future__ import annotations

import pytest
from checkouts import PATIENCE_S, Checkout
from plans import write_target

from bench.store import documents


@pytest.mark.measures
@pytest.mark.slow
def test_a_selftest_finds_what_it_put_there_and_comparisons_quote_it(checkout: Checkout) -> None:
    for name in ("one", "two", "three", "four"):
        write_target(
            checkout.targets, name, "end = time.thread_time_ns() + 100_000\nwhile time.thread_time_ns() < end: pass"
        )
    process = checkout.start("selftest", "--budget", "60s")
    out, err = process.communicate(timeout=4 * PATIENCE_S)
    assert process.returncode in (0, 3), err
    assert "some cases deliberately slowed" in out
    assert "1 self-test on this host" in out
    (folder,) = (checkout.runs.parent / "selftests").iterdir()
    test = documents.COMPARISON.load(folder)
    assert sorted(one.share for one in test.injected) == [0.01, 0.02, 0.05]
    (slowed,) = [one.case for one in test.injected if one.share == 0.05]
    (result,) = [one for one in test.results if (one.case, one.metric) == (slowed, "cpu_us")]
    assert (result.ci_low or 0) > 1
    process = checkout.start("compare", "", "", "--budget", "15s", "--case", "one*")
    out, err = process.communicate(timeout=4 * PATIENCE_S)
    assert "1 self-test on this host" in " ".join(out.split()), err
    (folder,) = (checkout.runs.parent / "comparisons").iterdir()
    found = documents.COMPARISON.load(folder)
    assert found.selftest is not None
    assert found.selftest.tests == 1


def test_a_selftest_of_too_few_cases_is_refused(here: Checkout) -> None:
    write_target(here.targets, "one", "")
    status, _, err = here.bench("selftest")
    assert status == 2
    assert "1 cases are too few; a self-test needs at least 4" in err
