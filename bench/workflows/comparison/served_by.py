"""Two sides of a served comparison behind the servers that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.host.affinity import cores
from bench.model.comparison import Side
from bench.model.server import ServerSettings
from bench.runner.agent_pair import PairedPlan
from bench.runner.plan import Plan


def served_by(
    paired: PairedPlan, sides: tuple[Side, Side], servers: Sequence[ServerSettings]
) -> tuple[PairedPlan, tuple[Side, Side]]:
    """One server serves both sides, of two the first the base and the second the head; without any, all stays."""
    if not servers:
        return paired, sides
    first, last = servers[0], servers[-1]
    base, head = _behind(paired.base, first), _behind(paired.head, last)
    old, new = sides
    named = old.model_copy(update={"server": first}), new.model_copy(update={"server": last})
    return replace(paired, base=base, head=head), named


def _behind(plan: Plan, server: ServerSettings) -> Plan:
    """Several workers have a core each, as far as there are enough. The loop stays that of both sides, if none is
    asked for: where one Python has no uvloop, it isn't the loop that is compared."""
    if "loop" in plan.server.settings and "loop" not in server.settings:
        settings = {**server.settings, "loop": plan.server.settings["loop"]}
        server = server.model_copy(update={"settings": dict(sorted(settings.items()))})
    spread = replace(plan.cores, server=cores(workers=server.workers).server)
    return replace(plan, server=server, cores=spread)
