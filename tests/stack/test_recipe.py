"""A stack may be named in many ways; whichever it is, results hold nothing of where it lay."""

from __future__ import annotations

from pathlib import Path

import pytest
from shelves import PINS, write_wheel

from bench.stack.environment import Environment, build_both
from bench.stack.lock import lock, locks, pins
from bench.stack.recipe import read
from bench.stack.uv import StackError

HERE = (None, None)


def both(base: str, head: str, project: Path) -> tuple[dict[str, str], dict[str, str]]:
    found = build_both(read(base), read(head), project, HERE)
    for one in found:
        assert_nothing_private(one, project)
    return found[0].stack.packages, found[1].stack.packages


def assert_nothing_private(found: Environment, project: Path) -> None:
    for text in (found.lock, *found.stack.requirements):
        assert str(project.parent) not in text
        assert "file:" not in text


def test_requirements_in_one_argument_change_only_what_they_name(project: Path) -> None:
    base, head = both("gamma-ray==1.0", "gamma-ray==1.5", project)
    assert base == PINS
    assert head == {**PINS, "gamma-ray": "1.5"}


def test_added_packages_join_both_stacks_and_differ_in_neither(project: Path, shelf: Path) -> None:
    write_wheel(shelf, "delta", "1.0", [])
    recipes = [read(words).adding(["delta", "beta>=2"]) for words in ("gamma-ray==1.0", "gamma-ray==1.5")]
    base, head = build_both(recipes[0], recipes[1], project, HERE)
    assert base.stack.packages == {**PINS, "beta": "2.0", "delta": "1.0"}
    assert head.stack.packages == {**base.stack.packages, "gamma-ray": "1.5"}
    assert recipes[0].named == "gamma-ray==1.0"


def test_an_added_package_that_is_no_requirement_names_its_option() -> None:
    with pytest.raises(StackError, match=r"^--with: "):
        read("").adding(["del ta"])


def test_nothing_at_all_is_the_stack_of_the_checkout(project: Path) -> None:
    assert both("", "  ", project) == (PINS, PINS)


def test_what_the_head_has_to_move_the_base_moves_too_where_it_can(project: Path) -> None:
    # alpha 2 needs beta 2, alpha 1 runs with any beta: only alpha is to differ.
    base, head = both("alpha==1.0", "alpha==2.0", project)
    assert base == {**PINS, "beta": "2.0"}
    assert head == {**PINS, "alpha": "2.0", "beta": "2.0"}


def test_what_has_to_differ_differs(project: Path, shelf: Path) -> None:
    write_wheel(shelf, "alpha", "0.5", ["beta<2"])
    base, head = both("alpha==0.5", "alpha==2.0", project)
    assert (base["beta"], head["beta"]) == ("1.0", "2.0")


