"""A record's file: a line more after each comparison, joined by git, and refused with a word on where it can't be
read."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import jsonschema
import pytest
from record_lines import header, line

from bench.model.record import RecordedCount
from bench.store import json_schema
from bench.store.files import StoreError
from bench.store.record import RecordFile

LOCK = "fastapi==0.103.0\n"
HEADER = header(lock_sha256=hashlib.sha256(LOCK.encode()).hexdigest())
FIRST = line("0.103.0", "0.100.0", {"a:one": 0.01, "b:one": -0.2})
SECOND = line("0.103.0", "0.102.0", {"a:one": 0.02}, at=1, moved={"starlette": ("0.41.0", None)}, off_uvloop=True)
FAILED = line("0.103.0", "0.101.0", {}, at=2, reason="uv pip compile: no solution")


@pytest.fixture
def file(tmp_path: Path) -> RecordFile:
    made = RecordFile(tmp_path / "record", "fastapi")
    made.begin(HEADER, LOCK)
    for one in (FIRST, SECOND, FAILED):
        made.append(one)
    return made


def test_a_file_is_read_as_it_was_written(file: RecordFile) -> None:
    assert file.load() == (HEADER, (FIRST, SECOND, FAILED))
    assert file.lock(HEADER) == LOCK


def test_no_file_is_no_record(tmp_path: Path) -> None:
    assert RecordFile(tmp_path, "fastapi").load() is None


def test_a_comparison_more_is_a_line_more(file: RecordFile) -> None:
    before = file.path.read_text()
    counted = FIRST.cases["a:one"].model_copy(update={"allocs": RecordedCount(120.0, 1.0, 1.25)})
    file.append(line("0.103.0", "0.100.1", {}, at=3).model_copy(update={"cases": {"a:one": counted}}))
    after = file.path.read_text()
    assert after.startswith(before)
    assert after.count("\n") == before.count("\n") + 1
    assert '"allocs":[120.0,1.0,1.25]' in after


def test_a_line_without_its_end_is_not_joined_with_the_next(file: RecordFile) -> None:
    file.path.write_text(file.path.read_text().rstrip("\n"))
    file.append(line("0.103.0", "0.100.1", {"a:one": 0.0}, at=3))
    found = file.load()
    assert found is not None
    assert len(found[1]) == 4


def test_the_header_is_changed_and_nothing_is_lost(file: RecordFile) -> None:
    grown = HEADER.model_copy(update={"releases": (*HEADER.releases, "0.104.0")})
    file.change(grown)
    assert file.load() == (grown, (FIRST, SECOND, FAILED))


def test_the_order_of_lines_means_nothing_and_a_line_counts_once(file: RecordFile) -> None:
    lines = file.path.read_text().splitlines(keepends=True)
    file.path.write_text("".join([*reversed(lines), lines[1]]))
    assert file.load() == (HEADER, (FIRST, SECOND, FAILED))


def test_git_joins_what_two_branches_appended(file: RecordFile) -> None:
    def git(*words: str) -> None:
        who = {f"GIT_{one}_{what}": "test" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        subprocess.run(["git", *words], cwd=file.folder, env=os.environ | who | own, check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch", "main")
    (file.folder / ".gitattributes").write_text("*.jsonl merge=union\n")
    git("add", "--all")
    git("commit", "--quiet", "--message", "A record")
    git("checkout", "--quiet", "-b", "other")
    grown = HEADER.model_copy(update={"releases": (*HEADER.releases, "0.104.0")})
    file.change(grown)
    file.append(line("0.103.0", "0.104.0", {"a:one": 0.0}, at=3))
    git("commit", "--quiet", "--all", "--message", "There")
    git("checkout", "--quiet", "main")
    file.append(line("0.103.0", "0.102.1", {"a:one": 0.0}, at=4))
    git("commit", "--quiet", "--all", "--message", "Here")
    git("merge", "--quiet", "--no-edit", "other")
    found = file.load()
    assert found is not None
    assert found[0] == grown
    assert [one.head for one in found[1][3:]] == ["0.104.0", "0.102.1"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<<<<<<< HEAD", "2: has a merge conflict; keep the lines of both sides, without the markers"),
        ('{"kind": "compar', "2: isn't JSON"),
        ("[]", "2: isn't a line of a record; take the file from git again"),
        ('{"kind": "comparison", "schema_version": 9}', "2: has schema version 9"),
        ('{"kind": "guess", "schema_version": 1}', "2: isn't a line of a record: "),
    ],
)
def test_what_is_no_line_is_named_and_nothing_is_half_read(file: RecordFile, text: str, told: str) -> None:
    first = file.path.read_text().splitlines()[0]
    file.path.write_text(f"{first}\n{text}\n")
    with pytest.raises(StoreError) as raised:
        file.load()
    assert f"{file.path}:{told}" in str(raised.value)


def test_a_line_that_was_edited_by_hand_is_refused_with_a_next_step(file: RecordFile) -> None:
    file.path.write_text(file.path.read_text() + '{"kind": "guess", "schema_version": 1}\n')
    with pytest.raises(StoreError, match=r"take the file from git again$"):
        file.load()


def test_a_file_without_its_header_or_with_two_is_refused(file: RecordFile) -> None:
    header_line, *others = file.path.read_text().splitlines(keepends=True)
    file.path.write_text("".join(others))
    with pytest.raises(StoreError, match="has no header"):
        file.load()
    other = json.dumps(json.loads(header_line) | {"anchor": "0.102.0"})
    file.path.write_text("".join([header_line, *others, other]))
    with pytest.raises(StoreError, match="has the headers of two records"):
        file.load()


def test_a_renamed_file_is_refused(file: RecordFile) -> None:
    file.path.rename(file.folder / "starlette.jsonl")
    with pytest.raises(StoreError, match="is the record of fastapi; rename it"):
        RecordFile(file.folder, "starlette").load()


def test_another_lock_than_the_one_that_was_measured_with_is_refused(file: RecordFile) -> None:
    file.lock_path.write_text("fastapi==0.102.0\n")
    with pytest.raises(StoreError, match=r"isn't the lock that fastapi\.jsonl was measured with"):
        file.lock(HEADER)
    file.lock_path.unlink()
    with pytest.raises(StoreError, match="can't be read"):
        file.lock(HEADER)


@pytest.mark.parametrize("ratio", [[1e9, 0.1, 5.0, 9], [0.1, -1.0, 5.0, 9], [0.1, 0.1, 0.0, 9], [0.1]])
def test_a_figure_that_can_be_none_is_refused(file: RecordFile, ratio: list[float]) -> None:
    first, second, *_ = file.path.read_text().splitlines()
    changed = json.loads(second)
    changed["cases"]["a:one"]["ratios"]["cpu_us"] = ratio
    file.path.write_text(f"{first}\n{json.dumps(changed)}\n")
    with pytest.raises(StoreError, match="isn't a line of a record"):
        file.load()


def test_the_committed_schema_is_current_and_every_line_is_valid(file: RecordFile, root: Path) -> None:
    committed = root / "results" / "schema" / "record.schema.json"
    assert committed.read_text("utf-8") == json_schema.record_schema(), "write it anew: make schema"
    for text in file.path.read_text().splitlines():
        jsonschema.validate(json.loads(text), json.loads(committed.read_text()), cls=jsonschema.Draft202012Validator)
