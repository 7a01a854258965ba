"""What has to run beside the targets: PostgreSQL, with the data that they expect to find in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from bench.catalog.source import Source
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import AgentError
from bench.runner.plan import Plan
from bench.services import postgres
from bench.services.postgres import DatabaseError

_SEED_FILE = "_seed.py"
_SEEDING_S = 900.0


@contextmanager
def beside(plan: Plan, during: Pass) -> Iterator[tuple[Plan, tuple[MissingSample, ...]]]:
    """The plan with its database running, seeded, if a case needs one.

    Where none can be had, the plan without those cases, and for each of them an absence with the reason, whose pass
    is `during`.
    """
    needing = [case for case in plan.cases if plan.targets[case.target].services]
    with ExitStack() as running:
        ready, reason = plan, ""
        if needing:
            try:
                ready = replace(plan, database=running.enter_context(postgres.running(plan.cores.database)))
                _seed(ready, needing)
            except (DatabaseError, AgentError) as error:
                reason = str(error)
        if not reason:
            yield ready, ()
            return
        ids = sorted(case.id for case in needing)
        skipped = tuple(MissingSample(case=id_, during=during, kind="skipped", reason=reason) for id_ in ids)
        yield replace(plan, cases=tuple(case for case in plan.cases if case not in needing)), skipped


def _seed(plan: Plan, needing: Sequence[Case]) -> None:
    """Have the folder's own `_seed.py` put there as many rows as the largest request of these cases asks for.

    It runs in the stack's environment, like the targets whose data it shares.
    """
    file = plan.folder / _SEED_FILE
    if plan.database is None or not file.exists():
        return
    rows = max(plan.targets[case.target].requests[case.request].expect.rows or 0 for case in needing)
    with plan.launch(0) as agent:
        agent.call("seed", timeout_s=_SEEDING_S, url=plan.database.url, source=Source.read(file).sha256(), rows=rows)
