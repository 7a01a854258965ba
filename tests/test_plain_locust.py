"""Scenarios run by Locust alone, as docs/adding.md says: the very commands, but for the port."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench.stack.environment import Environment

ROOT = Path(__file__).parents[1]
TYPED = re.compile(r"^\$ (bench serve .*)\n\$ (locust .*)$", re.MULTILINE)


@pytest.mark.slow
def test_the_commands_of_the_documentation_get_right_answers(environment: Environment, tmp_path: Path) -> None:
    typed = TYPED.search((ROOT / "docs" / "adding.md").read_text("utf-8"))
    assert typed
    serve, locust = (words.split() for words in typed.groups())
    run = {"bench": ["-c", "from bench.__main__ import main; main()"], "locust": ["-m", "locust"]}
    server = subprocess.Popen(
        [sys.executable, *run[serve[0]], *(word.replace(":8000", ":0") for word in serve[1:])],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout
        port = next(found[1] for line in server.stdout if (found := re.search(r"--url http://[\d.]+:(\d+)", line)))
        words = [word.replace(":8000", f":{port}") for word in locust[1:]]
        csv = ["--csv", str(tmp_path / "seen")]
        subprocess.run([sys.executable, *run[locust[0]], *words, *csv], cwd=ROOT, check=True, capture_output=True)
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=30)
    path = locust[locust.index("--path") + 1]
    rows = (tmp_path / "seen_stats.csv").read_text("utf-8").splitlines()
    requests, failures = next(row.split(",")[2:4] for row in rows if row.startswith(f"GET,{path},"))
    assert int(requests) > 0
    assert int(failures) == 0
