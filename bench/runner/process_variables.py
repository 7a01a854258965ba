"""The variables that a process in a stack's environment is given, before any of its own."""

from __future__ import annotations

import os

from bench.host.child import passed_on
from bench.stack.environment import Environment


def process_variables(environment: Environment) -> dict[str, str]:
    """Of an environment that isn't ours: as if it were activated, and nothing is written beside its modules."""
    given = passed_on()
    if not environment.foreign:
        return given
    programs = str(environment.python.parent)
    sources = {"PYTHONPATH": os.pathsep.join(map(str, environment.sources))} if environment.sources else {}
    return given | {
        **sources,
        "PATH": os.pathsep.join(filter(None, (programs, given.get("PATH")))),
        "PYTHONPYCACHEPREFIX": str(environment.bytecode),
    }
