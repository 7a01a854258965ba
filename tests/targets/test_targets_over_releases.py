"""The targets keep their promises from the oldest FastAPI that they name to the newest."""

from __future__ import annotations

from pathlib import Path

import pytest
from plans import plan

from bench.engine.contract import verify
from bench.stack import build, lacks


@pytest.mark.slow
@pytest.mark.parametrize("version", ["0.100.1", "0.115.12", "0.129.2", "0.130.0"])
def test_every_case_answers_on_an_older_fastapi(root: Path, version: str) -> None:
    environment = build([f"fastapi=={version}"], root)
    chosen = plan(environment, root / "targets")
    assert environment.stack.packages["fastapi"] == version
    assert not [name for name, target in chosen.targets.items() if lacks(environment.stack, target.requires)]
    verify(chosen)
