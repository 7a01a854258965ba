"""Two versions of an app are made ready as a command names them, in real repositories and processes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from app_repository import SPEC, Repository, app_repository, requests_file

from bench.model.app_options import AppOptions
from bench.model.app_version import RouteChanges
from bench.model.errors import RefusedError
from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.runner.plan import Plan
from bench.stack.environment import Environment
from bench.store import documents
from bench.workflows.app import versions as app_versions
from bench.workflows.app.versions import VersionPair, Versions, version_pair
from bench.workflows.request import MeasurementRequest
from bench.workflows.series.version_pair import VersionComparer

NEW = '@router.get("/new")\nasync def new() -> int:\n    return 1\n\n\n@router.get("/r02/{id}")'
Pair = Callable[..., VersionPair]


def two_versions(folder: Path) -> Repository:
    """`v1` has two routes, and `main` the second one of them at another path and a new one."""
    made = app_repository(folder, routes=2)
    made.git("tag", "v1")
    made.replace("app/routes.py", '@router.get("/r02/{id}")', NEW)
    made.replace("app/routes.py", '"/r02/{id}"', '"/moved/{id}"')
    made.commit("Another route")
    return made


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return two_versions(tmp_path_factory.mktemp("repository") / "service")


@pytest.fixture
def choice(repository: Repository, environment: Environment) -> MeasurementRequest:
    """An environment that is there already."""
    return MeasurementRequest((Pass.TIMING,), app=AppOptions(SPEC, repository.folder, env=environment.python))


def of(choice: MeasurementRequest, **changed: object) -> MeasurementRequest:
    assert choice.app is not None
    return replace(choice, app=replace(choice.app, **changed))  # type: ignore[arg-type]


def refusal(choice: MeasurementRequest, base: str, head: str) -> str:
    with pytest.raises(RefusedError) as told:
        version_pair(choice, base, head).paired(choice)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_each_arm_runs_its_own_code_and_both_are_asked_by_the_head_s_requests(choice: MeasurementRequest) -> None:
    pair = version_pair(choice, "git:v1", "git:main")
    arms, skipped = pair.paired(choice)
    assert pair.routes == RouteChanges(added=("GET /moved/{id}", "GET /new"), removed=("GET /r02/{id}",))
    assert [case.id for case in arms.base.cases] == ["GET /r01/{id}"]
    assert arms.base.cases == arms.head.cases
    assert (arms.base.folder, arms.head.folder) == (pair.base.app_dir, pair.head.app_dir)
    assert [plan.app.app_dir for plan in (arms.base, arms.head) if plan.app] == [arms.base.folder, arms.head.folder]
    assert skipped == ()
    base, head = pair.sides()
    assert base.version is not None
    assert head.version is not None
    assert (base.named, base.version.subject, base.version.lock) == ("git:v1", "An app", None)
    assert (head.named, head.version.subject) == ("git:main", "Another route")


def test_a_version_says_which_lock_its_environment_was_made_of(
    choice: MeasurementRequest, monkeypatch: pytest.MonkeyPatch, environment: Environment
) -> None:
    monkeypatch.setattr(
        app_versions, "version_environment", lambda folder, *_: (environment, folder / "requirements.txt")
    )
    base, head = version_pair(of(choice, env=None), "git:v1", "git:main").sides()
    assert {side.version.lock for side in (base, head) if side.version} == {"requirements.txt"}


def test_routes_that_neither_version_has_are_told(choice: MeasurementRequest, tmp_path: Path) -> None:
    file = tmp_path / "asked.json"
    file.write_text(requests_file(3))
    _, skipped = version_pair(of(choice, requests=file), "git:v1", "git:main").paired(of(choice, requests=file))
    reason = "neither version has this route; `bench requests` brings asked.json up to date"
    assert skipped == (MissingSample(case="GET /r03/{id}", during=Pass.TIMING, kind="skipped", reason=reason),)


def test_the_same_commit_twice_is_treated_alike(choice: MeasurementRequest) -> None:
    """Two folders of one length, one environment, the same variables, and bytecode of its own for each arm."""
    pair = version_pair(choice, "git:main", "git:main")
    arms, _ = pair.paired(choice)
    folders = [str(one.folder) for one in (arms.base, arms.head)]
    assert folders[0] != folders[1]
    assert len(folders[0]) == len(folders[1])
    assert arms.base.environment == arms.head.environment
    assert arms.base.variables == arms.head.variables
    assert compiled(arms.base) == compiled(arms.head) != []
    assert "both versions run in the same environment" in pair.notes


def compiled(plan: Plan) -> list[str]:
    """The app's modules that are compiled before anything is timed."""
    assert plan.environment.bytecode is not None
    folder = Path(f"{plan.environment.bytecode}{plan.folder}")
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*.pyc"))


