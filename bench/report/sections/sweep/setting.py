"""What a sweep rests on: how its figures are read, its releases and its host."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from bench.analysis.comparison.verdicts import CHANGED
from bench.model.comparison import OF_A_START
from bench.model.series import Sweep
from bench.report.document import Facts, Prose, Section
from bench.report.sections.provenance import again, host_facts, made_at, made_by, packages
from bench.report.words.metrics import UNITS
from bench.stats.multiple_testing import FAMILY_ERROR
from bench.text.numbers import number, share
from bench.text.verdicts import said_of

_NOT_AMONG = ", without pre-releases and yanked ones"
_CONFIRMED = (
    "A step that looks larger than half of the margin, or is inconclusive, is measured again: the two releases are "
    "compared directly, the newer one with the packages of the older one if it allows them. A step is confirmed when "
    "these new blocks alone show it beyond the margin. Its size is theirs, and only such steps are marked."
)
_UNCONFIRMED = "The steps of this sweep were not measured again: no new blocks confirm them."


def reading(sweep: Sweep) -> Section:
    """How its figures came to be, and what they mean."""
    package, margin = sweep.words.package, share(sweep.words.margin)
    block = "In each block a fresh process of both runs the same request in short windows that alternate on one core"
    if sweep.words.metric in OF_A_START:
        block = "In each block the same app is started in a fresh process of both, one after the other on one core"
    loops = " There is no step between two Pythons that ran on different event loops." if sweep.words.of_python else ""
    changed = " or ".join(said_of(one, sweep.words.metric) for one in CHANGED)
    drawn = " also draws flame graphs of the difference" if sweep.words.metric == "cpu_us" else ""
    said = (
        f"Every release is compared with the same stack, the reference ({package} {sweep.anchored}). {block}, and the "
        "block gives one ratio. A drift of the machine affects both sides alike, so it cancels out of the ratio. "
        "Other packages keep the versions of the reference if the release allows it.",
        "A step is the difference between the log ratios of two neighbours; its interval comes from both (Welch and "
        f"Satterthwaite). It is {changed} when its whole interval lies beyond the margin of {margin} and it "
        "stands among all steps of all cases: Holm's correction keeps the chance of one false change among them below "
        f"{share(FAMILY_ERROR)}. It is equivalent when its interval lies within the margin, and inconclusive "
        "otherwise. Allocations are counted: they have no interval, and are judged on their own." + loops,
        *(() if sweep.words.of_python else (_CONFIRMED if sweep.direct or not sweep.complete else _UNCONFIRMED,)),
        f"{UNITS[sweep.words.metric]} are the ratio times the cost of the reference, which is the median over all "
        "comparisons. For a closer look at one step, compare its two releases directly: "
        f"`{_directly(sweep)}`{drawn}.",
    )
    return Section("How to read this", tuple(map(Prose, said)), "reading", shown="page")


def _directly(sweep: Sweep) -> str:
    of_starts = " --startup" if sweep.words.metric in OF_A_START else ""
    if sweep.words.of_python:
        return f"bench compare --python {','.join(sweep.releases[:2])}{of_starts}"
    package = sweep.words.package
    return f"bench compare '{package}==…' '{package}==…'{of_starts}"


def setting(sweep: Sweep) -> Section:
    """Its releases, the reference, the host, and the command."""
    versions = tuple(sweep.anchor.stack.packages.items())
    blocks = (
        Facts(tuple(_facts(sweep))),
        packages(f"The {len(versions)} packages of the reference", versions),
        again(
            [shlex.join(["bench", *sweep.command])],
            "Use the commit and host above. The reference lock file and all comparisons are in this folder.",
        ),
    )
    return Section("Releases and host", blocks, "setting", shown="page")


def _facts(sweep: Sweep) -> Iterator[tuple[str, str]]:
    words, stack = sweep.words, sweep.anchor.stack
    which = f"every {words.every}th, with the first and the last, of those" if words.every > 1 else "all"
    among = f"{which} that match `{words.specifier}`" + ("" if words.of_python else _NOT_AMONG)
    yield "releases", f"{', '.join(sweep.releases)}: {among}"
    lock = f"lock `{stack.lock_sha256[:12]}`"
    yield "reference", f"{words.package} {sweep.anchored}, {lock}, Python {stack.python}"
    yield "budget", f"{number(words.budget_s, 0)} s per comparison"
    yield "sweep", f"`{sweep.id}`, {made_at(sweep.started_at)}, margin {share(words.margin)}"
    yield from host_facts(sweep.host)
    yield made_by(sweep)
