"""What do blocks differ by: their windows, or their launches? Read from comparisons that were measured before.

    python docs/spread.py results/comparisons/ID…

For each comparison of stacks that are the same it prints, as medians of its cases, the pairs of a block, the standard
deviation of a block's ln(head/base), and the two parts of it: what its windows alone would make it differ by (of the
trimmed means of even and odd pairs, which share a launch, half the difference), and what is left for the launch.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
from scipy.stats import trim_mean

from bench.model.pair_samples import PairSample
from bench.stats.windows import undisturbed_mask, undisturbed_us
from bench.store import documents

FEWEST_BLOCKS, FEWEST_PAIRS = 8, 8
Split = tuple[float, float, float, float]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("comparisons", type=Path, nargs="+")
    print("| comparison | cases | pairs | SD of a block | by windows | by launches |\n|---|---|---|---|---|---|")
    for folder in asked.parse_args().comparisons:
        rows = list(_cases(folder))
        pairs, whole, windows, launches = (median(row[column] for row in rows) for column in range(4))
        print(f"| {folder.name} | {len(rows)} | {pairs:.0f} | {whole:.2%} | {windows:.2%} | {launches:.2%} |")


def _cases(folder: Path) -> Iterator[Split]:
    found: dict[str, list[np.ndarray]] = {}
    samples = [one for one in documents.COMPARISON.load(folder).samples if isinstance(one, PairSample)]
    limit = undisturbed_us([us for one in samples for us in (*one.base.reference_us, *one.head.reference_us)])
    for one in samples:
        quiet = undisturbed_mask(one.base.reference_us, limit) & undisturbed_mask(one.head.reference_us, limit)
        logs = (np.log(one.head.cpu_us) - np.log(one.base.cpu_us))[quiet]
        if logs.size >= FEWEST_PAIRS:
            found.setdefault(one.case, []).append(logs)
    for blocks in found.values():
        if len(blocks) >= FEWEST_BLOCKS:
            yield _split(blocks)


def _split(blocks: list[np.ndarray]) -> Split:
    whole = float(np.var([trim_mean(logs, 0.2) for logs in blocks], ddof=1))
    halves = [trim_mean(logs[::2], 0.2) - trim_mean(logs[1::2], 0.2) for logs in blocks]
    windows = float(np.var(halves)) / 4
    pairs = float(np.mean([logs.size for logs in blocks]))
    return pairs, math.sqrt(whole), math.sqrt(windows), math.sqrt(max(0.0, whole - windows))


if __name__ == "__main__":
    main()