@pytest.mark.slow
def test_what_is_not_committed_is_stated(choice: MeasurementRequest, tmp_path: Path) -> None:
    made = app_repository(tmp_path / "service", routes=1)
    asked = of(choice, app_dir=made.folder)
    assert not [one for one in version_pair(asked, "git:", "git:HEAD").notes if "committed" in one]
    made.write("app/extra.py", "")
    told = "git: is the working tree, with changes that aren't committed"
    pair = version_pair(asked, "git:HEAD", "git:")
    assert told in pair.notes
    assert pair.head.version.dirty
    told = "uncommitted changes are not measured; git: as HEAD measures the working tree"
    assert told in version_pair(asked, "git:HEAD", "git:HEAD").notes


def test_requests_that_are_not_committed_are_taken_from_the_working_tree(
    choice: MeasurementRequest, tmp_path: Path
) -> None:
    made = app_repository(tmp_path / "service", routes=1)
    made.git("rm", "--quiet", "--cached", "layercake.json")
    made.git("commit", "--quiet", "--message", "No requests")
    pair = version_pair(of(choice, app_dir=made.folder), "git:HEAD~1", "git:HEAD")
    assert pair.requests == made.folder / "layercake.json"
    assert "git:HEAD has no layercake.json, so that of the working tree is used; commit it" in pair.notes
    (made.folder / "layercake.json").unlink()
    told = refusal(of(choice, app_dir=made.folder), "git:HEAD~1", "git:HEAD")
    step = f"`bench requests {SPEC}` writes it, then commit it"
    assert told == f"git:HEAD: no layercake.json in the app's folder (--app-dir); {step}"


def test_an_app_that_starts_in_one_version_only_names_it(choice: MeasurementRequest, tmp_path: Path) -> None:
    made = app_repository(tmp_path / "service", routes=1)
    made.write("app/main.py", "import nowhere\n")
    made.commit("Broken")
    told = refusal(of(choice, app_dir=made.folder), "git:HEAD~1", "git:HEAD")
    assert re.match(r"git:HEAD: app\.main: it imports nowhere \(app/main\.py:1\), which is not in", told)
    assert refusal(of(choice, app_dir=made.folder), "git:HEAD", "git:HEAD~1") == told


def test_a_package_that_an_extra_of_the_project_has_is_named_with_the_option_that_adds_it(
    choice: MeasurementRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: Environment
) -> None:
    made = app_repository(tmp_path / "service", routes=1)
    made.write("app/main.py", "import nowhere\n")
    made.write("pyproject.toml", '[project.optional-dependencies]\nserver = ["python-nowhere>=1"]\n')
    made.commit("An extra")
    own = of(choice, app_dir=made.folder)
    told = refusal(own, "git:HEAD", "git:HEAD")
    has = "; the extra `server` of pyproject.toml has python-nowhere>=1: "
    assert f"{has}add it to what the app requires, or name another environment with --env" in told
    monkeypatch.setattr(app_versions, "version_environment", lambda *_: (environment, made.folder / "pyproject.toml"))
    told = refusal(of(own, env=None), "git:HEAD", "git:HEAD")
    assert told.endswith(f"{has}use --with 'python-nowhere>=1', or --requirements FILE or --env PATH")


