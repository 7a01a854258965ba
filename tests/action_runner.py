"""Runs the steps of `action.yml` as GitHub's runner does: scripts by bash, in processes of their own, with the
variables and files of a job. What other actions would do is only recorded."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
ARTIFACT = "https://github.example/artifact/1"


@dataclass
class Step:
    """What a step gave to the others."""

    outcome: str
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Job:
    """A job in a clone. `event` is what started it; `instead` has what stands for a step's script, by its id, and
    `variables` what is unlike in it."""

    workspace: Path
    scratch: Path
    kind: str
    event: dict[str, Any]
    api: str = "http://127.0.0.1:9"
    instead: dict[str, Callable[[dict[str, str]], None]] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    log: str = ""
    failed: bool = False

    def run(self, **inputs: str) -> Job:
        """`app_dir` is the input `app-dir`."""
        description = action()
        given = {name: one.get("default", "") for name, one in description["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        self.scratch.mkdir(parents=True, exist_ok=True)
        (self.scratch / "event.json").write_text(json.dumps(self.event))
        for number, step in enumerate(description["runs"]["steps"]):
            self._step(step.get("id", str(number)), step, given)
        return self

    @property
    def summary(self) -> str:
        file = self.scratch / "summary.md"
        return file.read_text("utf-8") if file.exists() else ""

    def _step(self, name: str, step: dict[str, Any], given: dict[str, str]) -> None:
        if not self._wanted(step.get("if", "success()"), given):
            self.steps[name] = Step("skipped")
            return
        if "uses" in step:
            self.used.append(
                (step["uses"], {key: self._filled(str(value), given) for key, value in step["with"].items()})
            )
            self.steps[name] = Step("success", _outputs(*self.used[-1]))
            return
        own = {key: self._filled(value, given) for key, value in step.get("env", {}).items()}
        output = self.scratch / f"output-{name}"
        output.touch()
        env = self._known | self.variables | own | {"GITHUB_OUTPUT": str(output)}
        status = self._script(name, step, env)
        self.steps[name] = Step("failure" if status else "success", _read(output))
        self.failed = self.failed or bool(status and not step.get("continue-on-error"))

    def _script(self, name: str, step: dict[str, Any], env: dict[str, str]) -> int:
        if name in self.instead:
            self.instead[name](env)
            return 0
        assert step["shell"] == "bash"
        file = self.scratch / f"step-{name}.sh"
        file.write_text(step["run"])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(file)],
            cwd=self.workspace,
            env=env,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.log += done.stdout
        return done.returncode

    @cached_property
    def _known(self) -> dict[str, str]:
        head = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=self.workspace, capture_output=True, text=True, check=True
        ).stdout.strip()
        passed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return passed | {
            "CI": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_API_URL": self.api,
            "GITHUB_EVENT_NAME": self.kind,
            "GITHUB_EVENT_PATH": str(self.scratch / "event.json"),
            "GITHUB_REPOSITORY": "owner/service",
            "GITHUB_RUN_ID": "77",
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_SHA": head,
            "GITHUB_STEP_SUMMARY": str(self.scratch / "summary.md"),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_ARCH": "X64",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(self.scratch),
            "XDG_CACHE_HOME": str(self.scratch / "cache"),
        }

    def _filled(self, text: str, given: dict[str, str]) -> str:
        return EXPRESSION.sub(lambda found: self._value(found[1], given), text)

    def _value(self, expression: str, given: dict[str, str]) -> str:
        match expression.split("."):
            case ["inputs", name]:
                return given[name]
            case ["github", "token"]:
                return "a-token"
            case ["steps", name, "outputs", output]:
                return self.steps[name].outputs.get(output, "") if name in self.steps else ""
            case ["steps", name, "outcome"]:
                return self.steps[name].outcome
        assert expression.startswith("hashFiles("), expression
        return "hash"

    def _wanted(self, condition: str, given: dict[str, str]) -> bool:
        parts = [part.strip() for part in condition.removeprefix("${{").removesuffix("}}").split("&&")]
        return all(self._true(part, given) for part in parts)

    def _true(self, part: str, given: dict[str, str]) -> bool:
        if part in ("success()", "!cancelled()"):
            return part != "success()" or not self.failed
        left, sign, right = part.split(" ")
        return (self._value(left, given) == right.strip("'")) == (sign == "==")


def action() -> dict[str, Any]:
    """`action.yml`, parsed."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    return found


def _outputs(name: str, given: dict[str, str]) -> dict[str, str]:
    """What the other actions give; nothing was cached yet."""
    if "upload-artifact" in name:
        return {"artifact-url": ARTIFACT}
    return {"cache-primary-key": given["key"], "cache-hit": "false"} if "cache/restore" in name else {}


def _read(output: Path) -> dict[str, str]:
    """The values that a step wrote: `name=value`, or several lines between `name<<end` and `end`."""
    found, lines = {}, iter(output.read_text("utf-8").splitlines())
    for line in lines:
        name, sign, value = re.match(r"([\w-]+)(=|<<)(.*)", line).groups()  # type: ignore[union-attr]
        found[name] = value if sign == "=" else "\n".join(iter(lambda: next(lines), value))
    return found
