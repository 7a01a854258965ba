"""An interruption ends a command with status 130 at every moment, here at those where Python itself would lose it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bench.cli import interruption, main
from bench.cli.output import Exit
from bench.serving.errors import LoadError

ENDINGS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
_START = """
import atexit, contextlib, os, signal, subprocess, sys, time
from bench.cli import interruption

def interrupt(ending=signal.SIGINT):
    signal.raise_signal(ending)

def start(*words):
    return subprocess.Popen([sys.executable, "-c", *words], start_new_session=True, stdin=subprocess.DEVNULL)
"""


def run(root: Path, body: str, command: str = "command") -> tuple[int, str, str]:
    """Exit status, output and errors of a command that is defined in `body`, in a process of its own."""
    process = subprocess.run(
        [sys.executable, "-c", f"{_START}\n{body}\ninterruption.run(lambda: {command})\n"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return process.returncode, process.stdout, process.stderr


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda one: one.name)
def test_any_way_to_be_ended_is_an_interruption(root: Path, ending: signal.Signals) -> None:
    status, out, err = run(root, f"def command(): interrupt({int(ending)}); print('never')")
    assert (status, out, err) == (130, "", "interrupted; any results are saved\n")


# The moments at which KeyboardInterrupt is lost, or becomes something else.
MOMENTS = {
    "in a finalizer, which can't raise": """
class Left:
    def __del__(self): interrupt()

def command():
    Left()
    time.sleep(10)
    print("never")
""",
    "in code that makes another error of it": """
def command():
    try: interrupt()
    except BaseException as error: raise SystemError("initialization of x raised unreported exception") from error
""",
    "in code that swallows it": """
def command():
    with contextlib.suppress(BaseException): interrupt()
""",
    "in clean-up that fails because of it": """
def command():
    try: interrupt()
    finally: os.killpg(2 ** 22, signal.SIGKILL)
""",
    "in a command that exits with a status of its own": """
def command():
    try: interrupt()
    except KeyboardInterrupt: sys.exit(1)
""",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_it_is_not_lost(root: Path, moment: str) -> None:
    status, out, err = run(root, MOMENTS[moment])
    assert (status, out, err) == (130, "", "interrupted; any results are saved\n")


def test_it_is_not_lost_while_the_command_is_imported(root: Path) -> None:
    loading = """
def load():
    with contextlib.suppress(BaseException): interrupt()
    print("never", flush=True)
"""
    assert run(root, loading, "load()") == (130, "", "interrupted; no results\n")


def test_what_the_command_has_said_of_it_is_not_said_again(root: Path) -> None:
    body = """
def command():
    try: interrupt()
    except KeyboardInterrupt:
        print("kept in x")
        sys.exit(130)
"""
    assert run(root, body) == (130, "kept in x\n", "")


def test_the_same_one_twice_does_not_break_the_clean_up(root: Path) -> None:
    body = """
def command():
    try: interrupt()
    finally:
        interrupt(signal.SIGTERM)
        print("cleaned up")
"""
    status, out, _ = run(root, body)
    assert (status, out) == (130, "cleaned up\n")


def test_a_later_one_ends_what_swallowed_the_first(root: Path) -> None:
    body = """
def command():
    with contextlib.suppress(BaseException): interrupt()
    time.sleep(1.1)
    interrupt()
    print("never")
"""
    assert run(root, body)[:2] == (130, "")


SLEEPER = "import time; time.sleep(60)"


@pytest.mark.parametrize(
    ("code", "processes"),
    [(SLEEPER, 1), (f"{_START}\nstart({SLEEPER!r}).wait()", 2)],
    ids=["a process", "a process with one of its own"],
)
def test_nothing_is_left_of_what_has_just_been_started(root: Path, code: str, processes: int) -> None:
    """The interruption comes before the code that would end it."""
    body = f"""
import psutil

def command():
    start({code!r})
    while len(found := psutil.Process().children(recursive=True)) < {processes}: time.sleep(0.01)
    print(*(one.pid for one in found))
    interrupt()
"""
    status, out, _ = run(root, body)
    assert status == 130
    assert len(out.split()) == processes
    assert not [pid for pid in map(int, out.split()) if psutil.pid_exists(pid)]


def test_what_is_ignored_from_the_start_stays_ignored(root: Path) -> None:
    """As nohup has it for SIGHUP."""
    body = "signal.signal(signal.SIGHUP, signal.SIG_IGN)\ndef command(): interrupt(signal.SIGHUP); print('done')"
    assert run(root, body) == (0, "done\n", "")


def test_one_that_comes_when_the_command_has_ended_changes_nothing(root: Path) -> None:
    body = "def command(): atexit.register(interrupt); sys.exit(4)"
    assert run(root, body) == (4, "", "")


def test_an_error_that_no_interruption_caused_is_what_it_is(root: Path) -> None:
    status, _, err = run(root, "def command(): raise OSError('no room')")
    assert status == 1
    assert err.endswith("OSError: no room\n")


@pytest.mark.parametrize("became", [LoadError("the client can't be ended"), Exit.REGRESSION, Exit.FINE, 130], ids=repr)
def test_whatever_a_verb_makes_of_it_is_an_interruption(monkeypatch: pytest.MonkeyPatch, became: object) -> None:
    """130 is Typer's own."""

    def app(**_: object) -> object:
        if isinstance(became, Exception):
            raise became
        return became

    monkeypatch.setattr(interruption._State, "last_s", 1.0)
    monkeypatch.setattr(main, "app", app)
    with pytest.raises(KeyboardInterrupt):
        main.main()


def test_what_a_verb_has_said_of_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interruption._State, "last_s", 1.0)
    monkeypatch.setattr(main, "app", lambda **_: Exit.INTERRUPTED)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 130


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda one: one.name)
def test_the_command_itself_is_interrupted_while_it_loads(root: Path, tmp_path: Path, ending: signal.Signals) -> None:
    """In the import of a library whose C code makes a SystemError of it, as some do."""
    (tmp_path / "typer.py").write_text(
        "import os\ntry: os.kill(os.getpid(), int(os.environ['ENDING']))\n"
        "except BaseException as error: raise SystemError('raised unreported exception') from error\n"
    )
    process = subprocess.run(
        [sys.executable, "-m", "bench", "list"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "ENDING": str(int(ending))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (process.returncode, process.stdout) == (130, "")
    assert process.stderr == "interrupted; no results\n"
