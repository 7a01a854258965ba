"""What a job of GitHub Actions gives to a script, and takes from it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal


def event() -> dict[str, Any]:
    """What started the workflow, as GitHub's webhooks describe it."""
    found: dict[str, Any] = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text("utf-8"))
    return found


def output(name: str, value: str) -> None:
    """Give the value, one line, to the steps that follow."""
    if value.splitlines() not in ([], [value]):
        raise ValueError(f"{name}: an output has one line")
    _append("GITHUB_OUTPUT", f"{name}={value}\n")


def summary(text: str) -> None:
    """Show Markdown on the page of the job."""
    _append("GITHUB_STEP_SUMMARY", text)


def annotate(kind: Literal["notice", "error"], message: str) -> None:
    """Show a message with the job, without running commands that stand in it."""
    for character in "%\r\n":
        message = message.replace(character, f"%{ord(character):02X}")
    print(f"::{kind} title=layercake::{message}", flush=True)


def no_verdict(message: str) -> None:
    """Say that there is none, and why. As code, it is no markup."""
    annotate("error", message)
    summary(f"**No verdict**\n\n    {' '.join(message.split())}\n")


def app() -> str:
    """The app as people name it: in a monorepo with its folder, since each has one of its own there."""
    folder, spec = Path(os.environ["APP_DIR"]), os.environ["APP"]
    return spec if folder == Path() else f"{spec} in {folder}"


def _append(variable: str, text: str) -> None:
    with Path(os.environ[variable]).open("a", encoding="utf-8") as file:
        file.write(text)
