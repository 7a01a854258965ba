"""How should blocks be summed up? Blocks of comparisons of equal stacks, drawn again and judged in several ways.

    python docs/blocks.py results/comparisons/ID… [--margin 0.03] [--most 22 40] [--trials 400]

Each case's blocks are taken in either direction, so that the true log ratio is zero. Prints, for each size of the
pilot, and of the first stage of a case for which that isn't enough, and for each share that is cut off at either end,
how often cases are equivalent, are called changed, and have an interval that misses the truth, by Stein's two stages
with at most so many blocks.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.analysis.comparison.blocks import blocks
from bench.model.comparison import Verdict
from bench.stats import two_stage
from bench.stats.two_stage import blocks_needed, change
from bench.store import documents

WAYS = ((12, 12, 0.1), (12, 12, 0.2), (12, 20, 0.0), (12, 20, 0.1), (12, 20, 0.2), (16, 16, 0.125), (20, 20, 0.1))
FEWEST_BLOCKS = 25


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("comparisons", type=Path, nargs="+")
    asked.add_argument("--margin", type=float, default=0.03)
    asked.add_argument("--most", type=int, nargs="+", default=[22, 40])
    asked.add_argument("--trials", type=int, default=400)
    given = asked.parse_args()
    pools = list(_pools(given.comparisons))
    print(f"{len(pools)} cases with {np.median([len(pool) // 2 for pool in pools]):g} blocks each (median)")
    print(f"{'at most':>7}  {'pilot':>5}  {'large':>5}  {'cut':>5}  {'equivalent':>10}  {'changed':>8}  {'misses':>6}")
    for most in given.most:
        for pilot, large, cut in WAYS:
            two_stage.TRIMMED, two_stage.LARGE_PILOT = cut, large
            rng = np.random.default_rng(1)
            tried = np.array([_tried(pool, pilot, most, given, rng) for pool in pools]).mean(axis=0)
            print(
                f"{most:7d}  {pilot:5d}  {large:5d}  {cut:5.3g}  {tried[0]:10.1%}  {tried[1]:8.4%}  {tried[2]:6.1%}",
                flush=True,
            )


def _pools(folders: list[Path]) -> Iterator[np.ndarray]:
    found: dict[str, list[float]] = {}
    for folder in folders:
        for case, seen in blocks(documents.COMPARISON.load(folder), "cpu_us").items():
            found.setdefault(case, []).extend((*seen.pilot, *seen.further))
    for logs in found.values():
        if len(logs) >= FEWEST_BLOCKS:
            yield np.concatenate([logs, np.negative(logs)])


def _tried(
    pool: np.ndarray, pilot: int, most: int, given: argparse.Namespace, rng: np.random.Generator
) -> tuple[float, float, float]:
    equivalent = changed = missed = 0
    for drawn in rng.choice(pool, size=(given.trials, most)):
        first, further = list(drawn[:pilot]), list[float]()
        while (needed := min(blocks_needed(first, further, given.margin), most)) > pilot + len(further):
            further = list(drawn[pilot:needed])
        found = change(first, further)
        said = two_stage.verdict(found, given.margin)
        equivalent += said is Verdict.EQUIVALENT
        changed += said in (Verdict.SLOWER, Verdict.FASTER)
        missed += math.fabs(found.log_mean) > found.log_half
    return equivalent / given.trials, changed / given.trials, missed / given.trials


if __name__ == "__main__":
    main()
