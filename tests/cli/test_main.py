"""The command as a user meets it: real processes in a checkout of their own, and everything that can go wrong."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkouts import PATIENCE_S, Checkout, all_gone, offspring
from plans import write_target

from bench.stack.environment import Environment
from bench.store import locate


def await_samples(checkout: Checkout, process: subprocess.Popen[str], fewest: int) -> None:
    """Until a run that is under way has kept some samples."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        if locate.ids(checkout.runs) and len(checkout.stored().samples) >= fewest:
            return
        time.sleep(0.01)
    pytest.fail("no samples in time")


# What is wrong with a target is said before anything is measured.

BROKEN = {
    "syntax error": ("def (:", r"odd.py"),
    "unknown key": ("TARGET = {'over': None, 'adds': 'x', 'requests': {'a': {'path': '/'}}, 'ads': 1}\napp = 1", "ads"),
    "missing parent": ("TARGET = {'over': 'fin', 'adds': 'x', 'requests': {'a': {'path': '/'}}}\napp = 1", "fin"),
    "circle": ("TARGET = {'over': 'odd', 'adds': 'x', 'requests': {'a': {'path': '/'}}}\napp = 1", "odd"),
    "import error": (
        "import nowhere\nTARGET = {'over': None, 'adds': 'x', 'requests': {'a': {'path': '/'}}}\napp = 1",
        "No module named 'nowhere'",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_target_is_one_clear_error_that_names_its_file(here: Checkout, what: str) -> None:
    source, words = BROKEN[what]
    write_target(here.targets, "fine", "")
    (here.targets / "odd.py").write_text(source)
    status, _, err = here.bench("run", "--quick")
    assert status == 2
    assert "odd.py" in err
    assert words in err
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 2
    assert not here.runs.exists()


def test_a_wrong_answer_is_an_error_before_anything_is_measured(here: Checkout) -> None:
    write_target(here.targets, "odd", "", requests='{"a": {"path": "/", "expect": {"text": "other"}}}')
    status, _, err = here.bench("run", "--quick")
    assert (status, "odd.py" in err, here.runs.exists()) == (2, True, False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("layers", "--case", "fime:one"), "fine"),
        (("load", "hto"), "hot"),
        (("run", "--stack", "fastapi==0.0.0"), "fastapi==0.0.0"),
        (("run", "--quick", "--full"), "not both"),
        (("run", "--targets", "nowhere"), "nowhere"),
        (("report", "nowhere"), "nowhere"),
    ],
)
def test_what_can_not_be_done_is_said_with_exit_status_2(here: Checkout, words: tuple[str, ...], said: str) -> None:
    write_target(here.targets, "fine", "")
    status, _, err = here.bench(*words)
    assert status == 2
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize("content", ["", "{}", '{"schema_version": 99}', "[1]", '{"schema_version": 1, "id": 5}'])
def test_an_unreadable_result_is_named_and_never_half_read(here: Checkout, content: str) -> None:
    broken = here.folder / "broken.json"
    broken.write_text(content)
    status, _, err = here.bench("report", str(broken))
    assert status == 2
    assert "broken.json" in err
    assert "Traceback" not in err


def test_a_taken_port_is_said_before_anything_is_measured(here: Checkout) -> None:
    write_target(here.targets, "fine", "")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        status, _, err = here.bench("load", "--quick", "--port", port)
    assert status == 2
    assert f"port {port}" in err
    assert not here.runs.exists()


# What goes wrong while measuring costs that number, and no other.


def test_a_server_that_dies_at_start_leaves_no_number_and_exit_status_3(checkout: Checkout) -> None:
    dies_when_served = "if 'uvicorn' in sys.modules: os._exit(7)"
    write_target(checkout.targets, "odd", "")
    source = (checkout.targets / "odd.py").read_text()
    (checkout.targets / "odd.py").write_text(
        source.replace("    global calls\n", f"    global calls\n    {dies_when_served}\n")
    )
    status, out, err = checkout.bench("load", "--quick")
    assert status == 3
    assert "ended with status 7" in out
    assert "no valid measurement" in err
    (absence,) = checkout.stored().absences
    assert absence.case == "odd:one"


@pytest.mark.slow
@pytest.mark.measures
def test_a_server_that_dies_half_way_is_invalid_and_the_other_is_measured(checkout: Checkout) -> None:
    write_target(checkout.targets, "fine", "")
    write_target(checkout.targets, "odd", "if calls > 500: os._exit(7)")
    status, out, _ = checkout.bench("load", "--quick")
    assert status == 0
    assert "INVALID" in out
    assert [sample.case for sample in checkout.stored().samples] == ["fine:one"]
    (absence,) = checkout.stored().absences
    assert "ended with status 7" in absence.reason


