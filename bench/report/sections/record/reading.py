"""How to read a record, and the command that measures it again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from bench.analysis.series.record import PackageRecord
from bench.analysis.series.steps import SCREENED
from bench.report.document import Code, Prose, Section
from bench.report.words.record import packages
from bench.stats.multiple_testing import FAMILY_ERROR
from bench.stats.two_stage import CONFIDENCE, CONFIRMATION_ERROR
from bench.text.numbers import share


def section(records: Sequence[PackageRecord]) -> Section:
    """For the page."""
    margin, looks = records[0].margin, SCREENED * records[0].margin
    said = (
        "Every release is compared with the same release of its package, the reference. In each block a fresh process "
        "of both answers the same request, in process or as a server, in short windows that alternate on one core; or "
        "it starts the same app. The block gives one ratio. What slows the machine slows both sides, so it cancels "
        "out, and figures of different days can be compared. Machines of another kind can have other ratios. The "
        "reference is an ordinary release: a cost below 0% is lower than its cost.",
        "Other packages keep the versions that the reference was resolved with, where the release allows it; where two "
        "neighbours are compared, the newer one keeps those of the older one. What changed all the same is named "
        "beside the step, and may have caused it. A line shows all packages of its time: where others moved, it "
        "differs from the confirmed steps, which keep them the same where they can.",
        f"A step looks changed if the difference of two releases exceeds {share(looks)}, half of the margin, with its "
        f"whole {CONFIDENCE:.0%} interval, and stays significant among all steps of all cases of its package "
        f"(Holm's correction: the chance of one false step among them all is below {share(FAMILY_ERROR)}). Both "
        "releases are then measured against each other in fresh blocks. The step is confirmed if these exceed the "
        f"margin of {share(margin)} in a one-sided test at {share(CONFIRMATION_ERROR)}. Its size is that of the fresh "
        "blocks, which were not used to select it. Only confirmed steps are marked.",
        "Where a package has releases between two neighbours of which a step looks changed, those are measured too, "
        "until the release is found. Releases between others were not measured.",
        "Functions are from profiles of both releases, which are taken after a step is confirmed and never give a "
        "time. Allocations are calls to Python's allocator per request; they are counted, and have no interval.",
    )
    return Section("How to read this", tuple(map(Prose, said)), "reading", shown="page")


def again(records: Sequence[PackageRecord]) -> Section:
    """For the page: the command, and what it keeps."""
    said = Prose(
        "It measures what the record lacks: new releases, and steps that are not clear yet. It works on any machine, "
        "since each release is measured beside the reference. All figures are in `results/record/` as JSON lines.",
        "soft",
    )
    command = shlex.join(["bench", "record", *packages(records)])
    return Section("Measure it again", (Code(command), said), "again", shown="page")
