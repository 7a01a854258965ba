"""What an interpreter says of itself: its version, its platform, and the distributions that it finds."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.host.child import passed_on
from bench.stack.uv import StackError

OLDEST = (3, 10)

# The first distribution of a name is the one that is imported. The folder that it is asked in isn't part of it.
_ASK = """
import sys
sys.path = [entry for entry in sys.path if entry]
import json, platform, re, sysconfig
from importlib.metadata import distributions
packages = {}
for one in distributions():
    name = one.metadata["Name"]
    if name:
        packages.setdefault(re.sub(r"[-_.]+", "-", name).lower(), one.version)
print(json.dumps({
    "version": platform.python_version() + ("t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""),
    "implementation": platform.python_implementation(),
    "platform": sysconfig.get_platform() + " " + str(sysconfig.get_config_var("EXT_SUFFIX")),
    "packages": packages,
}))
"""
_PATIENCE_S = 60.0
_WHOLE_VERSION = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True)
class Interpreter:
    """`platform` tells apart what needs extension modules of its own; `packages` are versions by normalised name."""

    python: Path
    version: str
    platform: str
    packages: dict[str, str]


def ask(python: Path) -> Interpreter:
    """Raises StackError for one that doesn't start, or that agents don't run on."""
    try:
        done = subprocess.run(
            [str(python), "-c", _ASK],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=True,
            env=passed_on() | {"PYTHONDONTWRITEBYTECODE": "1"},
        )
        facts = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or [f"exit status {error.returncode}"])[-1]
        raise StackError(f"{python}: is no Python that starts ({last}); name another with --env") from error
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise StackError(f"{python}: is no Python that starts ({error}); name another with --env") from error
    major, minor = map(int, _WHOLE_VERSION.match(facts["version"]).groups())  # type: ignore[union-attr]
    if facts["implementation"] != "CPython" or (major, minor) < OLDEST:
        raise StackError(
            f"{python}: is {facts['implementation']} {facts['version']}; apps are measured on CPython "
            f"{'.'.join(map(str, OLDEST))} or newer"
        )
    return Interpreter(python, facts["version"], facts["platform"], facts["packages"])
