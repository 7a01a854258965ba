"""`bench flame` as a user meets it; of two stacks in real environments of two wheels whose difference is known."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from checkouts import PATIENCE_S, Checkout, all_gone, offspring
from plans import write_target
from shelves import write_wheel

from bench.stack.environment import Environment

WORK = """
import time
word = {word!r}
def spend(us):
    end = time.perf_counter_ns() + us * 1000
    while time.perf_counter_ns() < end: pass
def work():
    spend(100)
    {more}
def fresh():
    end = time.perf_counter_ns() + 400_000
    while time.perf_counter_ns() < end: pass
"""


@pytest.fixture
def paced(checkout: Checkout, tmp_path: Path) -> tuple[Checkout, str, str]:
    """Two stacks that differ in whether `pace.work` calls `pace.fresh`, and in `pace.word`."""
    write_target(checkout.targets, "working", "import pace\npace.work()")
    base, head = (
        str(write_wheel(tmp_path, "pace", version, code=WORK.format(word=word, more=more)))
        for version, word, more in (("1.0", b"old", "spend(0)"), ("2.0", b"new", "fresh()"))
    )
    return checkout, base, head


def run(checkout: Checkout, *words: str) -> tuple[int, str, str]:
    """Exit status, output, errors; with time to build two environments."""
    process = checkout.start("flame", *words)
    out, err = process.communicate(timeout=4 * PATIENCE_S)
    return process.returncode, " ".join(out.split()), err


@pytest.mark.slow
def test_the_function_that_got_slower_is_named_and_the_new_one_that_it_calls_is_marked(
    paced: tuple[Checkout, str, str],
) -> None:
    checkout, base, head = paced
    status, out, err = run(checkout, "working:one", "--base", base, "--head", head, "--quick")
    assert status == 0, err
    assert "pace 1.0 → 2.0" in out
    assert any(f"pace:{name} changed most" in out for name in ("work", "fresh"))
    (folder,) = (checkout.runs.parent / "flames").iterdir()
    assert "<h1>pace 1.0 → 2.0</h1>" in (folder / "flame.html").read_text()
    assert "pace:fresh_[new]" in (folder / "exports" / "working-one.difference.folded").read_text()
    kept = (folder / "flames.json").read_text()
    assert len(json.loads(kept)["samples"]) == 6
    assert str(checkout.folder) not in kept
    drawn = (folder / "flame.html").read_bytes()
    (folder / "flame.html").unlink()
    status, again, err = checkout.bench("report", "latest")
    assert status == 0, err
    assert " ".join(again.split()) in out
    assert (folder / "flame.html").read_bytes() == drawn


@pytest.mark.slow
@pytest.mark.measures
def test_a_case_is_profiled_in_process_and_served_with_pyinstruments_own_files_and_nothing_private(
    checkout: Checkout, environment: Environment
) -> None:
    write_target(checkout.targets, "fine", "import json\njson.dumps(list(range(300)))")
    status, out, err = checkout.bench("flame", "fine:one", "--quick")
    assert status == 0, out + err
    folder = checkout.runs / checkout.stored().id
    profiles = [f"fine.one{where}{kind}" for where in ("", ".served") for kind in (".folded", ".html", ".pyisession")]
    assert sorted(file.name for file in (folder / "profiles").iterdir()) == sorted(profiles)
    exports = [f"fine-one{where}{kind}" for where in ("", ".served") for kind in (".folded", ".speedscope.json")]
    assert {*exports} <= {file.name for file in (folder / "exports").iterdir()}
    page = (folder / "report.html").read_text()
    assert "fine:one, in process" in page
    assert "fine:one, served by uvicorn, 16 users" in page
    assert 'href="./profiles/fine.one.served.html"' in page
    private = [str(checkout.folder), str(Path.home()), socket.gethostname(), sys.prefix, str(environment.python.parent)]
    for file in (one for one in folder.rglob("*") if one.is_file()):
        assert not [word for word in private if len(word) > 3 and word in file.read_text()], file.name
    session = str(folder / "profiles" / "fine.one.served.pyisession")
    words = [str(environment.python), "-m", "pyinstrument", "--load", session]
    shown = subprocess.run(words, capture_output=True, text=True, check=True, cwd=folder, timeout=PATIENCE_S)
    assert "httptools_impl.py" in shown.stdout


@pytest.mark.slow
def test_stacks_that_answer_differently_have_no_difference_in_time(paced: tuple[Checkout, str, str]) -> None:
    checkout, base, head = paced
    write_target(checkout.targets, "telling", "import pace\nanswer = pace.word")
    status, out, err = run(checkout, "telling:one", "--base", base, "--head", head, "--quick")
    assert status == 3, err
    assert "Not profiled • telling:one: different responses: base returns" in out


@pytest.mark.slow
def test_an_interrupted_pair_keeps_its_profiles_and_leaves_no_process(paced: tuple[Checkout, str, str]) -> None:
    checkout, base, head = paced
    process = checkout.start("flame", "working:one", "--base", base, "--head", head, "--full")
    deadline_s = time.monotonic() + 2 * PATIENCE_S
    while not any((checkout.runs.parent / "flames").glob("*/profiles/*.head.0.folded")):
        assert process.poll() is None
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
    children = offspring(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "interrupted; results are saved in" in err
    assert all_gone(children)
    (folder,) = (checkout.runs.parent / "flames").iterdir()
    assert "Interrupted: " in (folder / "flame.html").read_text()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("idle:one", "--base", "fastapi==0.115.6"), "use --base and --head together"),
        (("idle:one", "--base", "a", "--head", "b", "--stack", "c"), "without --stack"),
        (("--base", "fastapi==0.115.6", "--head", "fastapi==0.165.0"), "need a case"),
        (("idle:one", "--base", "fastapi==0.1", "--head", "fastapi==999"), "No solution found"),
        (("nothing*", "--base", "fastapi", "--head", "fastapi"), "nothing*"),
    ],
)
def test_what_can_not_be_profiled_is_refused_with_2(here: Checkout, words: tuple[str, ...], complaint: str) -> None:
    write_target(here.targets, "idle", "")
    status, _, err = here.bench("flame", *words)
    assert (status, complaint in err) == (2, True), err
    assert "Traceback" not in err
