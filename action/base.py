"""The commit that a change is compared with; fetched where a shallow clone hasn't got it.

- What `base` names.
- Of a pull request, the first parent of the merge commit that GitHub made for it: the difference is what merging
  changes, and nothing that came to the base branch meanwhile. Where another commit is checked out, such as the branch
  itself, the commit that it branched off at.
- Of a merge queue, what it merges into; of a push, what the branch was before.
- Otherwise the commit that HEAD branched off from the default branch at; on that branch, the commit before.
"""

from __future__ import annotations

import base64
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import job

from bench.host.git import GitError, run_git

NO_COMMIT = "0" * 40
"""What a branch was before it was there."""


class NoBaseError(Exception):
    """What can't be compared; the message says why, and the next step."""


@dataclass(frozen=True)
class Clone:
    """The clone that a folder lies in, and its `origin`."""

    folder: Path

    def git(self, *words: str) -> str:
        """Raises GitError."""
        return run_git(self.folder, *words, timeout_s=600)

    @property
    def shallow(self) -> bool:
        return self.git("rev-parse", "--is-shallow-repository") == "true"

    def commit(self, name: str) -> str:
        """The full hash of a commit that is here. Raises GitError."""
        return self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")

    def parents(self) -> list[str]:
        """Of HEAD; git itself knows of none where a shallow clone ends."""
        header = self.git("cat-file", "commit", "HEAD").partition("\n\n")[0]
        return [line.removeprefix("parent ") for line in header.splitlines() if line.startswith("parent ")]

    def fetched(self, name: str) -> str:
        """The commit of a branch, a tag or a hash at `origin`; one that is only here counts too. Raises GitError."""
        if name.startswith("-") or ":" in name:
            raise GitError(f"{name!r} names no branch, tag or commit")
        depth = ("--depth=1",) if self.shallow else ()
        try:
            self.git("fetch", "--quiet", "--no-tags", *depth, "origin", name)
            return self.commit("FETCH_HEAD")
        except GitError as error:
            try:
                return self.commit(name)
            except GitError:
                raise error from None

    def branched_off(self, name: str) -> str:
        """The newest commit that HEAD has in common with a branch of `origin`. Raises GitError."""
        if self.shallow:
            self.git("fetch", "--quiet", "--no-tags", "--unshallow", "origin")
        return self.git("merge-base", "HEAD", self.fetched(name))


def base(clone: Clone, named: str, kind: str, event: dict[str, Any]) -> str:
    """The full hash. `kind` is the name of the event. Raises NoBaseError and GitError."""
    if kind == "pull_request_target":
        raise NoBaseError(
            "pull_request_target gives the code of a pull request a token that may write; use pull_request instead"
        )
    if named:
        return clone.fetched(named)
    if pull := event.get("pull_request"):
        parents = clone.parents()
        merged = len(parents) == 2 and clone.commit("HEAD") == os.environ["GITHUB_SHA"]
        return clone.fetched(parents[0]) if merged else clone.branched_off(pull["base"]["sha"])
    if queued := event.get("merge_group"):
        return clone.fetched(queued["base_sha"])
    before = event.get("before", NO_COMMIT)
    if before != NO_COMMIT:
        try:
            return clone.fetched(before)
        except GitError:
            pass  # a forced push has thrown it away
    return _off_default(clone, event)


def _off_default(clone: Clone, event: dict[str, Any]) -> str:
    """Raises NoBaseError and GitError."""
    found = clone.branched_off(event["repository"]["default_branch"])
    if found != clone.commit("HEAD"):
        return found
    parents = clone.parents()
    if not parents:
        raise NoBaseError("HEAD is the first commit: name what to compare it with by the input `base`")
    return clone.fetched(parents[0])


def use_token(clone: Clone) -> None:
    """Let git fetch from a private repository where actions/checkout was told to keep no credentials."""
    try:
        clone.git("config", "--get-regexp", r"^http\..*\.extraheader$")
    except GitError:
        said = base64.b64encode(f"x-access-token:{os.environ['GITHUB_TOKEN']}".encode()).decode()
        os.environ |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{os.environ['GITHUB_SERVER_URL']}/.extraheader",
            "GIT_CONFIG_VALUE_0": f"AUTHORIZATION: basic {said}",
        }


def main() -> int:
    """0, or 2 where there is nothing to compare with."""
    clone = Clone(Path(os.environ["APP_DIR"]))
    try:
        use_token(clone)
        found = base(clone, os.environ["BASE"].strip(), os.environ["GITHUB_EVENT_NAME"], job.event())
    except (GitError, NoBaseError) as error:
        named = os.environ["BASE"] or "the commit to compare with"
        job.no_verdict(str(error) if isinstance(error, NoBaseError) else f"{named} can't be found: {error}")
        return 2
    print(f"Comparing {clone.commit('HEAD')} with {found}")
    job.output("commit", clone.git("rev-parse", "--short=12", found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