def test_a_lock_that_was_made_for_other_dependencies_is_told(
    choice: MeasurementRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: Environment
) -> None:
    made = app_repository(tmp_path / "service", routes=1)
    project = '[project]\nname = "service"\nversion = "1"\ndependencies = [{}]\n'
    made.write("uv.lock", 'version = 1\n[[package]]\nname = "service"\nsource = { virtual = "." }\n')
    made.write("pyproject.toml", project.format(""))
    made.commit("A lock")
    made.write("pyproject.toml", project.format('"nowhere"'))
    made.commit("A dependency")
    monkeypatch.setattr(app_versions, "version_environment", lambda *_: (environment, made.folder / "uv.lock"))
    own = of(choice, app_dir=made.folder, env=None)
    says = "uv.lock doesn't fit its pyproject.toml"
    told = f"git:HEAD: {says}; its pins are used: run `uv lock`"
    assert [one for one in version_pair(own, "git:HEAD~1", "git:HEAD").notes if "uv.lock" in one] == [told]
    assert "uv.lock" not in str(version_pair(of(own, env=environment.python), "git:HEAD~1", "git:HEAD").notes)
    made.write("app/main.py", "import nowhere\n")
    made.commit("It is used")
    assert refusal(own, "git:HEAD~1", "git:HEAD").endswith(f"; {says}: run `uv lock`")


def test_a_version_without_the_app_names_no_folder_of_the_cache(choice: MeasurementRequest, tmp_path: Path) -> None:
    made = app_repository(tmp_path / "service", routes=1)
    made.git("mv", "app", "elsewhere-1")
    made.commit("Moved")
    told = refusal(of(choice, app_dir=made.folder), "git:HEAD", "git:HEAD")
    said = "git:HEAD: app.main: there is no module app in its repository; name the folder that holds it with --app-dir"
    assert told == said


def test_a_module_that_only_one_version_has_is_said_to_be_missing_in_the_other(
    choice: MeasurementRequest, tmp_path: Path
) -> None:
    made = app_repository(tmp_path / "service", routes=1)
    made.git("mv", "app/main.py", "app/service.py")
    made.write("layercake.json", (made.folder / "layercake.json").read_text().replace(SPEC, "app.service:app"))
    made.commit("Renamed")
    told = refusal(of(choice, app_dir=made.folder, spec="app.service:app"), "git:HEAD~1", "git:HEAD")
    step = "compare git:HEAD with a commit that has it"
    assert told == f"git:HEAD~1: has no module app.service, which git:HEAD has; {step}"


def test_an_app_that_is_imported_from_elsewhere_is_no_version_of_it(
    choice: MeasurementRequest, tmp_path: Path, environment: Environment
) -> None:
    """As one that is installed, where the folder of the app is not the one that it is imported from."""
    made = app_repository(tmp_path / "service", routes=1)
    made.git("mv", "app", "code")
    made.git("mv", "layercake.json", "code")
    made.commit("Elsewhere")
    elsewhere = app_repository(tmp_path / "elsewhere", routes=1).folder
    python = tmp_path / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nPYTHONPATH={elsewhere} exec {environment.python} "$@"\n')
    python.chmod(0o755)
    told = refusal(of(choice, app_dir=made.folder / "code", env=python), "git:HEAD", "git:HEAD")
    assert told.startswith(f"git:HEAD: app.main is imported from {elsewhere}/app/main.py, and not from this version; ")


