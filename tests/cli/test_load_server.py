"""`--server` as a user meets it: what is refused, what is measured and shown, and how a server fails under load."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from checkouts import Checkout
from plans import write_target

from bench.model.load import LoadSample
from bench.model.server import ServerSettings

SHORT = ("load", "hot", "--quick", "--duration", "0.5")


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No process outlives its command."""
    before = set(psutil.Process().children(recursive=True))
    yield
    left = [one for one in psutil.Process().children(recursive=True) if one not in before]
    assert not psutil.wait_procs(left, timeout=5)[1]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--server", "nginx"), "--server 'nginx': 'nginx' is not a server; known: uvicorn, hypercorn, granian"),
        (("--server", "uvicorn workers"), "'workers' is not a setting; write NAME=VALUE, e.g. loop=asyncio"),
        (("--server", "uvicorn workers=0"), "workers is a number from 1 to 64"),
        (("--server", "uvicorn ssl_keyfile=x"), "ssl_keyfile can't be set; write tls=on, and a certificate is made"),
        (("--server", "uvicorn port=1"), "port can't be set: use --port"),
        (("--server", "uvicorn log_config=x"), "log_config can't be set: write access_log=on, which logs to a file"),
        (
            ("--server", "uvicorn http=h11", "--url", "http://127.0.0.1:1"),
            "--server has no effect on the server at --url",
        ),
        (("--server", "uvicorn socket=unix", "--port", "8123"), "--port has no effect with socket=unix"),
        (("--server", "uvicorn acces_log=on"), "has no setting acces_log; did you mean access_log?"),
        (("--server", "granian"), "--server: this stack has no granian; add --with granian"),
        (("--server", "uvicorn loop=zuvloop"), "--server: this stack has no loop=zuvloop; add the package with --with"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_server_that_can_t_be_had_is_one_line(here: Checkout, words: tuple[str, ...], complaint: str) -> None:
    write_target(here.targets, "fine", "")
    status, _, err = here.bench(*SHORT, *words)
    assert (status, complaint in err) == (2, True), err
    assert len(err.splitlines()) == 1
    assert not here.runs.exists()


@pytest.mark.slow
def test_what_served_and_how_it_spread_stands_in_every_result(here: Checkout) -> None:
    """Whether the figures are valid depends on the machine."""
    write_target(here.targets, "fine", "")
    words = "uvicorn access_log=on http=h11 tls=on workers=2"
    status, out, err = here.bench(*SHORT, "--server", words)
    assert status in (0, 3), err
    assert f"· {words} ·" in " ".join(out.split())
    run = here.stored()
    assert run.server == ServerSettings.parse(words)
    (sample,) = run.samples
    assert isinstance(sample, LoadSample)
    assert sample.server is not None
    assert re.fullmatch(r"uvicorn [\d.]+, uvloop, h11, 2 workers", sample.server)
    assert sum(sample.server_workers) == sample.server_requests == sample.client_requests > 0
    assert len(sample.server_workers) == 2
    status, exported, err = here.bench("report", run.id, "--json")
    assert (status, json.loads(exported)["server"]) == (0, words), err


class _Fine(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.mark.slow
def test_a_load_of_somebody_s_unix_socket_leaves_nothing_beside_it(here: Checkout, tmp_path: Path) -> None:
    """Whether the figures are valid depends on the machine; that its client has a ceiling, doesn't."""
    write_target(here.targets, "fine", "")
    (folder := tmp_path / "run").mkdir()
    with ThreadingUnixStreamServer(str(folder / "app.sock"), _Fine) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        status, out, err = here.bench(*SHORT, "--url", f"http+unix://{quote(str(folder / 'app.sock'), safe='')}")
        server.shutdown()
    assert status in (0, 3), out + err
    (sample,) = here.stored().samples
    assert isinstance(sample, LoadSample)
    assert sample.client_requests > 0
    assert [path.name for path in folder.iterdir()] == ["app.sock"]


@pytest.mark.slow
def test_a_worker_that_is_killed_under_load_is_an_invalid_load_in_one_line(here: Checkout) -> None:
    write_target(here.targets, "fine", "if calls == 60:\n    os.kill(os.getpid(), 9)")
    status, out, err = here.bench(*SHORT, "--server", "uvicorn workers=2")
    assert status == 3, err
    (absence,) = here.stored().absences
    assert re.fullmatch(r"fine:one: worker \d+ of the server ended while it was measured; run it again", absence.reason)
    assert "no valid measurement" in err
    assert "Traceback" not in out + err
