"""What a project's lock says is built, wherever its packages come from: other files, its own repository, git, or an
index that wants a login."""

from __future__ import annotations

import json
import logging
import subprocess
from pathlib import Path

import pytest
from app_repository import Repository
from package_index import PASSWORD, USER, private_index
from shelves import write_wheel

from bench.stack import overlay
from bench.stack.app_environment import app_environment, version_environment
from bench.stack.environment import Environment
from bench.stack.uv import StackError, uv

# A build backend without requirements: it makes an editable wheel, as others do.
_BACKEND = """
import zipfile
from pathlib import Path

NAME, VERSION = {name!r}, {version!r}


def _wheel(folder, **files):
    info = f"{{NAME}}-{{VERSION}}.dist-info"
    requires = "".join(f"Requires-Dist: {{one}}\\n" for one in {requires!r})
    name = f"{{NAME}}-{{VERSION}}-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder, name), "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
        named = f"Name: {{NAME}}\\nVersion: {{VERSION}}\\n"
        wheel.writestr(f"{{info}}/METADATA", f"Metadata-Version: 2.1\\n{{named}}{{requires}}")
        wheel.writestr(f"{{info}}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{{info}}/RECORD", "")
    return name


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return _wheel(wheel_directory, **{{f"{{NAME}}.pth": f"{{Path('src').resolve()}}\\n"}})


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return _wheel(wheel_directory, **{{f"{{NAME}}.py": Path("src", f"{{NAME}}.py").read_text()}})
"""


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No environment is active, and the instruments are nowhere."""
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setattr(overlay, "made_for", lambda _: tmp_path / "overlay")


def repository(folder: Path, **files: str) -> Repository:
    """`requirements_txt`; `req__base_txt` lies in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Repository(folder)
    made.git("init", "--quiet")
    for name, text in files.items():
        made.write(name.replace("__", "/").replace("_", "."), text)
    return made


