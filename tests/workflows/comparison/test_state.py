"""An app whose every write makes the next one more expensive: both sides get equally many, and its growth is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from app_repository import SPEC, Repository, app_repository, route

from bench.model.app_options import AppOptions
from bench.model.pair_samples import PairSample
from bench.model.workload import Pass
from bench.workflows.request import MeasurementRequest
from bench.workflows.series.version_pair import VersionComparer

POST = "POST /items"
GROWING = """

from pathlib import Path

items: list[bytes] = []


@router.post("/items")
async def add_item() -> dict[str, object]:
    items.append(bytes(4096))
    with open("FOLDER/" + Path.cwd().name, "a") as asked:
        asked.write("x")
    work(16 * len(items))
    return {"added": True}
"""


class Unheard:
    """A listener that nobody looks at."""

    def expects(self, total_s: float) -> None: ...

    def reached(self, doing: str, subject: str, spent_s: float) -> None: ...


@pytest.fixture
def growing(tmp_path: Path) -> Repository:
    made = app_repository(tmp_path / "service", routes=1)
    routes = (made.folder / "app/routes.py").read_text()
    asked = json.loads((made.folder / "layercake.json").read_text())
    asked["routes"][POST] = {"requests": [{"path": "/items", "expect": {"status": 200}}]}
    (tmp_path / "asked").mkdir()
    code = routes + GROWING.replace("FOLDER", str(tmp_path / "asked"))
    made.commit("A list that grows", app__routes_py=code, layercake_json=json.dumps(asked))
    return made


@pytest.mark.slow
@pytest.mark.measures
def test_a_list_that_grows_with_each_post_is_a_drift_on_both_sides(growing: Repository, tmp_path: Path) -> None:
    app = AppOptions(SPEC, growing.folder, writes=True)
    choice = MeasurementRequest((Pass.TIMING, Pass.ALLOCATIONS), app=app)
    comparer = VersionComparer(choice, tmp_path / "comparisons", 120.0, Unheard())
    found = comparer.compare("git:main", "git:main", 0.03)
    assert {(one.case, one.side) for one in found.drifts} == {(POST, "base"), (POST, "head")}
    assert all(one.ci_low > 0 for one in found.drifts)
    assert max(one.ci_low for one in found.drifts) < min(one.ci_high for one in found.drifts)
    pairs = [one for one in found.samples if isinstance(one, PairSample)]
    assert {one.case for one in pairs} == {POST, route(1)}
    base, head = (len(file.read_text()) for file in (tmp_path / "asked").iterdir())
    assert base == head >= sum(one.base.calls * len(one.base.cpu_us) for one in pairs if one.case == POST)
