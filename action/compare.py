"""Runs `bench compare` between the base and HEAD, and shows what it says with the job. Its status is the step's."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import subprocess
import sys
from pathlib import Path

import job

REASONS = {
    1: "A route is slower, or fails where the base does not",
    2: "Nothing was compared",
    3: "Nothing valid was measured",
    4: "A route has no clear verdict (--strict)",
}


def command(results: Path) -> list[str]:
    """The words of the command. Raises ValueError for options with an open quote."""
    asked = {name: os.environ[name.upper().replace("-", "_")] for name in ("app", "app-dir", "margin", "budget")}
    if requests := os.environ["REQUESTS"]:
        asked["requests"] = requests
    return [
        str(Path(os.environ["TOOL"], "bin", "bench")),
        "compare",
        f"git:{os.environ['BASE']}",
        "git:HEAD",
        *(f"--{name}={value}" for name, value in asked.items()),
        f"--results={results}",
        *shlex.split(os.environ["OPTIONS"]),
    ]


def run(words: list[str]) -> tuple[int, str]:
    """The exit status, and the last line of errors. What the app prints is no command to the runner."""
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", flush=True)
    last = ""
    try:
        with subprocess.Popen(words, stderr=subprocess.PIPE, encoding="utf-8", errors="replace") as process:
            assert process.stderr is not None  # noqa: S101
            for line in process.stderr:
                print(line, end="", file=sys.stderr, flush=True)
                last = line.strip() or last
    finally:
        print(f"\n::{token}::", flush=True)
    return process.returncode, last


def explain(status: int, last: str, comment: Path | None) -> None:
    """Show the verdict with the job, and why it failed if it did."""
    reason = f"{job.app()}: {REASONS.get(status, 'bench has ended')} (exit status {status})"
    if comment is None:
        job.no_verdict(f"{reason}. {last}")
        return
    job.summary(comment.read_text("utf-8") + "\n")
    if status:
        job.annotate("error", f"{reason}; the summary of this job has the details")


def main() -> int:
    """The exit status of the command."""
    artifact = "layercake-" + re.sub(r"[^\w.-]+", "-", job.app(), flags=re.ASCII)
    results = Path(os.environ["RUNNER_TEMP"], artifact)
    try:
        words = command(results)
    except ValueError as error:
        status, last = 2, f"the input `options` can't be read: {error}"
    else:
        status, last = run(words)
    made = sorted(results.glob("comparisons/*/exports/comment.md"))
    explain(status, last, made[-1] if made else None)
    job.output("status", str(status))
    if made:
        job.output("results", str(made[-1].parents[1]))
        job.output("artifact", artifact)
    return status


if __name__ == "__main__":
    sys.exit(main())
