"""How to read a comparison: what a block is, and what each verdict means."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.comparison.counts import COUNTS
from bench.analysis.comparison.verdicts import CHANGED
from bench.model.comparison import OF_A_START, Comparison
from bench.model.pair_samples import ServedPair
from bench.report.document import Figure, Prose, Section
from bench.report.figures.forest_plot import block_dots, in_blocks
from bench.report.sections.comparison.startup import WHAT_A_START_IS
from bench.report.words.app_versions import what
from bench.report.words.comparison import CaseChange, other_metrics
from bench.report.words.margins import own
from bench.report.words.metrics import LABELS, measures
from bench.stats.multiple_testing import FAMILY_ERROR
from bench.stats.two_stage import LARGE_PILOT, TRIMMED
from bench.text.numbers import share
from bench.text.verdicts import said_of


def reading(comparison: Comparison, found: Sequence[CaseChange]) -> Section:
    """For a reader who sees such a page for the first time."""
    counted, blocks = comparison.gate in COUNTS, in_blocks(comparison)
    said = [_what_a_block_is(comparison, blocks)]
    beyond = "it" if counted else "its whole interval"
    own_too = " (or its own in the table)" if own(comparison) else ""
    margin, confidence = share(comparison.margin), f"{comparison.confidence * 100:g}"
    said.append(
        f"A case is {_changed(comparison)} when {beyond} lies beyond the margin of {margin}{own_too}, and equivalent "
        "when it lies within."
    )
    if not counted:
        said.append(
            f"It is inconclusive when it does neither. The interval holds the true change in {confidence} cases of 100."
        )
    if blocks:
        said.append(
            f"The change is the mean of all blocks, without {share(TRIMMED)} of them at either end. The first blocks, "
            f"a pilot of up to {LARGE_PILOT}, only decide how many more are needed (Stein's two stages), so looking at "
            "them does not bias the interval. Among many cases one looks changed by chance; Holm's correction keeps "
            f"that below {share(FAMILY_ERROR)} for all of them together. A case that looks changed is measured again, "
            "and called changed only if fresh blocks confirm it. A larger budget narrows the intervals."
        )
    if others := other_metrics(found):
        named = ", ".join(LABELS[name] for name in others)
        disagree = ", and where counts disagree with the time, the table says so" if set(COUNTS) & set(others) else ""
        said.append(
            f"The verdict is by the {measures(comparison)}. The other metrics ({named}) are in the table{disagree}."
        )
    return Section("How to read this", tuple(map(Prose, said)), "reading", shown="page")


def _changed(comparison: Comparison) -> str:
    """`slower or faster`; of starts that hold more or less, also `larger or smaller`."""
    pairs = [[said_of(one, metric) for one in CHANGED] for metric in comparison.judged]
    return ", or ".join(dict.fromkeys(" or ".join(pair) for pair in pairs))


def block_by_block(comparison: Comparison) -> Section | None:
    drawn = block_dots(comparison)
    if drawn is None:
        return None
    said = Prose(
        f"Each dot is one block, a fresh launch of both {what(comparison)}s: the cost of the head compared with the "
        "base in it. Each case has three rows of dots, from the top: the pilot (hollow), further blocks (grey), and "
        "the confirmation on fresh blocks (filled)."
    )
    return Section("Block by block", (said, Figure(html=drawn)), "blocks", shown="page")


def _what_a_block_is(comparison: Comparison, blocks: bool) -> str:
    if blocks and comparison.gate == "cpu_us":
        return (
            f"A block is one launch of a fresh process of each {what(comparison)}. Inside a block both run the same "
            "request in short windows that alternate on one core, and the block gives one ratio, head over base. "
            "Blocks are the replicates, windows are not."
        )
    if blocks and comparison.gate in OF_A_START:
        return WHAT_A_START_IS
    if blocks:
        in_turn = any(isinstance(one, ServedPair) for one in comparison.samples)
        asked = (
            "loaded by the same client one after the other"
            if in_turn
            else "both on one core. One client asks them in short windows that alternate"
        )
        return (
            f"A block is one launch of a server on each {what(comparison)}, {asked}. It gives one ratio, head over "
            "base. Blocks are the replicates, requests are not."
        )
    return (
        "The two sides were measured separately, each as a run of its own. Allocations decide: they are counted, and "
        "have no interval. Times are shown where both hosts look alike, but never decide, because two runs differ by "
        "more than their launches do. `bench compare` measures both together and says more."
    )
