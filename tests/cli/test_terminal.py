"""A terminal gets colours and a bar with the time left; anything else plain text, whatever the environment forces."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from checkouts import MAIN, PATIENCE_S, Checkout
from plans import write_target

ESCAPE = "\x1b["
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
BAR = re.compile(r"CPU time in process: fine:one .*left.*\d:\d\d", re.DOTALL)


def on_a_terminal(checkout: Checkout, *words: str, **variables: str) -> tuple[int, str]:
    """Exit status, and everything that a terminal of 100 columns was sent."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, *words],
        cwd=checkout.folder,
        env={**environment, "PYTHONPATH": str(checkout.folder), "COLUMNS": "100", "TERM": "xterm", **variables},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    )
    os.close(theirs)
    said: list[bytes] = []
    reader = threading.Thread(target=_drain, args=(ours, said))
    reader.start()
    status = process.wait(timeout=PATIENCE_S)
    reader.join(timeout=PATIENCE_S)
    os.close(ours)
    return status, b"".join(said).decode().replace("\r\n", "\n")


def _drain(terminal: int, said: list[bytes]) -> None:
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # whoever wrote has ended
            return
        if not part:
            return
        said.append(part)


@pytest.mark.parametrize(("columns", "width"), [("60", 60), ("", 100)])
def test_what_is_piped_is_as_wide_as_columns_says_or_100(root: Path, columns: str, width: int) -> None:
    process = subprocess.run(
        [sys.executable, "-c", MAIN, "list"],
        cwd=root,
        env={**os.environ, "COLUMNS": columns},
        capture_output=True,
        text=True,
        check=True,
    )
    assert width - 12 <= max(map(len, process.stdout.splitlines())) <= width


@pytest.fixture
def one(checkout: Checkout) -> Checkout:
    write_target(checkout.targets, "fine", "")
    return checkout


@pytest.mark.slow
def test_a_terminal_sees_what_is_measured_and_how_long_it_will_take(one: Checkout) -> None:
    status, said = on_a_terminal(one, "layers", "--quick")
    assert status == 0, said
    assert BAR.search(said)
    assert COLOUR.search(said)
    assert "measured: " not in said


@pytest.mark.slow
def test_a_log_gets_lines_without_a_single_escape_even_if_colours_are_forced(one: Checkout) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "layers", "--quick"],
        cwd=one.folder,
        env={**os.environ, "PYTHONPATH": str(one.folder), "FORCE_COLOR": "1", "CI": "true"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ESCAPE not in done.stdout + done.stderr
    assert done.stdout.startswith("measuring, about ")
    assert "measured: CPU time in process\n" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100 + len(str(Path(one.folder)))


@pytest.mark.parametrize("words", [("list",), ("list", "--json")])
def test_a_reader_who_leaves_does_not_make_it_a_regression(checkout: Checkout, words: tuple[str, ...]) -> None:
    long = "r" * 300  # so that the output doesn't fit into a pipe
    for index in range(150):
        write_target(checkout.targets, f"target{index}", "", requests=f'{{"{long}": {{"path": "/"}}}}')
    with checkout.start(*words) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        errors = process.stderr.read()
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("words", [("list",), ("report", "nowhere"), ()])
def test_short_answers_are_plain_on_a_terminal_without_colours(one: Checkout, words: tuple[str, ...]) -> None:
    _, said = on_a_terminal(one, *words, NO_COLOR="1")
    assert not any(re.search(r"(3[0-7]|9[0-7])(;|m|$)", code) for code in COLOUR.findall(said))
    assert "Traceback" not in said
