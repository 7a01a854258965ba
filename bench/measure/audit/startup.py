"""What starting the app costs, each time in a fresh process, alone: no reference work beside it would tell that another
core's work slowed it."""

from __future__ import annotations

from collections.abc import Generator

from bench.measure.audit.audit_pass import AuditPass
from bench.measure.audit.inputs import AuditInputs
from bench.measure.audit.launches import Found
from bench.model.audit import StartupSample
from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.runner.agent_process import AgentError

# An OpenAPI schema is made as well.
_SCHEMA_S = 0.5


def measure(inputs: AuditInputs) -> Generator[Found]:
    """A sample per launch; the first request is that of the first case. The first launch learns what the app imports,
    so that the others can tell that from building it."""
    cases = inputs.cases
    if not cases:
        return
    asked, imports = inputs.plan.arguments(cases[0]), None
    for launch in range(inputs.effort.startups):
        try:
            with inputs.plan.launch(launch) as agent:
                found = agent.call("startup", target=asked["target"], request=asked["request"], imports=imports)
        except AgentError as error:
            yield MissingSample.invalid(cases[0].target, Pass.FACTS, error)
            return
        imports = found.pop("libraries") or imports
        yield StartupSample(launch=launch, **found)


SPEC = AuditPass(
    "start-up",
    measure,
    observations=lambda inputs: inputs.effort.startups if inputs.cases else 0,
    expected_s=lambda inputs: inputs.effort.startups * (inputs.launch_s + _SCHEMA_S),
)
