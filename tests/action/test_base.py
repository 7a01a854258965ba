"""A change is compared with what it goes into, however little of the history the clone has."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

FIRST = "0" * 40


def base(service: Any, layercake: Any, kind: str = "pull_request", event: Any = None, **inputs: str) -> str:
    job = service.job(kind, event, instead={"install": layercake(status=0)}).run(app="app.main:app", **inputs)
    found = job.steps["base"].outputs.get("commit")
    return str(service.clone.git("rev-parse", found) if found else job.log)


def test_a_pull_request_is_compared_with_what_it_is_merged_into(service: Any, layercake: Any) -> None:
    assert service.clone.git("rev-list", "--count", "HEAD") == "1"
    assert base(service, layercake) == service.upstream.git("rev-parse", "main")
    assert service.clone.git("rev-parse", "--is-shallow-repository") == "true"


def test_a_whole_clone_stays_whole(service: Any, layercake: Any) -> None:
    service.clone.git("fetch", "--quiet", "--unshallow", "origin")
    assert base(service, layercake) == service.upstream.git("rev-parse", "main")
    assert service.clone.git("rev-parse", "--is-shallow-repository") == "false"


def test_a_branch_by_itself_is_compared_with_where_it_branched_off(service: Any, layercake: Any) -> None:
    service.check_out("feature")
    assert base(service, layercake) == service.upstream.git("rev-parse", "main~1")


def test_a_push_is_compared_with_what_the_branch_was_before(service: Any, layercake: Any) -> None:
    service.check_out("main")
    before = service.upstream.git("rev-parse", "main~1")
    event = {"before": before, "repository": {"default_branch": "main"}}
    assert base(service, layercake, "push", event) == before


@pytest.mark.parametrize("before", [FIRST, "deadbeef" * 5])
def test_a_new_branch_and_a_forced_push_are_compared_with_where_the_branch_branched_off(
    service: Any, layercake: Any, before: str
) -> None:
    service.check_out("feature")
    event = {"before": before, "repository": {"default_branch": "main"}}
    assert base(service, layercake, "push", event) == service.upstream.git("rev-parse", "main~1")


def test_a_run_by_hand_on_the_default_branch_is_compared_with_the_commit_before(service: Any, layercake: Any) -> None:
    service.check_out("main")
    event = {"repository": {"default_branch": "main"}}
    assert base(service, layercake, "workflow_dispatch", event) == service.upstream.git("rev-parse", "main~1")


def test_a_merge_queue_is_compared_with_what_it_merges_into(service: Any, layercake: Any) -> None:
    event = {"merge_group": {"base_sha": service.upstream.git("rev-parse", "main")}}
    assert base(service, layercake, "merge_group", event) == event["merge_group"]["base_sha"]


@pytest.mark.parametrize("named", ["main~1", "v1.0", "feature"])
def test_a_base_that_is_named_is_taken(service: Any, layercake: Any, named: str) -> None:
    service.upstream.git("tag", "v1.0", "main~1")
    service.upstream.git("push", "--quiet", "bare", "v1.0")
    commit = service.upstream.git("rev-parse", named)
    given = commit if "~" in named else named
    assert base(service, layercake, base=given) == commit


@pytest.mark.parametrize(
    "named",
    [
        "$(touch${IFS}pwned)",
        "-c;touch",
        *(pytest.param(one, marks=pytest.mark.slow) for one in ("a;touch${IFS}pwned", "`touch${IFS}pwned`")),
    ],
)
def test_the_name_of_a_branch_is_never_a_command(service: Any, layercake: Any, named: str) -> None:
    if not named.startswith("-"):
        service.upstream.git("branch", named, "feature")
        service.push()
    found = base(service, layercake, base=named)
    assert found == service.upstream.git("rev-parse", "feature") or "names no branch, tag or commit" in found
    assert not [*service.clone.folder.rglob("pwned"), *Path.cwd().glob("pwned")]


def test_an_unknown_base_is_said_in_the_log_and_in_the_summary(service: Any, layercake: Any) -> None:
    job = service.job(instead={"install": layercake()}).run(app="app.main:app", base="nowhere")
    assert job.failed
    assert "::error title=layercake::nowhere can't be found: couldn't find remote ref nowhere" in job.log
    assert "**No verdict**" in job.summary
    assert job.steps["compare"].outcome == "skipped"


def test_the_code_of_a_pull_request_gets_no_token_that_may_write(service: Any, layercake: Any) -> None:
    job = service.job("pull_request_target", instead={"install": layercake()}).run(app="app.main:app")
    assert job.failed
    assert "use pull_request instead" in job.log
    assert job.steps["compare"].outcome == "skipped"


def test_git_asks_with_the_token_where_the_checkout_keeps_none(service: Any, layercake: Any, comments: Any) -> None:
    """The stub refuses whatever isn't about comments."""
    service.clone.git("remote", "set-url", "origin", f"{comments.url}/owner/service.git")
    variables = {"GITHUB_SERVER_URL": comments.url}
    job = service.job(instead={"install": layercake()}, variables=variables).run(app="app.main:app")
    assert job.failed
    assert [base64.b64decode(one.removeprefix("basic ")) for one in comments.tokens] == [b"x-access-token:a-token"]
    assert "a-token" not in job.log
    service.clone.git("config", "http.https://github.example/.extraheader", "AUTHORIZATION: basic bW9yZQ==")
    comments.tokens.clear()
    service.job(instead={"install": layercake()}, variables=variables).run(app="app.main:app")
    assert comments.tokens == {None}


def test_the_first_commit_has_nothing_to_be_compared_with(service: Any, layercake: Any) -> None:
    service.upstream.git("checkout", "--quiet", "--orphan", "alone")
    service.upstream.commit("Alone")
    service.push()
    service.check_out("alone")
    said = base(service, layercake, "workflow_dispatch", {"repository": {"default_branch": "alone"}})
    assert "name what to compare it with by the input `base`" in said
