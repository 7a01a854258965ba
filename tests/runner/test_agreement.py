"""Two stacks are compared by what they answer: what varies by itself is no difference, another status or shape is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.model.app_options import AppOptions
from bench.model.comparison import AnswerMismatch
from bench.model.run import MissingSample
from bench.model.workload import Case
from bench.runner.agent_pair import PairedPlan
from bench.runner.agreement import check
from bench.stack.environment import Environment

CLOCK = "answer = b'{\"at\": %d}' % time.perf_counter_ns()"
BASE = {
    "same": "",
    "clock": CLOCK,
    "packed": "import gzip; answer = gzip.compress(b'same', mtime=1)",
    "other": "",
    "reshaped": CLOCK,
    "broken": "raise ValueError('no')",
}
HEAD = BASE | {
    "packed": "import gzip; answer = gzip.compress(b'same', 1, mtime=2)",
    "other": "answer = b'other'",
    "reshaped": "answer = b'{\"on\": %d}' % time.perf_counter_ns()",
}


def test_only_what_two_stacks_say_differently_differs(environment: Environment, tmp_path: Path) -> None:
    plans = []
    for side, bodies in (("base", BASE), ("head", HEAD)):
        folder = tmp_path / side
        folder.mkdir()
        for name, body in bodies.items():
            write_target(folder, name, body)
        packed = folder / "packed.py"
        packed.write_text(packed.read_text().replace('"headers": [', '"headers": [(b"content-encoding", b"gzip"), '))
        plans.append(plan(environment, folder))
    found = {one.id if isinstance(one, Case) else one.case: one for one in check(PairedPlan(*plans))}
    assert found.keys() == {"clock:one", "other:one", "reshaped:one", "broken:one"}
    assert isinstance(found["clock:one"], Case)
    assert (found["clock:one"].compared, found["clock:one"].varies) == ("shape", ("$.at",))
    assert isinstance(found["other:one"], AnswerMismatch)
    assert found["other:one"].broken is None
    assert isinstance(found["reshaped:one"], AnswerMismatch)
    assert "$.at is missing" in found["reshaped:one"].head
    assert isinstance(found["broken:one"], MissingSample)
    assert "on both stacks: fails: ValueError: no" in found["broken:one"].reason


def test_how_long_an_app_takes_to_start_is_known_before_it_is_asked_and_may_end_the_check(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "slow", "open('asked', 'w').close()")
    app = AppOptions("slow:app", tmp_path)
    paired = PairedPlan(*(replace(plan(environment, tmp_path), app=app) for _ in ("base", "head")))
    assert paired.starts_s(alone=True) == 0.0

    def refuse() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        list(check(paired, refuse))
    assert paired.starts_s(alone=False) >= paired.starts_s(alone=True) > 0.0
    assert paired.start_s > max(paired.base.costs.lifespan_s, paired.head.costs.lifespan_s) > 0.0
    assert not (tmp_path / "asked").exists()
