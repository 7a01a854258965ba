"""Stacks are resolved and built by uv: from wheels that these tests write, so that no network decides the outcome."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from shelves import PINS

from bench.model.environment import Stack
from bench.stack.environment import Environment, build, lacks
from bench.stack.recipe import of_requirements
from bench.stack.uv import StackError


def imported(environment: Environment, code: str) -> str:
    done = subprocess.run(
        [str(environment.python), "-I", "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout.strip()


def folder_of(environment: Environment) -> Path:
    return environment.python.parents[1]


def packages_of(environment: Environment) -> Path:
    (found,) = folder_of(environment).glob("lib/python*/site-packages")
    return found


def trace(environment: Environment) -> tuple[int, int]:
    """What changes when an environment is built anew."""
    found = (folder_of(environment) / "ready").stat()
    return found.st_ino, found.st_mtime_ns


def test_an_environment_holds_the_stack_and_the_instruments_and_runs(project: Path, tmp_path: Path) -> None:
    found = build(of_requirements([]), project)
    assert found.stack.requirements == ("alpha", "gamma-ray", "probe")
    assert found.stack.packages == PINS
    assert found.python.is_relative_to(tmp_path / "cache" / "fastapi-layercake" / "stacks")
    assert imported(found, "import alpha, beta, gamma_ray, probe; print(alpha.version)") == "1.0"
    assert imported(found, "import platform; print(platform.python_version())") == found.stack.python
    assert Path(imported(found, "import sys; print(sys.prefix)")) != Path(sys.prefix)


def test_the_lock_has_hashes_and_no_address(project: Path, shelf: Path) -> None:
    found = build(of_requirements([]), project)
    assert len(re.findall(r"^[a-z-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", found.lock, re.MULTILINE)) == len(PINS)
    assert str(shelf) not in found.lock
    assert "://" not in found.lock
    assert found.stack.lock_sha256 == hashlib.sha256(found.lock.encode()).hexdigest()


def test_a_second_build_takes_the_environment_that_is_there(project: Path) -> None:
    first = build(of_requirements([]), project)
    before = trace(first)
    assert build(of_requirements([]), project) == first
    assert trace(first) == before
    assert sorted(one.name for one in (folder_of(first).parents[1]).iterdir()) == ["locks", "stacks"]


@pytest.mark.parametrize(
    "lost",
    ["bin", "ready", "pyvenv.cfg", "SITE/beta", "SITE/gamma_ray/data.txt", "SITE/probe-3.0.dist-info"],
)
def test_an_environment_that_lost_something_is_repaired(project: Path, lost: str) -> None:
    first = build(of_requirements([]), project)
    path = folder_of(first) / lost.replace("SITE", str(packages_of(first).relative_to(folder_of(first))))
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    assert build(of_requirements([]), project) == first
    assert path.exists()
    assert imported(first, "import alpha, beta, gamma_ray, probe; print(probe.version)") == "3.0"


def test_an_interpreter_that_is_gone_is_replaced(project: Path) -> None:
    first = build(of_requirements([]), project)
    first.python.unlink()
    first.python.symlink_to("/nowhere/python")
    assert build(of_requirements([]), project) == first
    assert imported(first, "import alpha; print(alpha.version)") == "1.0"


BUILD = """
import sys
from pathlib import Path
from bench.stack.environment import build
from bench.stack.recipe import of_requirements
print(build(of_requirements([]), Path(sys.argv[1])).python)
"""


def test_two_processes_that_build_the_same_stack_at_once_share_one(project: Path, root: Path) -> None:
    command = [sys.executable, "-c", BUILD, str(project)]
    both = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[0].strip() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert said[0] == said[1]
    assert build(of_requirements([]), project).python == Path(said[0])
    assert len([one for one in Path(said[0]).parents[2].iterdir() if one.is_dir()]) == 1


def test_what_is_named_is_had_and_the_rest_stays_as_locked(project: Path) -> None:
    found = build(of_requirements(["Gamma_Ray>=1.2"]), project)  # a name is the same however it is written
    assert found.stack.requirements == ("Gamma_Ray>=1.2", "alpha", "probe")
    assert found.stack.packages == {**PINS, "gamma-ray": "1.5"}
    assert imported(found, "import gamma_ray; print(gamma_ray.version)") == "1.5"


def test_what_was_locked_moves_where_the_resolver_has_to_move_it(project: Path) -> None:
    assert build(of_requirements(["alpha==2.0"]), project).stack.packages == {**PINS, "alpha": "2.0", "beta": "2.0"}


def test_other_versions_are_another_environment_beside_the_first(project: Path) -> None:
    own, other = build(of_requirements([]), project), build(of_requirements(["gamma-ray==1.5"]), project)
    assert own.python != other.python
    assert own.stack.lock_sha256 != other.stack.lock_sha256
    assert build(of_requirements([]), project) == own


def test_without_a_lock_the_newest_is_taken(project: Path) -> None:
    (project / "requirements.lock").unlink()
    packages = build(of_requirements([]), project).stack.packages
    assert packages == {"alpha": "2.0", "beta": "2.0", "gamma-ray": "1.5", "probe": "3.0"}


def refused(requirements: Sequence[str], project: Path, python: str | None = None) -> str:
    with pytest.raises(StackError) as caught:
        build(of_requirements(requirements, option="--stack: "), project, python)
    return str(caught.value)


@pytest.mark.parametrize(
    ("requirements", "reason"),
    [
        (["gamma-ray==9"], "no version of gamma-ray==9"),
        (["alpha==2.0", "beta<2"], "alpha>=2.0 depends on beta>=2"),
        (["not-on-the-shelf"], "not-on-the-shelf was not found"),
    ],
)
def test_what_cannot_be_resolved_is_refused_with_the_reason_of_uv(
    project: Path, requirements: list[str], reason: str
) -> None:
    message = refused(requirements, project)
    assert message.startswith("uv pip compile: error: No solution found")
    assert reason in message


@pytest.mark.parametrize("text", ["gamma ray==1", "==1.0", "gamma-ray=1", "../gamma", "-r other.txt", "gamma-ray>=1;"])
def test_a_requirement_that_is_none_is_refused_with_an_example(project: Path, text: str) -> None:
    message = refused([text], project)
    assert message.startswith("--stack: ")
    assert "write requirements as 'fastapi==0.115.6 pydantic<2.12'" in message


@pytest.mark.parametrize("text", ["gamma-ray@file:///tmp/x.whl", "gamma-ray @ git+ssh://me@example.invalid/x"])
def test_an_address_is_refused_since_a_run_may_not_hold_one(project: Path, text: str) -> None:
    assert "is a URL, which is not allowed; use a version" in refused([text], project)


@pytest.mark.parametrize("python", ["nonsense", "", "3", "2.7", "4.0", "3.x", "/usr/bin/python3", "python3.12"])
def test_a_python_that_is_no_version_is_refused_with_an_example(project: Path, python: str) -> None:
    assert (
        refused([], project, python)
        == f"--python: {python!r} is not a supported version; write e.g. 3.12 or 3.14t (oldest: 3.10)"
    )


def test_a_python_that_is_nowhere_is_refused_in_one_line(project: Path) -> None:
    said = "--python: Python 3.99 is not on this machine, and uv can't get it; install it and put it on PATH"
    assert refused([], project, "3.99") == said


def test_the_same_python_by_its_number_is_had(project: Path) -> None:
    number = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert build(of_requirements([]), project, number).stack.python.startswith(f"{number}.")


def test_a_folder_that_is_no_checkout_is_named(tmp_path: Path) -> None:
    message = refused([], tmp_path)
    assert message.startswith(f"{tmp_path / 'pyproject.toml'}: the groups `stack` and `instruments` can't be read")
    assert message.endswith("install fastapi-layercake anew, or run bench in a checkout of it")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    assert "can't be read ('dependency-groups')" in refused([], tmp_path)


def test_a_cache_that_cannot_be_written_is_named_with_the_way_round(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    message = refused([], project)
    assert str(tmp_path / "file") in message
    assert "set XDG_CACHE_HOME" in message


def test_the_default_stack_is_the_lock_of_this_repository(environment: Environment, root: Path) -> None:
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", (root / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    locked = {canonicalize_name(name): version for name, version in pins}
    assert environment.stack.packages.items() <= locked.items()
    assert {"fastapi", "starlette", "uvicorn", "pydantic", "orjson", "memray", "pyinstrument"} <= set(
        environment.stack.packages
    )
    assert imported(environment, "import fastapi; print(fastapi.__version__)") == environment.stack.packages["fastapi"]
    assert environment.python.parent != Path(sys.executable).parent


STACK = Stack(
    requirements=("fastapi",),
    python="3.11.7",
    packages={"fastapi": "0.115.6", "pydantic-core": "2.0rc1"},
    lock_sha256="",
)


@pytest.mark.parametrize(
    "requires",
    [[], ["fastapi"], ["fastapi>=0.100"], ["FastAPI==0.115.*"], ["pydantic_core>=1.9"], ["pydantic.core<3", "fastapi"]],
)
def test_a_stack_that_has_what_is_required_lacks_nothing(requires: list[str]) -> None:
    assert lacks(STACK, requires) is None


@pytest.mark.parametrize(
    ("requires", "reason"),
    [
        (["fastapi>=0.130"], "requires fastapi>=0.130, the stack has fastapi 0.115.6"),
        (["fastapi", "orjson"], "requires orjson, which the stack doesn't have; add --with orjson"),
        (
            ["sqlalchemy>=2", "fastapi>=9"],
            "requires sqlalchemy>=2, which the stack doesn't have; add --with 'sqlalchemy>=2'",
        ),
    ],
)
def test_what_a_stack_lacks_is_said_with_what_it_has(requires: list[str], reason: str) -> None:
    assert lacks(STACK, requires) == reason
