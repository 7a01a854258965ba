"""A run comes back whole or not at all, and what is on disk names nobody."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from comparisons import comparison
from factories import synthetic_run
from folded import synthetic_profiles
from hypothesis import given
from hypothesis import strategies as st
from plans import plan, write_target

from bench.measure import allocations
from bench.model import run as model_run
from bench.model.run import MissingSample, Run
from bench.model.workload import Pass
from bench.stack.environment import Environment
from bench.store import documents, locate
from bench.store.files import StoreError, write_atomically
from bench.store.stacks import load_profiles
from bench.workflows.run import begin
from tests.profile_runs import flames, heap_pairs


@pytest.fixture(scope="module")
def run() -> Run:
    return synthetic_run()


@pytest.fixture(scope="module")
def small() -> Run:
    """A run with a sample or two of each kind, for tests that read it often."""
    whole = synthetic_run()
    kept = {(sample.kind, sample.case): sample for sample in whole.samples if sample.case.startswith("csv_full")}
    return whole.model_copy(update={"samples": tuple(kept.values())})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


def refused(path: Path) -> str:
    """The one line that says why a file isn't read."""
    with pytest.raises(StoreError) as caught:
        documents.RUN.load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_run_comes_back_equal_from_its_folder_and_from_its_file(run: Run, tmp_path: Path) -> None:
    path = documents.RUN.save(run, tmp_path)
    assert path == tmp_path / run.id / "run.json"
    assert documents.RUN.load(path) == run
    assert documents.RUN.load(path.parent) == run


def test_a_run_is_readable_json_that_ends_in_a_newline(run: Run, tmp_path: Path) -> None:
    text = documents.RUN.save(run, tmp_path).read_text("utf-8")
    assert text.endswith("}\n")
    assert json.loads(text)["schema_version"] == model_run.SCHEMA_VERSION


def test_saving_again_replaces_the_run_and_leaves_nothing_else(run: Run, tmp_path: Path) -> None:
    documents.RUN.save(run.model_copy(update={"complete": False}), tmp_path)
    path = documents.RUN.save(run, tmp_path)
    assert documents.RUN.load(path).complete
    assert list(path.parent.iterdir()) == [path]


def test_a_baseline_is_a_run_by_another_name(run: Run, tmp_path: Path) -> None:
    baseline = tmp_path / "baselines" / "before-the-upgrade.json"
    baseline.parent.mkdir()
    shutil.copy(documents.RUN.save(run, tmp_path), baseline)
    assert documents.RUN.load(baseline) == run


UNREADABLE: dict[str, tuple[Callable[[dict[str, Any]], str], str]] = {
    "empty": (lambda run: "", "isn't JSON"),
    "not JSON": (lambda run: "<html>", "isn't JSON"),
    "not text": (lambda run: "\0\1\2", "isn't JSON"),
    "nested without end": (lambda run: "[" * 100_000, "isn't JSON"),
    "a list": (lambda run: json.dumps([run]), "schema version None"),
    "a number": (lambda run: "1", "schema version None"),
    "no version": (lambda run: json.dumps({k: v for k, v in run.items() if k != "schema_version"}), "version None"),
    "an older version": (lambda run: json.dumps({**run, "schema_version": 0}), "has schema version 0, this layercake"),
    "a newer version": (lambda run: json.dumps({**run, "schema_version": 99}), "use the layercake that wrote it"),
    "unknown key": (lambda run: json.dumps({**run, "colour": "red"}), "colour: Extra inputs"),
    "unknown inner key": (lambda run: json.dumps({**run, "host": {**run["host"], "name": "x"}}), "host.name: Extra"),
    "a key is missing": (lambda run: json.dumps({k: v for k, v in run.items() if k != "stack"}), "stack: Field"),
    "unknown sample": (lambda run: json.dumps({**run, "samples": [{"kind": "guess"}]}), "samples.0: Input tag 'guess'"),
    "wrong type": (lambda run: json.dumps({**run, "seed": "many"}), "seed: Input should be a valid integer"),
    "not a number": (lambda run: json.dumps({**run, "elapsed_s": {"load": float("nan")}}), "isn't JSON (NaN"),
    "endless": (lambda run: json.dumps({**run, "elapsed_s": {"load": float("inf")}}), "isn't JSON (Infinity"),
}


