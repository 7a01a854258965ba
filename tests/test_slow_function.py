"""A function that was made slow on purpose is named, with its layer, by the flame graph."""

from __future__ import annotations

from pathlib import Path

from plans import TINY, plan

from bench.measure import profile
from bench.measure.profile import Profile
from bench.report.figures.flame_graph import flame
from bench.stack.environment import Environment

TARGET = '''"""A target of a test."""
import time
from fastapi import Depends, FastAPI

TARGET = {"over": None, "adds": "slow", "requests": {"one": {"path": "/"}}}
app = FastAPI()


async def session():
    end = time.thread_time_ns() + 1_000_000
    while time.thread_time_ns() < end:
        for _ in range(5_000):  # else the clock would be the hottest
            pass


@app.get("/")
async def get(_: None = Depends(session)) -> str:
    return "fine"
'''


def test_a_millisecond_burnt_in_a_dependency_is_the_hottest_frame_and_the_handlers(
    environment: Environment, tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text(TARGET)
    (found,) = profile.measure(plan(environment, tmp_path, TINY))
    assert isinstance(found, Profile)
    drawn = flame(found.sample, found.folded)
    assert (drawn.hottest[0].frame, drawn.hottest[0].layer) == ("targets.slow:session", "handler")
    assert drawn.shares[0][0] == "handler"
    assert drawn.shares[0][1] > 0.5


def test_the_garbage_collector_is_a_layer_of_its_own(environment: Environment, tmp_path: Path) -> None:
    cycles = "import gc, time\nclass Knot: pass\n"
    body = "    for _ in range(3000):\n        knot = Knot()\n        knot.self = knot\n"
    text = TARGET.replace("import time\n", cycles).replace("    return", f"{body}    return")
    (tmp_path / "cyclic.py").write_text(text)
    (found,) = profile.measure(plan(environment, tmp_path, TINY))
    assert isinstance(found, Profile)
    shares = dict(flame(found.sample, found.folded).shares)
    assert shares["gc"] > 0.02
    assert "bench.agent.profiles.profiling" not in found.folded
    assert "bench.agent.timing" not in found.folded
