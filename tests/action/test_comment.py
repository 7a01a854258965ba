"""A pull request has one comment of an app, which is brought up to date; where that can't be, the verdict stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from comments_api import BOT, PULL, Comments

SOMEBODY = {"login": "somebody", "type": "User"}
MARKER = "<!-- fastapi-layercake: app.main%3Aapp -->"


def run(service: Any, comments: Comments, layercake: Any, **inputs: str) -> Any:
    job = service.job(api=comments.url, instead={"install": layercake})
    return job.run(**{"app": "app.main:app", **inputs})


def wrote(comments: Comments) -> list[str]:
    return [method for method, _ in comments.calls if method != "GET"]


def test_the_first_run_writes_a_comment_and_the_next_one_brings_it_up_to_date(
    service: Any, comments: Comments, layercake: Any
) -> None:
    job = run(service, comments, layercake())
    assert job.failed
    (first,) = comments.written()
    said, *_ = first.removeprefix(f"{MARKER}\n").splitlines()
    assert "SLOWER" in said
    sha = service.pull["pull_request"]["head"]["sha"]
    assert first.endswith(
        f"<sub>commit {sha[:8]} · [page with all routes](https://github.example/artifact/1) · "
        "[log](https://github.example/owner/service/actions/runs/77)</sub>\n"
    )
    service.scratch = service.scratch.with_name("second")
    run(service, comments, layercake(made=None, status=2, err="bench: git:HEAD: no lock"))
    (second,) = comments.written()
    assert "No verdict" in second
    assert "no lock" not in second  # the log masks secrets, a comment doesn't
    assert wrote(comments) == ["POST", "PATCH"]
    assert comments.tokens == {"Bearer a-token"}


def test_our_comment_is_found_on_any_page_of_comments(service: Any, comments: Comments, layercake: Any) -> None:
    for number in range(130):
        comments.add(f"Comment {number}", SOMEBODY)
    ours = comments.add(f"{MARKER}\nof before", BOT)
    comments.add("Later", SOMEBODY)
    run(service, comments, layercake())
    assert comments.calls[-1] == ("PATCH", f"/repos/owner/service/issues/comments/{ours}")
    assert len(comments.stored) == 132


def test_a_comment_of_somebody_else_stays_as_it_is(service: Any, comments: Comments, layercake: Any) -> None:
    comments.add(f"{MARKER}\npasted", SOMEBODY)
    comments.add(f"> {MARKER}\nquoted", BOT)
    run(service, comments, layercake())
    assert [one["body"] for one in comments.stored[:2]] == [f"{MARKER}\npasted", f"> {MARKER}\nquoted"]
    assert wrote(comments) == ["POST"]


def test_two_apps_of_a_monorepo_have_a_comment_each(service: Any, comments: Comments, layercake: Any) -> None:
    for number, folder in enumerate([".", "app", "app", "."]):
        service.scratch = service.scratch.with_name(f"job-{number}")
        run(service, comments, layercake(), app_dir=folder)
    assert len(comments.written()) == 2
    assert wrote(comments) == ["POST", "POST", "PATCH", "PATCH"]


@pytest.mark.parametrize("status", [0, 1])
def test_a_token_that_may_not_comment_changes_neither_verdict_nor_status(
    service: Any, comments: Comments, layercake: Any, status: int
) -> None:
    denied = {"message": "Resource not accessible by integration"}
    comments.fault = lambda method, _: (403, {}, denied) if method != "GET" else None
    job = run(service, comments, layercake(status=status))
    assert job.failed == bool(status)
    assert not comments.written()
    assert wrote(comments) == ["POST"]
    assert "::notice title=layercake::No comment was written (403 Resource not accessible by integration)" in job.log
    assert "SLOWER" in job.summary
    assert "changed:one is slower" in job.log


def test_a_failure_of_the_api_is_waited_out(service: Any, comments: Comments, layercake: Any) -> None:
    failures = iter([(500, {}, "no JSON object"), (403, {"Retry-After": "1"}, {"message": "secondary rate limit"})])
    comments.fault = lambda *_: next(failures, None)
    run(service, comments, layercake())
    assert len(comments.written()) == 1


def test_a_comment_whose_answer_was_lost_is_written_once(service: Any, comments: Comments, layercake: Any) -> None:
    failures = iter([(502, {}, {})])
    comments.fault = lambda method, _: next(failures, None) if method == "POST" else None
    comments.write_first = True
    run(service, comments, layercake())
    assert len(comments.written()) == 1
    assert wrote(comments) == ["POST", "PATCH"]


def test_a_comment_that_was_deleted_meanwhile_is_written_anew(service: Any, comments: Comments, layercake: Any) -> None:
    comments.add(f"{MARKER}\nof before", BOT)

    def deleted(method: str, path: str) -> None:
        if method == "PATCH":
            comments.stored.clear()

    comments.fault = deleted
    run(service, comments, layercake())
    assert wrote(comments) == ["PATCH", "POST"]
    assert len(comments.written()) == 1


def test_a_failure_that_lasts_is_given_up(service: Any, comments: Comments, layercake: Any) -> None:
    comments.fault = lambda *_: (503, {"Retry-After": "0"}, {"message": "Unavailable"})
    job = run(service, comments, layercake(status=0))
    assert not job.failed
    assert [method for method, _ in comments.calls] == ["GET"] * 4
    assert "::notice title=layercake::No comment was written (503 Unavailable); the summary of this job has" in job.log
    assert "forks" not in job.log


def test_the_name_of_a_route_is_no_markup_and_mentions_nobody(
    service: Any, comments: Comments, layercake: Any, published_by_somebody: Path
) -> None:
    run(service, comments, layercake(made=published_by_somebody))
    (body,) = comments.written()
    marker, said = body.split("\n", 1)
    assert marker == MARKER
    assert "everyone" in said
    bare = re.sub(r"`[^`\n]*`", "", said)
    assert not re.search(r"@everyone|<img|<!--|-->|#1", bare)


def test_an_api_that_is_gone_changes_nothing(service: Any, comments: Comments, layercake: Any) -> None:
    comments.fault = lambda *_: (404, {}, {"message": "Not Found"})
    job = run(service, comments, layercake(status=0))
    assert not job.failed
    assert "No comment was written (404 Not Found)" in job.log
    assert [urlsplit(path).path for _, path in comments.calls] == [f"/repos/owner/service/issues/{PULL}/comments"]


def test_a_comment_that_is_too_long_is_cut_and_not_refused(
    service: Any, comments: Comments, layercake: Any, tmp_path: Any
) -> None:
    long = tmp_path / "long"
    (long / "exports").mkdir(parents=True)
    text = "**Slower**\n\n<details><summary>All</summary>\n\n" + "| µs |\n" * 20_000 + "\n</details>\n"
    (long / "exports" / "comment.md").write_text(text, "utf-8")
    run(service, comments, layercake(made=long))
    (body,) = comments.written()
    assert 60_000 < len(body) <= 65_536
    assert body.count("<details>") == body.count("</details>") == 1
    assert "This comment was cut" in body


def test_a_push_has_no_comment(service: Any, comments: Comments, layercake: Any) -> None:
    service.check_out("main")
    event = {"before": service.upstream.git("rev-parse", "main~1"), "repository": {"default_branch": "main"}}
    job = service.job("push", event, api=comments.url, instead={"install": layercake()}).run(app="app.main:app")
    assert job.failed
    assert not comments.calls
    assert "SLOWER" in job.summary
