"""Checks a built wheel as a user has it: installed, in an empty folder and an empty home; then again with no network.

    python tests/wheel/check.py dist/fastapi_layercake-*.whl

`make test-wheel` builds the wheel first. Everything is measured as briefly as can be: that it works is asked here, and
not what it says.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).parents[2]
CASE = "fastapi_plain:plain"
RESULTS = ".layercake"
LONGEST_S = 600
# A doctor that finds this machine unfit has done its work all the same.
MAY_BE_UNFIT = (0, 3)
# Measured numbers that a busy machine has spoilt are no fault of the wheel, as long as there are any.
SPOILT = (3, "disturbed the measurement")
KINDS = {"timing", "allocations", "load", "memory", "profile"}
# What it was measured on says nothing of the wheel: equal releases may seem to differ on a busy machine.
ANY_VERDICT = (0, 1)

COMMANDS: tuple[tuple[Sequence[int], str], ...] = (
    ((2,), ""),
    ((0,), "list"),
    ((0,), "list --json"),
    (MAY_BE_UNFIT, "doctor"),
    ((0,), f"run --quick --case {CASE}"),
    ((0,), "report latest"),
    (ANY_VERDICT, f"compare fastapi==0.115.12 fastapi==0.116.1 --case {CASE} --budget 30s"),
    ((0,), f"load hot --quick --case {CASE}"),
    ((0,), f"flame {CASE} --quick"),
    ((0,), f"memory {CASE} --quick"),
    ((0,), f"suite --quick --case {CASE}"),
    ((0,), "report"),
    ((2,), "layers --quick --results taken"),
)
# A process of its own network, where nothing but loopback is there, and that has to be switched on.
ALONE = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))
os.execv(sys.argv[1], sys.argv[1:])
"""
CLOSED = "http://127.0.0.1:9"


class WheelError(Exception):
    """What the wheel doesn't do."""


@dataclass(frozen=True)
class Installed:
    """The command, where a user calls it, and what their environment says."""

    command: Path
    folder: Path
    home: Path
    within: tuple[str, ...] = ()
    also: Mapping[str, str] | None = None

    def run(self, words: str, allowed: Sequence[int]) -> None:
        """Raises WheelError for another exit status, or a folder that holds more than results."""
        start_s = time.monotonic()
        done = subprocess.run(
            [*self.within, str(self.command), *words.split()],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_S,
        )
        print(f"  {done.returncode}  {time.monotonic() - start_s:5.1f} s  layercake {words}", flush=True)
        spoilt = done.returncode == SPOILT[0] and SPOILT[1] in done.stderr
        if not (done.returncode in allowed or spoilt) or "Traceback" in done.stderr:
            raise WheelError(f"layercake {words}: status {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        if strays := {one.name for one in self.folder.iterdir()} - {RESULTS, "taken"}:
            raise WheelError(f"layercake {words}: left {', '.join(sorted(strays))} in the folder that it was called in")

    def _environment(self) -> dict[str, str]:
        ours = ("UV_", "XDG_", "PYTHON", "VIRTUAL_ENV", "DATABASE_URL", "COLUMNS")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {**kept, "HOME": str(self.home), "NO_COLOR": "1", **(self.also or {})}


def install(wheel: Path, folder: Path) -> Path:
    """The command of the wheel in an environment of its own, with the versions that the lock has."""
    uv, environment = find_uv_bin(), folder / "environment"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
    into = ("--python", str(environment / "bin" / "python"), "--constraints", str(ROOT / "requirements.lock"))
    subprocess.run([uv, "pip", "install", "--quiet", *into, str(wheel.resolve())], check=True)
    for name in ("bench", "fastapi-layercake", "layercake"):
        if not (environment / "bin" / name).exists():
            raise WheelError(f"the wheel brings no command {name}")
    return environment / "bin" / "layercake"


def without_network(folder: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """What to run a command within, and variables for it, so that it reaches nobody."""
    code = folder / "alone.py"
    code.write_text(ALONE, "utf-8")
    for words in (("unshare", "--net"), ("unshare", "--map-root-user", "--net")):
        within = (*words, sys.executable, str(code))
        if shutil.which("unshare") and not subprocess.run([*within, "/bin/true"], check=False).returncode:
            return within, {}
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return (), {name: CLOSED for upper in proxies for name in (upper, upper.lower())} | {"NO_PROXY": "", "no_proxy": ""}


def check_results(installed: Installed) -> None:
    """All of it is in the folder for results, which stays out of any repository and names nothing of this machine."""
    results = installed.folder / RESULTS
    if (results / ".gitignore").read_text("utf-8") != "*\n":
        raise WheelError(f"{RESULTS}/.gitignore doesn't ignore everything")
    found = {kind: len([*results.glob(f"{kind}/*/*.json")]) for kind in ("runs", "comparisons")}
    if found["runs"] < 5 or not found["comparisons"]:
        raise WheelError(f"{RESULTS} holds {found}; five runs and a comparison were measured")
    private = (str(installed.folder), str(installed.home), str(installed.command.parents[1]))
    for file in filter(Path.is_file, results.rglob("*")):
        if named := [word for word in private if word in file.read_text("utf-8", errors="replace")]:
            raise WheelError(f"{file.relative_to(results)} names a folder of this machine: {named[0]}")
    if not [*results.glob("runs/*/exports/pytest-benchmark.json")]:
        raise WheelError("the suite left no result")
    runs = [json.loads(file.read_text("utf-8")) for file in results.glob("runs/*/run.json")]
    for run in runs:
        if not run["complete"] or run["commit"] is not None:
            raise WheelError(f"{run['id']}: complete {run['complete']}, commit {run['commit']}")
    if missing := KINDS - {sample["kind"] for run in runs for sample in run["samples"]}:
        raise WheelError(f"nothing was measured of {', '.join(sorted(missing))}")


def check(installed: Installed) -> None:
    (installed.folder / "taken").write_text("a file where results can't go", "utf-8")
    for allowed, words in COMMANDS:
        installed.run(words, allowed)
    check_results(installed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--online", action="store_true", help="leave out the second half, which has no network")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="layercake-wheel-") as name:
        scratch = Path(name)
        home, first, second = (scratch / part for part in ("home", "first", "second"))
        for folder in (home, first, second):
            folder.mkdir()
        command = install(asked.wheel, scratch)
        print("in an empty folder, with an empty home:")
        check(Installed(command, first, home))
        if not asked.online:
            within, variables = without_network(scratch)
            print(f"the same in another folder without a network ({' '.join(within[:-2]) or 'by closed proxies'}):")
            check(Installed(command, second, home, within, variables))
    print("the wheel works")


if __name__ == "__main__":
    try:
        main()
    except WheelError as error:
        sys.exit(f"check.py: {error}")
