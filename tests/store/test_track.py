"""A track file: read as it was written, joined by git, and refused with a word on where it can't be read."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tracks import BEGAN, anchor, commit, exactly, fresh, machine, point

from bench.model.track import Track, TrackBridge
from bench.store import json_schema
from bench.store import track as store
from bench.store.files import StoreError

ROUTE = "GET /a"
POINT = point(2, {ROUTE: exactly(0.1)}, fresh=(fresh(2, 1, {ROUTE: exactly(0.09)}),), invalid={"GET /b": "it fails"})
BRIDGE = TrackBridge(
    measured_at=BEGAN,
    machine=machine(),
    harness_version="0.1.0",
    measurement=1,
    routes={ROUTE: exactly(0.2)},
    older=anchor(),
    newer=anchor(9, "git:v2.0"),
)
TRACK = Track((point(1, {ROUTE: exactly(0.0)}), POINT), (BRIDGE,))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / store.NAME
    store.save(made, TRACK)
    return made


def changed(file: Path, **values: Any) -> None:
    """The last line with other values."""
    *lines, last = file.read_text().splitlines()
    file.write_text("\n".join([*lines, json.dumps(json.loads(last) | values)]) + "\n")


def test_a_file_is_read_as_it_was_written(file: Path) -> None:
    assert store.load(file) == TRACK
    before = file.read_bytes()
    store.save(file, store.load(file))
    assert file.read_bytes() == before


def test_no_file_is_an_empty_track(tmp_path: Path) -> None:
    assert store.load(tmp_path / "none.jsonl") == Track()


def test_a_point_more_is_a_line_more(file: Path) -> None:
    before = file.read_text().splitlines()
    store.save(file, Track((*TRACK.points, point(3, {ROUTE: exactly(0.0)})), TRACK.bridges))
    assert file.read_text().splitlines()[: len(before)] == before


def test_the_order_of_lines_means_nothing_and_the_last_of_two_points_of_a_commit_counts(file: Path) -> None:
    older = point(2, {ROUTE: exactly(0.5)}, measured_at=BEGAN - timedelta(days=1))
    store.save(file, Track((older,)))
    text = file.read_text()
    store.save(file, TRACK)
    file.write_text("".join(reversed(file.read_text().splitlines(keepends=True))) + "\n" + text)
    assert store.load(file) == TRACK


def test_git_joins_what_two_branches_appended(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = {f"GIT_{one}_{what}": "test" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        subprocess.run(["git", *words], cwd=tmp_path, env=os.environ | who | own, check=True, capture_output=True)

    def appended(number: int) -> None:
        known = store.load(file)
        store.save(file, Track((*known.points, point(number, {ROUTE: exactly(0.0)})), known.bridges))
        git("commit", "--quiet", "--all", "--message", f"Point {number}")

    file = tmp_path / store.NAME
    git("init", "--quiet", "--initial-branch", "main")
    (tmp_path / ".gitattributes").write_text(f"{store.NAME} merge=union\n")
    store.save(file, TRACK)
    git("add", "--all")
    git("commit", "--quiet", "--message", "A track")
    git("checkout", "--quiet", "-b", "other")
    appended(3)
    git("checkout", "--quiet", "main")
    appended(4)
    git("merge", "--quiet", "--no-edit", "other")
    assert [one.commit for one in store.load(file).points] == [commit(number) for number in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<<<<<<< HEAD", "2: has a merge conflict; keep the lines of both sides, without the markers"),
        ("{", "2: isn't JSON"),
        ("[]", "2: isn't a line of a track; name another file with --file"),
        ('{"kind": "point", "schema_version": 9}', "2: has schema version 9"),
        ('{"kind": "guess", "schema_version": 1}', "2: isn't a line of a track: "),
    ],
)
def test_what_is_no_line_is_named_and_nothing_is_half_read(file: Path, text: str, told: str) -> None:
    first = file.read_text().splitlines()[0]
    file.write_text(f"{first}\n{text}\n")
    with pytest.raises(StoreError) as raised:
        store.load(file)
    assert f"{file}:{told}" in str(raised.value)


def test_a_line_that_was_edited_by_hand_is_refused_with_a_next_step(file: Path) -> None:
    file.write_text(file.read_text() + '{"kind": "guess", "schema_version": 1}\n')
    with pytest.raises(StoreError, match=r"take the file from git again$"):
        store.load(file)


@pytest.mark.parametrize(
    "values", [["r", 1e9, 0.1, 5.0, 9, 1.0], ["r", 0.1, -1.0, 5.0, 9, 1.0], ["r", 0.1, 0.1, 0.0, 9, 1.0], ["r", 0.1]]
)
def test_a_figure_that_can_be_none_is_refused(file: Path, values: list[object]) -> None:
    changed(file, routes={ROUTE: values})
    with pytest.raises(StoreError, match="isn't a line of a track"):
        store.load(file)


def test_texts_of_others_have_no_control_characters(file: Path) -> None:
    changed(file, subject="\x1b]0;title\x07")
    assert store.load(file).points[-1].subject == " ]0;title "


def test_the_committed_schema_is_current_and_every_line_is_valid(file: Path, root: Path) -> None:
    committed = root / "results" / "schema" / "track.schema.json"
    assert committed.read_text("utf-8") == json_schema.track_schema(), "write it anew: make schema"
    for line in file.read_text().splitlines():
        jsonschema.validate(json.loads(line), json.loads(committed.read_text()), cls=jsonschema.Draft202012Validator)
    assert {json.loads(line)["kind"] for line in file.read_text().splitlines()} == {"point", "bridge"}
