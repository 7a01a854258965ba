"""The one comment that a pull request has of an app: written by the first run, and brought up to date by each further
one. It may fail: the verdict stands in the summary of the job as well, and decides alone."""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import job

LONGEST = 65_536
"""Characters of a comment; GitHub refuses more."""
RESERVED = 500
"""Characters for what is said where a comment was cut."""
AUTHOR = "github-actions[bot]"
"""Who comments with a job's own token. Somebody else's comment with our marker in it stays as it is."""
ATTEMPTS = 4
LONGEST_PAUSE_S = 60.0
PATIENCE_S = 30.0
PER_PAGE = 100


class RefusedError(Exception):
    """GitHub didn't do it: its own words, after how many seconds it may be asked again, None if that is useless, and
    whether the token isn't allowed to."""

    def __init__(self, said: str, retry_after_s: float | None = None, *, denied: bool = False) -> None:
        super().__init__(said)
        self.retry_after_s = retry_after_s
        self.denied = denied


@dataclass(frozen=True)
class Api:
    """The REST API of one repository."""

    root: str
    token: str

    def ask(self, method: str, path: str, content: dict[str, str] | None = None) -> Any:
        """What it answers. Raises RefusedError."""
        request = urllib.request.Request(  # noqa: S310  the runner's own variable has the scheme
            self.root + path,
            method=method,
            data=None if content is None else json.dumps(content).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "User-Agent": "fastapi-layercake",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(error) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise RefusedError(str(error), 1.0) from error

    def comments(self, number: int) -> Iterator[dict[str, Any]]:
        """All of a pull request, oldest first. Raises RefusedError."""
        page = 1
        while found := self.ask("GET", f"/issues/{number}/comments?per_page={PER_PAGE}&page={page}"):
            yield from found
            if len(found) < PER_PAGE:
                return
            page += 1

    def write(self, number: int, marker: str, body: str) -> str:
        """Bring our comment up to date, or write it; its address. Raises RefusedError."""
        ours = next((one for one in self.comments(number) if _is_ours(one, marker)), None)
        if ours is None:
            made = self.ask("POST", f"/issues/{number}/comments", {"body": body})
        else:
            made = self.ask("PATCH", f"/issues/comments/{ours['id']}", {"body": body})
        return str(made.get("html_url", ""))


def write_patiently(api: Api, number: int, marker: str, body: str) -> str:
    """Look for our comment again before each attempt: what failed may have been done all the same.

    Raises RefusedError.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return api.write(number, marker, body)
        except RefusedError as error:
            if error.retry_after_s is None or attempt == ATTEMPTS:
                raise
            time.sleep(min(error.retry_after_s * 2 ** (attempt - 1), LONGEST_PAUSE_S))
    raise AssertionError


def _refused(error: urllib.error.HTTPError) -> RefusedError:
    try:
        said = str(json.load(error)["message"])
    except (OSError, ValueError, KeyError, TypeError):
        said = str(error.reason)
    after = error.headers.get("Retry-After", "")
    passing = error.code >= 500 or error.code == 429 or after or "rate limit" in said.lower()
    # Missing while it was brought up to date: somebody has deleted it.
    passing = passing or (error.code == 404 and "/issues/comments/" in error.url)
    if not passing:
        return RefusedError(f"{error.code} {said}", denied=error.code in (401, 403, 404))
    return RefusedError(f"{error.code} {said}", float(after) if after.isdigit() else 1.0)


def _is_ours(comment: dict[str, Any], marker: str) -> bool:
    author = comment.get("user") or {}
    return author.get("login") == AUTHOR and str(comment.get("body") or "").startswith(marker)


def marker_of(name: str) -> str:
    """A line that nobody sees. Each app of a monorepo has one of its own."""
    return f"<!-- fastapi-layercake: {quote(name, safe='').replace('--', '%2D%2D')} -->"


def body_of(marker: str, said: str, links: str) -> str:
    """The whole comment; never longer than a comment may be."""
    if len(said) > (room := LONGEST - len(marker) - len(links) - RESERVED):
        said = said[:room].rpartition("\n")[0]
        said += "\n\n" + "</details>\n\n" * (said.count("<details>") - said.count("</details>"))
        said += "This comment was cut: the page has the rest."
    return f"{marker}\n{said.rstrip()}\n\n{links}\n"


def links_of(pull: dict[str, Any]) -> str:
    """Which commit this is of, and where there is more. Addresses and hashes of GitHub's own need no escape."""
    env = os.environ
    run = f"{env['GITHUB_SERVER_URL']}/{env['GITHUB_REPOSITORY']}/actions/runs/{env['GITHUB_RUN_ID']}"
    page = env.get("PAGE") or f"{run}#artifacts"
    found = [f"commit {pull['head']['sha'][:8]}", f"[log]({run})"]
    if env.get("RESULTS"):
        found.insert(1, f"[page with all routes]({page})")
    return f"<sub>{' · '.join(found)}</sub>"


def said_of(results: str) -> str:
    """What the comparison says. Errors stay in the log, where GitHub masks secrets."""
    if results:
        return Path(results, "exports", "comment.md").read_text("utf-8")
    return "**No verdict: this comparison failed.** The log has the reason.\n"


def main() -> int:
    """Always 0: a comment decides nothing."""
    pull = job.event().get("pull_request")
    if pull is None:
        print("No pull request, no comment: the verdict stands in the summary")
        return 0
    env = os.environ
    api = Api(f"{env['GITHUB_API_URL']}/repos/{env['GITHUB_REPOSITORY']}", env["GITHUB_TOKEN"])
    marker = marker_of(job.app())
    try:
        print(write_patiently(api, pull["number"], marker, body_of(marker, said_of(env["RESULTS"]), links_of(pull))))
    except RefusedError as error:
        rights = " A comment needs `pull-requests: write`, which pull requests from forks never get." * error.denied
        job.annotate("notice", f"No comment was written ({error}); the summary of this job has the verdict.{rights}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
