"""The comparison gets what the workflow says, word by word, and its exit status is the job's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from comments_api import Comments

PWNED = "x\"; touch pwned; echo '\n$(touch pwned) `touch pwned` %0A::error::pwned\nname<<end\nstatus=0 -- --strict"


def run(service: Any, stub: Any, api: str = "http://127.0.0.1:9", **inputs: str) -> Any:
    event = {**service.pull}
    del event["pull_request"]
    event["before"] = service.upstream.git("rev-parse", "main")
    return service.job("push", event, api=api, instead={"install": stub}).run(**{"app": "app.main:app", **inputs})


def test_the_versions_and_the_inputs_are_the_words_of_the_command(service: Any, layercake: Any) -> None:
    stub = layercake(status=0)
    job = run(
        service,
        stub,
        app_dir="app",
        margin="10%",
        budget="90s",
        requests="app/requests.json",
        options="--strict --before 'python seed.py --fast'",
    )
    base = service.upstream.git("rev-parse", "main")[:12]
    assert stub.words() == [
        "compare",
        f"git:{base}",
        "git:HEAD",
        "--app=app.main:app",
        "--app-dir=app",
        "--margin=10%",
        "--budget=90s",
        "--requests=app/requests.json",
        f"--results={service.scratch}/layercake-app.main-app-in-app",
        "--strict",
        "--before",
        "python seed.py --fast",
    ]
    assert not job.failed
    assert job.steps["compare"].outputs["status"] == "0"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (1, "A route is slower, or fails where the base does not (exit status 1); the summary of this job has"),
        (4, "A route has no clear verdict (--strict) (exit status 4); the summary of this job has"),
    ],
)
def test_a_verdict_that_fails_says_so_and_the_page_is_uploaded(
    service: Any, layercake: Any, status: int, reason: str
) -> None:
    job = run(service, layercake(status=status))
    assert job.failed
    assert f"::error title=layercake::app.main:app: {reason}" in job.log
    (page,) = [given for name, given in job.used if "upload-artifact" in name]
    assert page["name"] == "layercake-app.main-app"
    assert Path(page["path"], "comparison.html").is_file()
    assert job.steps["compare"].outputs["status"] == str(status)


@pytest.mark.parametrize(
    ("status", "reason"), [(2, "Nothing was compared"), (3, "Nothing valid was measured"), (-9, "bench has ended")]
)
def test_a_comparison_that_failed_says_why_and_keeps_nothing(
    service: Any, layercake: Any, status: int, reason: str
) -> None:
    shown = status if status > 0 else 247
    said = "bench: git:HEAD: 50% of *nothing*"
    job = run(service, layercake(status=shown, made=None, err=said))
    assert job.failed
    what = reason if status > 0 else "bench has ended"
    assert f"app.main:app: {what} (exit status {shown}). bench: git:HEAD: 50%25 of *nothing*" in job.log
    assert job.summary.endswith(f"(exit status {shown}). {said}\n")
    assert [name.partition("@")[0] for name, _ in job.used] == ["actions/cache/restore"]


def test_what_is_kept_is_named_by_the_locks_and_has_no_worktrees(service: Any, layercake: Any) -> None:
    job = run(service, layercake())
    restored, saved, _ = (given for _, given in job.used)
    assert restored["key"].startswith("layercake-Linux-X64-3.")
    assert restored["key"].endswith("-hash")
    kept = [Path(line).relative_to(service.scratch) for line in saved["path"].splitlines()]
    cache = Path("cache", "fastapi-layercake")
    assert kept == [Path("layercake-tool"), cache / "stacks", cache / "overlays", cache / "locks"]
    assert (restored["path"], restored["key"]) == (saved["path"], saved["key"])


@pytest.mark.parametrize("name", ["app", "app_dir", "base", "margin", "budget", "requests", "options"])
def test_an_input_is_never_a_command(service: Any, comments: Comments, layercake: Any, name: str) -> None:
    stub = layercake(status=2, made=None)
    job = run(service, stub, comments.url, **{name: PWNED})
    assert job.failed
    assert not [*service.clone.folder.rglob("pwned"), *Path.cwd().glob("pwned")]
    assert not [line for line in job.log.splitlines() if line.startswith("::error::")]
    assert job.steps["compare"].outputs.get("status", "2") == "2"
    assert set(job.steps["compare"].outputs) <= {"status"}


def test_what_an_app_prints_is_no_command_to_the_runner(service: Any, layercake: Any) -> None:
    job = run(service, layercake(status=0, out="::add-mask::slower\n::error::pwned", err="::notice::pwned"))
    stopped, hidden, *_ = job.log.split("::stop-commands::")[1].split("\n", 1)
    assert f"\n::{stopped}::\n" in hidden
    assert "pwned" not in hidden.split(f"\n::{stopped}::\n")[1]
    assert len(stopped) == 32


def test_options_with_an_open_quote_are_said(service: Any, layercake: Any) -> None:
    job = run(service, layercake(), options="--before 'python seed.py")
    assert job.failed
    assert "the input `options` can't be read: No closing quotation" in job.log