@pytest.mark.parametrize(("damage", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_is_no_run_of_this_version_is_refused_by_name(
    small: Run, tmp_path: Path, damage: Callable[[dict[str, Any]], str], reason: str
) -> None:
    file = tmp_path / "run.json"
    file.write_text(damage(small.model_dump(mode="json")))
    message = refused(file)
    assert message.startswith(f"{file}: ")
    assert reason in message
    assert refused(tmp_path) == message


def test_a_file_that_is_missing_is_named_with_the_way_to_find_others(tmp_path: Path) -> None:
    assert f"{tmp_path / 'gone.json'}: no such file; available: none" in refused(tmp_path / "gone.json")
    assert f"{tmp_path / 'run.json'}: no such file; available: none" in refused(tmp_path)
    assert "`bench list`" in refused(tmp_path)


@given(data=st.data())
def test_a_file_cut_short_anywhere_is_refused_by_name(small: Run, folder: Path, data: st.DataObject) -> None:
    whole = documents.RUN.save(small, folder).read_bytes().rstrip()
    file = folder / "cut.json"
    file.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert refused(file).startswith(f"{file}: isn't JSON")


@given(at=st.integers(0), byte=st.integers(0, 255))
def test_a_file_with_any_byte_changed_is_read_whole_or_refused_by_name(
    small: Run, folder: Path, at: int, byte: int
) -> None:
    damaged = bytearray(documents.RUN.save(small, folder).read_bytes())
    damaged[at % len(damaged)] = byte
    file = folder / "changed.json"
    file.write_bytes(damaged)
    try:
        found = documents.RUN.load(file)
    except StoreError as error:
        said = str(error)
    else:
        said = f"{file}: {len(found.samples)} samples"
        assert len(found.samples) == len(small.samples)
    assert said.startswith(f"{file}: ")


def test_a_run_is_found_by_id_by_path_and_as_the_latest(run: Run, tmp_path: Path) -> None:
    early, late = (run.model_copy(update={"id": id_}) for id_ in ("20260301T080000Z-a", "20260301T090000Z-a"))
    late_file, early_file = documents.RUN.save(late, tmp_path), documents.RUN.save(early, tmp_path)
    (tmp_path / "notes").mkdir()
    assert locate.ids(tmp_path) == [early.id, late.id]
    assert locate.find(early.id, tmp_path) == early_file.parent
    assert locate.find("latest", tmp_path) == late_file.parent
    assert locate.find(str(early_file), tmp_path) == early_file


def test_the_latest_is_the_newest_of_runs_and_comparisons_alike(run: Run, tmp_path: Path) -> None:
    runs, comparisons = tmp_path / "runs", tmp_path / "comparisons"
    compared = comparison("a")
    for id_ in ("20260301T080000Z-a", "20260301T110000Z-a"):
        documents.COMPARISON.save(compared.model_copy(update={"id": id_}), comparisons)
    documents.RUN.save(run.model_copy(update={"id": "20260301T090000Z-quick-a"}), runs)
    assert locate.find("latest", runs, comparisons) == comparisons / "20260301T110000Z-a"
    documents.RUN.save(run.model_copy(update={"id": "20260301T120000Z-quick-a"}), runs)
    assert locate.find("latest", runs, comparisons) == runs / "20260301T120000Z-quick-a"
    assert locate.find("20260301T080000Z-a", runs, comparisons) == comparisons / "20260301T080000Z-a"


def test_every_kind_of_document_has_a_file_and_a_record_of_its_own() -> None:
    for what in ([kind.file for kind in documents.ALL], [kind.record for kind in documents.ALL]):
        assert len(set(what)) == len(what)
    assert set(documents.SHOWN) <= set(documents.ALL)
    assert all(documents.kind_of(kind.record) is kind for kind in documents.ALL)


def test_every_kind_is_known_by_its_folder(tmp_path: Path) -> None:
    for kind in documents.SHOWN:
        write_atomically(tmp_path / kind.file / kind.file, "{}")
        assert locate.kind(tmp_path / kind.file) is kind
        assert locate.ids(tmp_path, kind) == [kind.file]


def test_a_run_and_a_comparison_are_told_apart_by_what_they_hold(run: Run, tmp_path: Path) -> None:
    compared = comparison("a")
    for file, kept in (
        (documents.RUN.save(run, tmp_path / "runs"), run),
        (documents.COMPARISON.save(compared, tmp_path / "comparisons"), compared),
    ):
        assert locate.kind(file.parent).load(file.parent) == kept
        elsewhere = file.rename(tmp_path / "elsewhere.json")
        assert locate.kind(elsewhere).load(elsewhere) == kept


def test_what_was_seen_inside_two_stacks_is_told_apart_from_them_and_from_each_other(tmp_path: Path) -> None:
    for kept, kind in ((flames(), documents.FLAMES), (heap_pairs(), documents.HEAP_PAIRS)):
        file = tmp_path / kept.id / kind.file
        write_atomically(file, kept.model_dump_json())
        assert locate.find("latest", tmp_path) == tmp_path / kept.id
        assert locate.kind(file.parent) is kind
        assert locate.kind(file.rename(tmp_path / "elsewhere.json")) is kind


@pytest.mark.parametrize("name", ["latest", "20200101T000000Z-quick-00000000"])
def test_a_run_that_is_not_there_is_named_with_the_way_to_find_others(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match=f"no result '{name}', see `bench list`; available: none"):
        locate.find(name, tmp_path)
    assert locate.ids(tmp_path / "nowhere") == []


def test_profiles_come_back_from_beside_the_run(run: Run, tmp_path: Path) -> None:
    profiles = synthetic_profiles(run)
    for sample in run.samples:
        if sample.kind == "profile":
            write_atomically(tmp_path / sample.file, profiles[sample.file])
    assert load_profiles(run, tmp_path) == profiles
    (lost := next((tmp_path / "profiles").iterdir())).unlink()
    with pytest.raises(StoreError, match=f"{lost}: can't be read .*files together"):
        load_profiles(run, tmp_path)
    lost.write_bytes(b"\xff\xfe 12\n")
    with pytest.raises(StoreError, match=f"{lost}: isn't text"):
        load_profiles(run, tmp_path)


@pytest.mark.parametrize("name", ["/etc/passwd", "../../../../../../../../etc/passwd", "profiles/../../elsewhere"])
def test_a_run_cannot_draw_other_files_of_the_machine_into_its_page(run: Run, tmp_path: Path, name: str) -> None:
    profile = next(sample for sample in run.samples if sample.kind == "profile")
    (tmp_path / "elsewhere").write_text("a;b 1\n")
    strange = run.model_copy(update={"samples": (profile.model_copy(update={"file": name}),)})
    with pytest.raises(StoreError, match="is outside its document's folder"):
        load_profiles(strange, tmp_path / "run")


def strings(found: object) -> Iterator[str]:
    """Every text in a JSON document, keys included."""
    match found:
        case str():
            yield found
        case dict():
            for key, value in found.items():
                yield from strings(key)
                yield from strings(value)
        case list():
            for value in found:
                yield from strings(value)


def test_a_stored_run_holds_no_path_user_or_host_name(
    environment: Environment, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real run: begun by the harness, with a target that fails in words that name a file."""
    for variable in ("USER", "LOGNAME", "HOSTNAME"):
        monkeypatch.setenv(variable, "zanzibar")
    targets = tmp_path / "targets"
    targets.mkdir()
    write_target(targets, "careless", "raise FileNotFoundError(2, 'No such file', __file__)")
    ready = plan(environment, targets)
    (absence,) = (one for one in allocations.measure(ready) if isinstance(one, MissingSample))
    assert str(tmp_path) in absence.reason
    recording = begin(ready, "quick", (absence,), ("run", "--targets", str(tmp_path)), tmp_path / "runs", root)

    private = {str(tmp_path), str(root), str(Path.home()), str(environment.python.parents[1]), "zanzibar"}
    private |= {"://", os.uname().nodename} if len(os.uname().nodename) > 3 else {"://"}
    stored = json.loads((recording.folder / "run.json").read_bytes())
    for text in [*strings(stored), (recording.folder / "stack.lock").read_text()]:
        assert not any(name in text for name in private), text
        assert not text.startswith("/"), text
    assert "No such file: '…/careless.py'" in stored["absences"][0]["reason"]


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("No such file: '/usr/share/my data.csv'", "No such file: '…/my data.csv'"),
        ("/usr/lib/python3/x.py, line 3: no", "…/x.py, line 3: no"),
        ("see file:///usr/lib/x.py", "see file://…/x.py"),
        ("in /home/jane", "in …"),
        ("GET /users/1 answered 404", "GET /users/1 answered 404"),
        ("http://127.0.0.1:80/users/1 is gone", "http://127.0.0.1:80/users/1 is gone"),
        ("1/2 of 30 req/s as application/json", "1/2 of 30 req/s as application/json"),
        ("scenarios/hot.py: try it with `locust -f scenarios/hot.py`", None),
        ("uvicorn 0.54.0 ended with status 1: OSError: [Errno 98] in use", None),
    ],
)
def test_reasons_keep_their_words_but_lose_the_folders_of_the_machine(
    run: Run, tmp_path: Path, said: str, stored: str | None
) -> None:
    absence = MissingSample(case="a:one", during=Pass.LOAD, kind="invalid", reason=said)
    path = documents.RUN.save(run.model_copy(update={"absences": (absence,)}), tmp_path)
    assert documents.RUN.load(path).absences[0].reason == (said if stored is None else stored)
