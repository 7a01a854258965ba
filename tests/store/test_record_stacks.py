"""A step's stacks in a record's folder: read as they were written, and refused with a word on what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.analysis.series.record_profiles import recorded_stacks
from bench.profiles.diff import difference
from bench.store import record_stacks
from bench.store.files import StoreError
from tests.profile_runs import BASE, HEAD, launches

STACKS = recorded_stacks(difference("a:b", launches(BASE), launches(HEAD)), "fastapi", "0.115.0", "0.116.0")


def test_stacks_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = record_stacks.save(tmp_path, STACKS)
    assert file == "stacks/fastapi-0.115.0-0.116.0-a-b.json"
    assert record_stacks.load(tmp_path, file) == STACKS
    assert record_stacks.save(tmp_path, STACKS) == file


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"schema_version": 9}, "has schema version 9, this layercake reads 1"),
        ({"nodes": []}, "isn't a recorded stacks: nodes"),
        ({"nodes": [[1, 0, "", 1, 1]]}, "node 0 has no parent"),
        ({"nodes": [[0, 0, "", 1, 1], [2, 0, "", 1, 1]]}, "node 1 has no parent"),
        ({"nodes": [[0, 0, "", 1, 1], [0, 0, "", 1, 1]]}, "node 1 has no parent"),
        ({"nodes": [[0, 99, "", 1, 1]]}, "node 0 has frame 99 of "),
        ({"nodes": [[0, 0, "odd", 1, 1]]}, "isn't a recorded stacks: nodes.0.2"),
        ({"nodes": [[0, 0, "", -1, 1]]}, "isn't a recorded stacks: nodes.0.3"),
        ({"launches": 0}, "isn't a recorded stacks: launches"),
    ],
)
def test_what_is_damaged_is_refused_by_name(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    file = record_stacks.save(tmp_path, STACKS)
    (tmp_path / file).write_text(json.dumps({**json.loads((tmp_path / file).read_text()), **changes}))
    with pytest.raises(StoreError, match=complaint) as refused:
        record_stacks.load(tmp_path, file)
    assert file in str(refused.value)


def test_half_a_file_and_none_at_all_are_refused(tmp_path: Path) -> None:
    file = record_stacks.save(tmp_path, STACKS)
    (tmp_path / file).write_text((tmp_path / file).read_text()[:100])
    with pytest.raises(StoreError, match="isn't JSON"):
        record_stacks.load(tmp_path, file)
    with pytest.raises(StoreError, match="no such file"):
        record_stacks.load(tmp_path, "stacks/other.json")


@pytest.mark.parametrize("file", ["../secret.json", "/etc/passwd", "stacks/../../secret.json"])
def test_a_record_names_no_file_outside_its_folder(tmp_path: Path, file: str) -> None:
    with pytest.raises(StoreError, match="is outside its document's folder"):
        record_stacks.load(tmp_path / "record", file)
    with pytest.raises(StoreError, match="is outside its document's folder"):
        record_stacks.save(tmp_path / "record", STACKS.model_copy(update={"package": "../../fastapi"}))
