"""The action as it is, against a local repository: nothing in it is replaced."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from comments_api import Comments


@pytest.mark.slow
def test_a_slower_route_of_a_pull_request_fails_its_job_and_is_named_in_its_comment(
    service: Any, comments: Comments
) -> None:
    """The clone has one commit. Environments are cached as for any user."""
    to_index = re.compile(r"(UV|PIP|SSL)_|.*_PROXY$", re.IGNORECASE)
    variables = {name: value for name, value in os.environ.items() if to_index.match(name)}
    variables["XDG_CACHE_HOME"] = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    job = service.job(api=comments.url, variables=variables).run(app="app.main:app", budget="5m", margin="20%")
    assert job.steps["compare"].outputs.get("status") == "1", job.log
    (body,) = comments.written()
    assert "SLOWER" in body
    assert "`GET /r01/{id}`" in body