def test_a_file_of_requirements_may_refer_to_another_beside_it(project: Path, tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("gamma_ray>=1.2  # a remark\n")
    (tmp_path / "base.txt").write_text("# those of the service\nalpha==1.0\n-r more.txt\n")
    recipe = read(str(tmp_path / "base.txt"))
    assert recipe.named == "base.txt"
    assert recipe.names == {"alpha"}
    base, head = both(str(tmp_path / "base.txt"), "alpha==1.0", project)
    assert (base["gamma-ray"], head["gamma-ray"]) == ("1.5", "1.5")


def test_a_lock_is_taken_as_it_stands(project: Path, tmp_path: Path) -> None:
    (tmp_path / "head.lock").write_text(lock(read("alpha==2.0 gamma-ray==1.5"), project, "3.11", {}))
    base, head = both("", str(tmp_path / "head.lock"), project)
    assert head == {"alpha": "2.0", "beta": "2.0", "gamma-ray": "1.5", "probe": "3.0"}
    assert base["gamma-ray"] == "1.0"


def test_a_wheel_is_known_by_what_it_holds_and_not_by_where_it_lies(project: Path, tmp_path: Path) -> None:
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        write_wheel(tmp_path / folder, "gamma_ray", "1.7", [])
    wheel = "gamma_ray-1.7-py3-none-any.whl"
    one, other = (read(str(tmp_path / folder / wheel)) for folder in ("one", "other"))
    assert one == other
    assert one.named.startswith(f"{wheel} (1.7, ")
    base, head = both("gamma-ray==1.5", str(tmp_path / "one" / wheel), project)
    assert (base["gamma-ray"], head["gamma-ray"]) == ("1.5", "1.7")


def test_wheels_of_one_version_with_other_content_are_other_stacks(project: Path, tmp_path: Path) -> None:
    for folder, requires in (("one", []), ("other", ["probe"])):
        (tmp_path / folder).mkdir()
        write_wheel(tmp_path / folder, "gamma_ray", "1.7", requires)
    base, head = (read(str(tmp_path / folder / "gamma_ray-1.7-py3-none-any.whl")) for folder in ("one", "other"))
    found = build_both(base, head, project, HERE)
    assert found[0].python != found[1].python
    assert found[0].stack.lock_sha256 != found[1].stack.lock_sha256


def test_the_folder_of_a_project_is_built_as_it_stands(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_NO_INDEX")
    monkeypatch.delenv("UV_OFFLINE")
    monkeypatch.setenv("UV_NO_BUILD_ISOLATION", "1")
    service = tmp_path / "service"
    (service / "gamma_ray").mkdir(parents=True)
    (service / "gamma_ray" / "__init__.py").write_text("version = 'mine'\n")
    (service / "backend.py").write_text(BACKEND)
    (service / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "gamma-ray"\nversion = "9.9"\n'
    )
    recipe = read(str(service))
    assert recipe.named.startswith("service/ (9.9, ")
    assert recipe == read(str(service))
    base, head = both("", str(service), project)
    assert (base["gamma-ray"], head["gamma-ray"]) == ("1.0", "9.9")


BACKEND = """
import pathlib, zipfile


def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "gamma_ray-9.9-py3-none-any.whl"
    info = "gamma_ray-9.9.dist-info"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        wheel.write("gamma_ray/__init__.py")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: gamma-ray\\nVersion: 9.9\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        files = ("gamma_ray/__init__.py", f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD")
        wheel.writestr(f"{info}/RECORD", "".join(f"{file},,\\n" for file in files))
    return name
"""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("nowhere/requirements.txt", "no such file or folder"),
        ("nowhere.lock", "no such file or folder"),
        ("nowhere-1.0-py3-none-any.whl", "is not a wheel"),
        ("fastapi=1", "write requirements as"),
        ("alpha@https://example.invalid/alpha.whl", "is a URL"),
        ("alpha @ https://example.invalid/alpha.whl", "write requirements as"),
    ],
)
def test_what_names_no_stack_is_refused_with_the_next_step(words: str, reason: str) -> None:
    with pytest.raises(StackError, match=reason):
        read(words)


def test_a_folder_without_a_project_and_a_wheel_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"is not a Python project \(no pyproject.toml or setup.py\)"):
        read(str(tmp_path))
    (tmp_path / "gamma_ray-1.0-py3-none-any.whl").write_text("no zip")
    with pytest.raises(StackError, match="is not a wheel"):
        read(str(tmp_path / "gamma_ray-1.0-py3-none-any.whl"))


def test_a_file_that_names_an_address_is_refused_since_results_may_hold_none(
    project: Path, tmp_path: Path, shelf: Path
) -> None:
    (tmp_path / "base.txt").write_text(f"probe @ {next(shelf.glob('probe*')).as_uri()}\n")
    with pytest.raises(StackError, match=r"base.txt: probe comes from a URL; use a version or a wheel"):
        build_both(read(str(tmp_path / "base.txt")), read(""), project, HERE)


def test_two_sets_that_cannot_be_had_say_whose_reason_it_is(project: Path) -> None:
    with pytest.raises(StackError, match="No solution found"):
        locks(read(""), read("alpha==2.0 beta<2"), project, ("3.11", "3.11"))


def test_pins_know_the_versions_of_wheels() -> None:
    found = (
        "alpha==1.0 \\\n    --hash=sha256:00\ngamma-ray @ file:///x/gamma_ray-1.7-py3-none-any.whl \\\n    --hash=x\n"
    )
    assert pins(found) == {"alpha": "1.0", "gamma-ray": "1.7"}
