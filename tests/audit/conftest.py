"""A shop of somebody's own, with routes that behave and routes that don't, asked once for all tests of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.audit import asking
from bench.model.app_options import AppOptions
from bench.runner.plan import Plan
from bench.stack.environment import Environment
from bench.text import secrets
from bench.workflows.app.requests import AppRequests, RequestArguments, app_plan, find_requests

SHOP = Path(__file__).parent / "shop.py"
SPEC = "shop:create()"
TOKEN = "t0ken-of-the-shop"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.py").write_text(SHOP.read_text("utf-8"))
    return folder


@pytest.fixture(scope="module")
def shop_plan(environment: Environment, shop: Path) -> Plan:
    return app_plan(AppOptions(SPEC, shop), environment)


@pytest.fixture(scope="module")
def asked(shop_plan: Plan, shop: Path) -> AppRequests:
    """With a token and with what changes state; a route that never answers is given up after a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "PATIENCE_S", 1.5)
        patch.setenv("TOKEN", TOKEN)
        given = RequestArguments(headers=("X-Token: ${TOKEN}",), writes=True)
        found = find_requests(shop_plan, AppOptions(SPEC, shop), given, lambda route: None)
    secrets.forget()
    return found