@pytest.mark.parametrize("verb", ["layers", pytest.param("load", marks=pytest.mark.slow)])
def test_ctrl_c_keeps_what_was_measured_and_leaves_no_process(checkout: Checkout, verb: str) -> None:
    for name in ("a", "b", "c"):
        write_target(checkout.targets, name, "")
    process = checkout.start(verb)
    await_samples(checkout, process, fewest=1)
    children = offspring(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    assert all_gone(children)
    assert checkout.stored().samples
    assert not checkout.stored().complete
    assert checkout.bench("report", "latest")[0] == 0


def test_a_harness_that_is_killed_outright_has_lost_nothing_and_its_agents_end(checkout: Checkout) -> None:
    write_target(checkout.targets, "a", "")
    process = checkout.start("layers")
    await_samples(checkout, process, fewest=2)
    children = offspring(process)
    process.kill()
    process.communicate()
    assert all_gone(children)
    assert len(checkout.stored().samples) >= 2


def many_cases(checkout: Checkout) -> None:
    """Enough samples to outgrow a small disk."""
    requests = ", ".join(f'"r{index}": {{"path": "/{index}"}}' for index in range(40))
    write_target(checkout.targets, "many", "", requests=f"{{{requests}}}")


def assert_kept_on_a_full_disk(checkout: Checkout, status: int, out: str, err: str) -> None:
    assert status == 3
    assert "can't be written" in err
    assert "run.json" in err
    assert "Traceback" not in err
    assert "many" in out
    kept = checkout.stored()
    assert kept.samples
    assert not kept.complete
    assert not list(checkout.runs.glob("*/.run.json*"))


def test_a_cache_that_can_not_be_written_is_said_with_exit_status_2(checkout: Checkout) -> None:
    write_target(checkout.targets, "fine", "")
    status, _, err = checkout.bench(
        "layers", "--quick", limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    )
    assert status == 2
    assert "File too large" in err
    assert "Traceback" not in err


@pytest.fixture
def small_disk(checkout: Checkout) -> Iterator[Path]:
    results = checkout.folder / "results"
    results.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(results)]
    if os.geteuid() or subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a tmpfs")
    yield results
    subprocess.run(["umount", str(results)], check=True)


@pytest.mark.slow
@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_keeps_what_was_measured(checkout: Checkout) -> None:
    many_cases(checkout)
    assert_kept_on_a_full_disk(checkout, *checkout.bench("layers", "--quick"))


# What goes right.


@pytest.fixture(scope="module")
def quick(environment: Environment, root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, str]:
    """A whole quick run over a new target and its parent, and what it printed: half a minute, so it is only one."""
    assert environment
    checkout = Checkout(root, tmp_path_factory.mktemp("quick"))
    write_target(checkout.targets, "parent", "")
    write_target(checkout.targets, "brand_new", "sum(range(500))", over="parent")
    status, out, err = checkout.bench("run", "--quick")
    assert status == 0, err
    return checkout, out


@pytest.mark.slow
def test_a_new_target_shows_up_everywhere_with_no_other_edit(quick: tuple[Checkout, str]) -> None:
    checkout, out = quick
    assert "brand_new" in out
    kinds = {sample.kind for sample in checkout.stored().samples if sample.case == "brand_new:one"}
    assert kinds == {"timing", "allocations", "load", "memory", "profile"}
    folder = checkout.runs / checkout.stored().id
    assert "brand_new" in (folder / "report.html").read_text()
    assert [file for file in (folder / "exports").rglob("*") if "brand_new" in file.name]
    listed = json.loads(checkout.bench("list", "--json")[1])
    assert "brand_new:one" in listed["cases"]
    assert listed["runs"][0]["id"] == checkout.stored().id


@pytest.mark.slow
def test_what_is_stored_says_nothing_about_who_measured_or_where(quick: tuple[Checkout, str], root: Path) -> None:
    checkout, _ = quick
    private = [str(checkout.folder), str(root), str(Path.home()), socket.gethostname(), sys.prefix]
    for file in (checkout.runs / checkout.stored().id).rglob("*"):
        if file.is_file():
            text = file.read_text()
            assert not [word for word in private if len(word) > 3 and word in text], file.name


@pytest.mark.parametrize(
    "verb",
    [
        "run",
        "layers",
        "load",
        "worker",
        "serve",
        "memory",
        "flame",
        "suite",
        "compare",
        "selftest",
        "sweep",
        "bisect",
        "report",
        "list",
        "doctor",
    ],
)
def test_every_verb_explains_itself(here: Checkout, verb: str) -> None:
    status, out, _ = here.bench(verb, "--help")
    assert status == 0
    assert f"bench {verb}" in out.replace("-c", "bench") or verb in out


@pytest.mark.slow
def test_names_that_look_like_markup_are_shown_as_they_stand(checkout: Checkout) -> None:
    write_target(checkout.targets, "odd", "if calls > 3: raise ValueError('list[int] [/foo] gone :one:')")
    status, out, err = checkout.bench("layers", "--quick")
    assert status == 3
    assert "list[int] [/foo] gone :one:" in " ".join(out.split())
    assert "Traceback" not in err


@pytest.mark.slow
@pytest.mark.measures
def test_an_app_without_a_lifespan_is_served_as_it_is(checkout: Checkout) -> None:
    write_target(checkout.targets, "bare", "assert scope['type'] == 'http'")
    source = (checkout.targets / "bare.py").read_text()
    (checkout.targets / "bare.py").write_text(source.replace('if scope["type"] == "lifespan":', "if False:"))
    assert checkout.bench("load", "--quick")[0] == 0
