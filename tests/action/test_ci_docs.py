"""What docs/ci.md says to copy works: it is run here, with a `bench` that has measured before."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from action_runner import ROOT, action

from bench.cli.output import Exit

PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
SCRIPT = re.search(r"^```bash\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def of(name: str) -> dict[Any, Any]:
    """The YAML of the file that a block begins with."""
    block = re.search(rf"^```yaml\n# {re.escape(name)}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert block
    found: dict[Any, Any] = yaml.safe_load(block[1])
    return found


def run(service: Any, stub: Any, script: str, **env: str) -> subprocess.CompletedProcess[str]:
    """In the clone, with the stub and a `pip` that installs nothing on the PATH."""
    stub({"TOOL": str(service.scratch)})
    tools = service.scratch / "bin"
    (tools / "pip").symlink_to("/bin/true")
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=service.clone.folder,
        env={**os.environ, **env, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("status", [0, 1])
def test_the_script_prints_the_comment_and_ends_with_the_status(service: Any, layercake: Any, status: int) -> None:
    assert SCRIPT
    service.check_out("feature", depth=0)
    before = service.clone.folder / ".layercake/comparisons/20200101T000000Z-before/exports/comment.md"
    before.parent.mkdir(parents=True)
    before.write_text("an older one")
    stub = layercake(status=status)
    done = run(service, stub, SCRIPT[1])
    assert done.returncode == status, done.stderr
    assert "**SLOWER" in done.stdout
    assert "an older one" not in done.stdout
    assert stub.words()[1] == f"git:{service.upstream.git('rev-parse', 'main~1')}"


def test_the_job_of_gitlab_fetches_the_base_and_keeps_the_results(service: Any, layercake: Any) -> None:
    job = of(".gitlab-ci.yml")["layercake"]
    service.check_out("feature")
    base = service.upstream.git("rev-parse", "main~1")
    done = run(service, layercake(), "\n".join(job["script"]), CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert done.returncode == 1, done.stderr
    assert service.clone.git("cat-file", "-t", base) == "commit"
    (report,) = service.clone.folder.glob(job["artifacts"]["reports"]["junit"])
    assert any(Path(report).is_relative_to(service.clone.folder / kept) for kept in job["artifacts"]["paths"])


def test_the_workflow_for_github_has_inputs_and_rights_that_the_action_knows() -> None:
    workflow = of(".github/workflows/layercake.yml")
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    (step,) = [one for one in workflow["jobs"]["compare"]["steps"] if "layercake" in one["uses"]]
    assert set(step["with"]) <= set(action()["inputs"])


def test_every_input_is_in_the_table_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.*?) \|", PAGE, re.MULTILINE))
    inputs = action()["inputs"]
    assert list(rows) == [name for name in inputs if name in rows]
    assert set(rows) == set(inputs)
    assert all(f"`{one['default']}`" == rows[name] for name, one in inputs.items() if one.get("default"))


def test_every_exit_status_is_explained() -> None:
    told = {int(number) for number in re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE)}
    assert told == {int(one) for one in Exit} - {Exit.INTERRUPTED}