def test_what_can_not_be_meant_is_one_line(choice: MeasurementRequest, repository: Repository, tmp_path: Path) -> None:
    """And is said before anything is built."""
    unbuilt = of(choice, env=None, requirements=Path("nowhere"))
    assert refusal(unbuilt, "git:v1", "git:mian").startswith("git:mian: no branch, tag or commit")
    assert "no case matches 'GET /nope'" in refusal(replace(unbuilt, globs=("GET /nope",)), "git:v1", "git:main")
    told = refusal(of(unbuilt, spec="app.main:other"), "git:v1", "git:main")
    assert told.startswith("git:main: layercake.json: app: has the requests of 'app.main:app', not of 'app.main:other'")
    told = refusal(of(unbuilt, requests=tmp_path / "none.json"), "git:v1", "git:main")
    command = f"bench requests app.main:app --requests {tmp_path}/none.json"
    assert told.startswith(f"git:main: no file {tmp_path}/none.json; `{command}` writes it")
    told = refusal(of(unbuilt, requests=tmp_path / "none.json"), "git:v1", "git:")
    assert told.startswith("the working tree: no file ")
    (tmp_path / "login.json").write_text(requests_file(2).replace('"/r01/', '"/r01/${LAYERCAKE_UNSET}'))
    told = refusal(of(unbuilt, requests=tmp_path / "login.json"), "git:v1", "git:main")
    assert told.startswith("login.json: ${LAYERCAKE_UNSET} is not set; ")
    assert refusal(unbuilt, "git:v1", "git:main").startswith("git:v1: has no file nowhere (--requirements: ")
    only = replace(choice, globs=("GET /r02/{id}",))
    told = refusal(only, "git:v1", "git:main")
    step = f"`bench requests {SPEC}` writes the routes that the app has now"
    assert told == f"GET /r02/{{id}}: only git:v1 has this route; nothing can be compared: {step}"
    commit = repository.git("rev-parse", "v1").strip()
    assert refusal(only, f"git:{commit}", "git:main") == told.replace("git:v1", f"git:{commit[:8]}")
    told = refusal(only, "git:main", "git:v1")
    assert told.endswith("only git:v1 has this route; nothing can be compared: compare with a version that has it")
    no_app = MeasurementRequest((Pass.TIMING,))
    assert refusal(no_app, "git:v1", "git:main").startswith("git:REF is a version of your own app; name it with --app")


def test_a_version_without_a_lock_says_what_to_name(choice: MeasurementRequest, tmp_path: Path) -> None:
    made = app_repository(tmp_path / "service", routes=1)
    (made.folder / "requirements.txt").unlink()
    made.commit("No requirements")
    told = refusal(of(choice, app_dir=made.folder, env=None), "git:HEAD", "git:HEAD")
    assert told == "git:HEAD: has no lock, requirements or pyproject.toml; use --requirements FILE or --env PATH"


def test_a_series_makes_each_version_ready_once_and_gives_back_what_it_no_longer_needs(
    choice: MeasurementRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = of(choice, app_dir=two_versions(tmp_path / "service").folder)  # no other test has a worktree of it
    made: list[str] = []
    ready = app_versions._ready_version

    def counted(app: AppOptions, added: tuple[str, ...], taken: app_versions.Checkout) -> app_versions._Ready:
        made.append(taken.version.named)
        return ready(app, added, taken)

    monkeypatch.setattr(app_versions, "_ready_version", counted)
    versions = Versions(own, most=2)
    first = versions.pair("git:v1", "git:main")
    assert versions.pair("git:v1", "git:main").head.root == first.head.root
    assert made == ["git:v1", "git:main"]
    folder = first.head.root
    del first
    versions.pair("git:v1", "git:HEAD")  # the same commit by other words
    assert made == ["git:v1", "git:main", "git:HEAD"]
    assert Versions(own).pair("git:v1", "git:main").head.root == folder


class Silent:
    """Nobody is told anything."""

    def expects(self, total_s: float) -> None:
        assert total_s >= 0

    def reached(self, doing: str, subject: str, spent_s: float) -> None:
        assert doing


@pytest.mark.slow
def test_a_series_keeps_its_comparisons_with_both_versions(choice: MeasurementRequest, tmp_path: Path) -> None:
    comparer = VersionComparer(choice, tmp_path, 20.0, Silent(), ("track",))
    found = comparer.compare("git:v1", "git:main", 0.5)
    kept = documents.COMPARISON.load(tmp_path / found.id)
    assert kept == found
    assert kept.complete
    assert kept.routes is not None
    assert kept.routes.removed == ("GET /r02/{id}",)
    assert {one.case for one in kept.results} == {"GET /r01/{id}"}
    assert kept.command == ("track",)
    assert str(tmp_path) not in kept.model_dump_json()
