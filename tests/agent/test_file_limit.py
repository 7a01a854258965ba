"""The limit of open files: raised as far as a process may, in the harness's clients and in agents alike."""

from __future__ import annotations

import subprocess
import sys


def test_the_soft_limit_becomes_the_hard_one() -> None:
    code = (
        "import resource\n"
        "from bench.agent.file_limit import raise_file_limit\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 300))\n"
        "limit = raise_file_limit()\n"
        "print(limit, resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "300 (300, 300)\n"
