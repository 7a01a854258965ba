"""The plan of a record is read and checked: whatever is wrong with it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.audit.targets import known_targets
from bench.catalog.record_plan import read_record_plan, refuse_unknown_cases
from bench.catalog.selection import cases
from bench.catalog.source import CatalogError
from bench.model.record_plan import PackagePlan

PLAN = """\
python = "3.11"
margin = "3%"
[packages.fastapi]
since = "0.100"
cases = ["fastapi_plain:plain"]
startup = ["routes_200_routers:start"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "record.toml"
    made.write_text(PLAN)
    return made


def test_a_plan_says_of_each_package_its_releases_and_cases(file: Path) -> None:
    assert read_record_plan(file) == (
        PackagePlan(
            package="fastapi",
            python="3.11",
            margin=0.03,
            since="0.100",
            cases=("fastapi_plain:plain",),
            startup=("routes_200_routers:start",),
        ),
    )


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('python = "3.11"', "", 'python: write a version such as "3.11", not None'),
        ('python = "3.11"', "python = 3.11", 'python: write a version such as "3.11", not 3.11'),
        ('python = "3.11"', 'python = "3.11.4"', 'python: write a version such as "3.11"'),
        ('margin = "3%"', 'margin = "3"', "margin: write a share"),
        ("margin", "margins", "margins: unknown key; did you mean margin"),
        ("packages.fastapi", "packages.FastAPI", "packages.FastAPI: write fastapi"),
        ("since", "sinse", "packages.fastapi.sinse: unknown key; did you mean since"),
        ('since = "0.100"', 'since = "new"', "packages.fastapi.since: write a version"),
        ('since = "0.100"', "since = 0.1", "packages.fastapi.since: write a version"),
        ('["fastapi_plain:plain"]', '"fastapi_plain:plain"', "packages.fastapi.cases: must be a list of cases"),
        ('["fastapi_plain:plain"]', '["a:b", "a:b"]', "packages.fastapi.cases: 'a:b' is there twice"),
        ("[packages.fastapi]", "[packages]\nfastapi = 1\n[other]", "unknown key"),
        ("[packages.fastapi]", "[packages", "isn't TOML"),
    ],
)
def test_what_is_wrong_with_a_plan_is_named(file: Path, before: str, after: str, told: str) -> None:
    file.write_text(PLAN.replace(before, after))
    with pytest.raises(CatalogError) as raised:
        read_record_plan(file)
    assert str(raised.value).startswith(f"{file}: ")
    assert told in str(raised.value)


def test_a_package_needs_a_case_and_a_plan_a_package_and_a_file(file: Path) -> None:
    file.write_text('python = "3.11"\nmargin = "3%"\n[packages.fastapi]\nsince = "0.100"\n')
    with pytest.raises(CatalogError, match=r"packages\.fastapi: has no cases; add cases, startup, served"):
        read_record_plan(file)
    file.write_text('python = "3.11"\nmargin = "3%"\n')
    with pytest.raises(CatalogError, match="packages: missing"):
        read_record_plan(file)
    with pytest.raises(CatalogError, match="can't be read"):
        read_record_plan(file.with_name("none.toml"))


def test_a_case_that_no_target_has_is_named(file: Path, root: Path) -> None:
    file.write_text(PLAN.replace("fastapi_plain:plain", "fastapi_plain:plane"))
    (plan,) = read_record_plan(file)
    with pytest.raises(CatalogError, match=r"packages\.fastapi\.cases: no case 'fastapi_plain:plane'; did you mean"):
        refuse_unknown_cases(plan, cases(known_targets(root / "targets", None)), file)


def test_the_plan_of_the_checkout_is_sound(root: Path) -> None:
    known = cases(known_targets(root / "targets", None))
    plans = read_record_plan(root / "record.toml")
    assert [plan.package for plan in plans] == ["fastapi", "starlette", "pydantic", "orjson", "uvicorn"]
    for plan in plans:
        refuse_unknown_cases(plan, known, root / "record.toml")
