"""A profile can tell an app's own code from the libraries that it uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.agent.app import code
from bench.profiles.folded import layers


@pytest.fixture(autouse=True)
def of_a_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "_named", set())
    code.add(tmp_path, "service.main")


@pytest.mark.parametrize(
    ("module", "file", "called"),
    [
        ("service.main", "service/main.py", "app.service.main"),
        ("service.main", "/usr/lib/python3/site-packages/service/main.py", "app.service.main"),
        ("helpers", "helpers.py", "app.helpers"),
        ("app.main", "app/main.py", "app.main"),
        ("fastapi.routing", ".venv/lib/python3.12/site-packages/fastapi/routing.py", "fastapi.routing"),
        ("services", "/elsewhere/services.py", "services"),
        ("json", "/usr/lib/python3/json/__init__.py", "json"),
    ],
)
def test_what_is_in_its_folder_or_package_is_its_own(tmp_path: Path, module: str, file: str, called: str) -> None:
    assert code.called(module, str(tmp_path / file)) == called


def test_its_own_code_is_the_handler(tmp_path: Path) -> None:
    frame = f"{code.called('service.main', str(tmp_path / 'service/main.py'))}:endpoint"
    assert layers(["fastapi.routing:get", frame, "json:dumps"]) == ["fastapi", "handler", "json"]