def library(folder: Path, name: str, *requires: str, version: str = "4.2") -> Path:
    made = Repository(folder)
    made.write(f"src/{name}.py", f"value = {name!r}\n")
    made.write("backend.py", _BACKEND.format(name=name, version=version, requires=requires))
    listed = ", ".join(f'"{one}"' for one in requires)
    made.write(
        "pyproject.toml",
        f'[project]\nname = "{name}"\nversion = "{version}"\nrequires-python = ">=3.10"\ndependencies = [{listed}]\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    )
    return folder


def run(environment: Environment, code: str) -> str:
    """What Python code prints in an environment as agents have it."""
    paths = ":".join(map(str, environment.sources))
    words = [str(environment.python), "-c", code]
    done = subprocess.run(words, env={"PYTHONPATH": paths}, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_equal_locks_of_two_versions_are_one_environment(tmp_path: Path) -> None:
    made = [repository(tmp_path / name / "a service", requirements_txt="alpha==1.0\n").folder for name in ("a", "b")]
    (first, file), (second, _) = (version_environment(folder) for folder in made)
    assert first == second
    assert file == made[0] / "requirements.txt"
    assert first.stack.packages == {"alpha": "1.0", "beta": "2.0"}


def test_other_files_constraints_and_folders_are_found_beside_the_file(tmp_path: Path) -> None:
    made = repository(
        tmp_path / "service",
        requirements_txt="-r req/base.txt\n-c req/bounds.txt\n-e libs/one\n./libs/two\n",
        req__base_txt="alpha\n",
        req__bounds_txt="alpha<2\nbeta<2\n",
    )
    library(made.folder / "libs" / "one", "one", "gamma-ray")
    library(made.folder / "libs" / "two", "two")
    found, _ = version_environment(made.folder)
    assert found.stack.packages == {"alpha": "1.0", "beta": "1.0", "gamma-ray": "1.5"}
    code = "import one, two; from importlib.metadata import version; print(one.value, two.__file__, version('two'))"
    assert run(found, code) == f"one {made.folder}/libs/two/src/two.py 4.2"


def test_equal_locks_share_an_environment_whatever_lies_in_the_repository(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        made = repository(tmp_path / name, requirements_txt="-e .\n")
        library(made.folder, "service", "probe")
        (made.folder / "src" / "service.py").write_text(f"value = {name!r}\n")
        found.append(version_environment(made.folder)[0])
    assert found[0].python == found[1].python
    assert found[0].stack == found[1].stack
    assert [run(one, "import service; print(service.value)") for one in found] == ["a", "b"]


def test_a_member_of_a_workspace_has_the_lock_above_and_the_members_that_it_needs(tmp_path: Path) -> None:
    made = repository(tmp_path / "repo", pyproject_toml='[tool.uv.workspace]\nmembers = ["libs/*", "services/*"]\n')
    library(made.folder / "libs" / "one", "one", "alpha<2")
    library(made.folder / "libs" / "two", "two")
    service = library(made.folder / "services" / "api", "api", "one")
    with (service / "pyproject.toml").open("a") as file:
        file.write("[tool.uv.sources]\none = { workspace = true }\n")
    uv("lock", "--directory", str(made.folder))
    found, lock = version_environment(service / "src")
    assert lock == made.folder / "uv.lock"
    assert found.stack.packages == {"alpha": "1.0", "beta": "2.0"}
    code = "import api, one; from importlib.metadata import version; print(api.value, version('one'))"
    assert run(found, code) == "api 4.2"
    with pytest.raises(subprocess.CalledProcessError):
        run(found, "import two")


def test_a_project_that_can_not_be_built_is_imported_as_it_lies(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = repository(tmp_path / "service")
    library(made.folder, "service", "probe")
    (made.folder / "backend.py").write_text("")
    with caplog.at_level(logging.WARNING):
        found, _ = version_environment(made.folder)
    assert found.stack.packages == {"probe": "3.0"}
    assert run(found, "import service; print(service.value)") == "service"
    assert "service can't be installed (uv pip install" in caplog.text


def test_a_package_at_a_commit_of_a_repository_is_built(tmp_path: Path) -> None:
    other = repository(library(tmp_path / "other", "fromgit"))
    commit = other.commit("A library")
    made = repository(tmp_path / "service", requirements_txt=f"fromgit @ git+{other.folder.as_uri()}@{commit}\nprobe\n")
    found, _ = version_environment(made.folder)
    assert run(found, "import fromgit; print(fromgit.value)") == "fromgit"
    assert found.stack.packages == {"fromgit": "4.2", "probe": "3.0"}
    again, _ = version_environment(made.folder)
    assert again == found


def test_the_lock_of_pipenv_pins_what_is_not_for_development(tmp_path: Path) -> None:
    default = {
        "alpha": {"version": "==1.0", "hashes": ["sha256:0"], "index": "pypi"},
        "gamma_ray": {"version": "==1.0", "markers": "python_version >= '3.8'"},
        "beta": {"version": "==1.0"},
        "one": {"path": "./one", "editable": True},
    }
    told = {"_meta": {"sources": []}, "default": default, "develop": {"probe": {"version": "==3.0"}}}
    made = repository(tmp_path / "service")
    (made.folder / "Pipfile.lock").write_text(json.dumps(told))
    library(made.folder / "one", "one")
    found, lock = version_environment(made.folder)
    assert lock.name == "Pipfile.lock"
    assert found.stack.packages == {"alpha": "1.0", "beta": "1.0", "gamma-ray": "1.0"}
    assert run(found, "import one; print(one.value)") == "one"
    (made.folder / "Pipfile.lock").write_text('{"default": []}')
    with pytest.raises(StackError, match=r"Pipfile\.lock: has no table `default`; run `pipenv lock`"):
        version_environment(made.folder)


def test_a_file_of_requirements_is_named_from_the_app_or_from_the_repository(tmp_path: Path) -> None:
    made = repository(tmp_path / "repo", deploy__requirements_txt="probe\n", services__api__pins_txt="beta==1.0\n")
    api = made.folder / "services" / "api"
    assert app_environment(api, requirements=Path("pins.txt")).stack.packages == {"beta": "1.0"}
    found, file = version_environment(api, Path("deploy/requirements.txt"))
    assert found.stack.packages == {"probe": "3.0"}
    assert file == made.folder / "deploy" / "requirements.txt"
    with pytest.raises(
        StackError, match=r"^has no file other\.txt \(--requirements: relative to --app-dir or the repo"
    ):
        version_environment(api, Path("other.txt"))


def test_packages_are_added_to_what_the_lock_says(tmp_path: Path) -> None:
    made = repository(tmp_path / "service", requirements_txt="beta==1.0\n")
    assert version_environment(made.folder, None, ("probe",))[0].stack.packages == {"beta": "1.0", "probe": "3.0"}


def test_the_environment_of_a_working_tree_is_none_of_its_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = repository(tmp_path / "service", requirements_txt="probe\n")
    uv("venv", str(made.folder / ".venv"))
    monkeypatch.setenv("VIRTUAL_ENV", str(made.folder / ".venv"))
    assert version_environment(made.folder)[0].stack.packages == {"probe": "3.0"}
    (made.folder / "requirements.txt").unlink()
    with pytest.raises(
        StackError, match=r"^has no lock, requirements or pyproject\.toml; use --requirements FILE or --env"
    ):
        version_environment(made.folder)


@pytest.mark.parametrize(
    "kind", ["requirements", *(pytest.param(one, marks=pytest.mark.slow) for one in ("uv", "pipenv"))]
)
def test_an_index_that_wants_a_login_gets_it_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    for name in ("UV_NO_INDEX", "UV_OFFLINE"):
        monkeypatch.delenv(name)
    shelf = tmp_path / "private"
    shelf.mkdir()
    write_wheel(shelf, "corp", "1.0")
    with private_index(shelf) as host:
        made = repository(tmp_path / "service", **_asking(kind, host))
        logins = {"UV_INDEX_CORP_USERNAME": USER, "UV_INDEX_CORP_PASSWORD": PASSWORD, "WHO": USER, "WORD": PASSWORD}
        for name, value in logins.items():
            monkeypatch.setenv(name, value)
        if kind == "uv":
            uv("lock", "--directory", str(made.folder))
        found, _ = version_environment(made.folder)
        assert found.stack.packages == {"corp": "1.0"}
        assert PASSWORD not in found.lock
        kept = [one for one in (tmp_path / "cache").rglob("*") if one.is_file() and "site-packages" not in one.parts]
        assert not [one for one in kept if PASSWORD.encode() in one.read_bytes()]
        for name in logins:
            monkeypatch.delenv(name)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "another"))
        said = f"uv pip compile: the package index at {host} wants a login"
        with pytest.raises(StackError, match=rf"^{said} \(401 .*\); set UV_INDEX_NAME_USERNAME") as told:
            version_environment(made.folder)
        assert "\n" not in str(told.value)


def _asking(kind: str, host: str) -> dict[str, str]:
    if kind == "requirements":
        return {"requirements_txt": f"--index-url http://${{WHO}}:${{WORD}}@{host}/simple\ncorp==1.0\n"}
    if kind == "pipenv":
        source = {"name": "corp", "url": f"http://${{WHO}}:${{WORD}}@{host}/simple", "verify_ssl": False}
        told = {"_meta": {"sources": [source]}, "default": {"corp": {"version": "==1.0", "index": "corp"}}}
        return {"Pipfile.lock": json.dumps(told)}
    return {
        "pyproject_toml": '[project]\nname = "service"\nversion = "1"\nrequires-python = ">=3.10"\n'
        'dependencies = ["corp"]\n[tool.uv.sources]\ncorp = { index = "corp" }\n'
        f'[[tool.uv.index]]\nname = "corp"\nurl = "http://{host}/simple"\nexplicit = true\n'
    }


def test_a_login_in_an_address_is_not_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_NO_INDEX")
    monkeypatch.delenv("UV_OFFLINE")
    text = f"--index-url http://{USER}:{PASSWORD}@127.0.0.1:9/simple\ncorp==1.0\n"
    made = repository(tmp_path / "service", requirements_txt=text)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(StackError, match=r"no package index can be reached \(http://127\.0\.0\.1:9\)") as told:
        version_environment(made.folder)
    assert PASSWORD not in str(told.value)
