"""`bench load`, `serve` and `worker` as a user meets them: open loads, servers and workers elsewhere."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
from checkouts import PATIENCE_S, Checkout, all_gone, offspring
from faulty import RIGHT, FaultyServer
from plans import write_target

from bench.model.load import LoadSample, SearchSample
from bench.stats.histogram import decode
from bench.store import documents, locate
from bench.text.numbers import DASH

SHORT = ("--quick", "--duration", "1")
Serve = Callable[..., FaultyServer]


@pytest.fixture
def hot(checkout: Checkout) -> Checkout:
    """With one target, `fine`."""
    write_target(checkout.targets, "fine", "")
    return checkout


def loaded(checkout: Checkout) -> LoadSample:
    (sample,) = checkout.stored().samples
    assert isinstance(sample, LoadSample)
    return sample


def said(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """The first line of its output that matches."""
    assert process.stdout
    for line in process.stdout:
        if found := re.search(pattern, line):
            return found
    raise AssertionError(process.communicate())


@pytest.fixture
def running() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that end with the test, and leave none behind."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        children = offspring(process)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 130
        assert all_gone(children)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("hot", "--find", "p99"), "'p99' is not a valid objective; write e.g. 'p99<=20ms'"),
        (("hot", "--find", "p99<=5ms", "--rate", "5"), "use --find or --rate, not both"),
        (("hot", "--poisson"), "--poisson needs --rate"),
        (("hot", "--rate", "0"), "--rate 0: write a number from 0.1 to 1000000"),
        (("hot", "--rate", "nan"), "--rate nan: write a number"),
        (("hot", "--users", "0"), "--users 0: write a number 1 or more"),
        (("hot", "--duration", "0.1"), "--duration 0.1: write a time of 0.2s or more, e.g. 30s or 2m"),
        (("hot", "--duration", "soon"), "--duration soon: write a time of 0.2s or more"),
        (("hot", "--duration", "1m", "--rate", "0"), "--rate 0: write a number from"),
        (("hot", "--workers", "-1"), "--workers -1: write a number 0 or more"),
        (("hot", "--port", "99999"), "--port 99999: write a number from 0 to 65535"),
        (("--rate", "5"), "one scenario: `bench load hot"),
        (("--users", "5"), "one scenario: `bench load hot"),
        (("--meter", "127.0.0.1:1"), "--meter needs --url"),
        (("--url", "127.0.0.1:8000"), "write it as http[s]://HOST[:PORT][/PATH]"),
        (("--url", "https://ada:secret@127.0.0.1"), "--url https://***@127.0.0.1: a login in a URL would be stored"),
        (("--url", "http://127.0.0.1:1/base?q=1", "--case", "fine:one"), "a base path can't have a query"),
        (("--url", "http://127.0.0.1:1/x", "--stack", "fastapi"), "--stack and --python have no effect"),
        (("hot", "--url", "http://127.0.0.1:1", "--case", "*", "--rate", "0"), "--rate 0"),
        (("--header", "Authorization: secret"), "--header needs --url"),
        (("--url", "http://127.0.0.1:1", "--header", "secret"), "--header …: write it as 'Name: value'"),
        (("--url", "http://127.0.0.1:1", "--header", "A: ${LAYERCAKE_NO}"), "${LAYERCAKE_NO} is not set"),
        (("--url", "http://127.0.0.1:1", "--meter", "nowhere:no"), "'nowhere:no' is not an address"),
        (("--master",), "--master needs --workers N"),
        (("--bind", "127.0.0.1:5558"), "--bind needs --master"),
        (("--master", "--workers", "1", "--bind", "127.0.0.1:0"), "--bind needs a fixed port"),
        (("hot", "--url", "http://127.0.0.1:1", "--port", "8123"), "--port has no effect with --url"),
        (("hot", "--url", "http://127.0.0.1:1", "--stack", "fastapi"), "--stack and --python have no effect"),
        (("hot", "--case", "f*", "--find", "p99.99999999999999999<=5ms"), "is not a valid objective"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_words_that_do_not_go_together_are_refused_before_anything_starts(
    here: Checkout, words: tuple[str, ...], complaint: str
) -> None:
    write_target(here.targets, "fine", "")
    status, _, err = here.bench("load", *words)
    assert status == 2
    assert complaint in err
    assert len(err.splitlines()) == 1
    assert "secret" not in err
    assert not here.runs.exists()


def test_a_websocket_is_not_loaded_and_the_error_says_what_measures_it(here: Checkout) -> None:
    write_target(here.targets, "socket", "", requests='{"one": {"path": "/", "messages": 1}}')
    status, _, err = here.bench("load", "--case", "socket")
    assert status == 2
    assert "socket: a load sends HTTP requests, and this is a WebSocket; use bench run --case instead" in err
    assert not here.runs.exists()


def test_a_server_that_wants_a_login_is_not_loaded(here: Checkout, serve: Serve) -> None:
    def respond(connection: socket.socket, _: int, __: bytes) -> bool:
        connection.sendall(b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n")
        return False

    write_target(here.targets, "fine", "")
    port = serve(respond).port
    for words in (("--url", f"http://127.0.0.1:{port}/users"), ("hot", "--url", f"http://127.0.0.1:{port}")):
        status, _, err = here.bench("load", *words)
        assert (status, "wants a login; add --header 'Authorization: " in err) == (2, True)
        assert len(err.splitlines()) == 1
    assert not here.runs.exists()


@pytest.mark.slow
@pytest.mark.measures
def test_a_url_that_no_target_describes_is_loaded_with_a_login_that_is_kept_nowhere(
    checkout: Checkout, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the figures are valid depends on the machine that this server shares with its client."""

    def respond(connection: socket.socket, _: int, request: bytes) -> bool:
        right = b"/users?limit=3 " in request and b"authorization: Bearer s3cr3t" in request
        connection.sendall(RIGHT if right else b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n")
        return True

    monkeypatch.setenv("LAYERCAKE_TOKEN", "s3cr3t")
    url = f"http://127.0.0.1:{serve(respond).port}/users?limit=3"
    logins = ("--header", "Authorization: Bearer ${LAYERCAKE_TOKEN}", "--header", "X-Key: s3cr3t")
    status, out, err = checkout.bench("load", *SHORT[:1], "--duration", "0.5", "--url", url, *logins)
    assert status in (0, 3), err
    assert f"Load of {url.partition('//')[2]}" in out
    assert re.search(r"url:/users\?limit=3, hot|url:/users\?limit=3 ", out)
    run, sample = checkout.stored(), loaded(checkout)
    assert (run.url, sample.case, sample.scenario) == (url, "url:/users?limit=3", "hot")
    assert sample.errors == {}
    assert sample.verified == sample.requests > 0
    assert "Authorization: Bearer ${LAYERCAKE_TOKEN}" in run.command
    assert "X-Key: …" in run.command
    kept = [file for file in checkout.runs.rglob("*") if file.is_file()]
    assert any(file.name == "report.html" for file in kept)
    assert not [file for file in kept if b"s3cr3t" in file.read_bytes()]


@pytest.mark.slow
@pytest.mark.measures
def test_a_rate_makes_an_open_load_whose_latency_and_service_time_are_shown(hot: Checkout) -> None:
    status, out, err = hot.bench("load", "hot", *SHORT, "--rate", "300")
    assert status == 0, err
    sample = loaded(hot)
    assert sample.open is not None
    assert sample.open.offered == pytest.approx(300, rel=0.02)
    assert sample.users == sample.connections == 256
    assert decode(sample.latency).get_total_count() == sample.latency.count
    assert re.search(r"fine:one, hot +\d+ ", out)
    assert "service time" in out


@pytest.mark.slow
@pytest.mark.measures
def test_a_server_that_runs_already_is_loaded_and_its_meter_read(
    hot: Checkout, running: list[subprocess.Popen[str]]
) -> None:
    running.append(hot.start("serve", "fine"))
    found = said(running[0], r"^--url (\S+) --meter (\S+)$")
    status, _, err = hot.bench("load", "hot", *SHORT, "--url", found[1], "--meter", found[2])
    assert status == 0, err
    sample = loaded(hot)
    assert sample.server_elsewhere
    assert sample.server_cpu_s is not None
    assert sample.server_cpu_s > 0
    assert sample.server_requests == sample.client_requests


@pytest.mark.slow
@pytest.mark.measures
def test_what_a_server_without_a_meter_uses_is_not_known_and_a_wrong_meter_is_no_meter(
    hot: Checkout, running: list[subprocess.Popen[str]]
) -> None:
    running.append(hot.start("serve", "fine"))
    found = said(running[0], r"^--url (\S+) --meter (\S+)$")
    status, out, err = hot.bench("load", "hot", *SHORT, "--url", found[1])
    assert status == 0, err
    assert re.search(rf"fine:one .* {DASH}\s", out)
    status, _, err = hot.bench("load", "hot", *SHORT, "--url", found[1], "--meter", "127.0.0.1:9")
    assert status == 3


@pytest.mark.parametrize(
    ("target", "complaint"),
    [("fin", "did you mean fine"), ("fine:one", "did you mean fine"), ("f*", "available: fine")],
)
def test_a_target_that_is_not_there_can_not_be_served(here: Checkout, target: str, complaint: str) -> None:
    write_target(here.targets, "fine", "")
    status, _, err = here.bench("serve", target)
    assert (status, complaint in err) == (2, True)


@pytest.mark.slow
def test_a_server_that_serves_something_else_is_not_taken_for_the_case(
    hot: Checkout, running: list[subprocess.Popen[str]]
) -> None:
    """Both answer the same: nothing but the meter could tell."""
    write_target(hot.targets, "other", "")
    running.append(hot.start("serve", "fine"))
    found = said(running[0], r"^--url (\S+) --meter (\S+)$")
    server = ("--url", found[1], "--meter", found[2])
    status, out, err = hot.bench("load", "hot", *SHORT, "--case", "other:one", *server)
    assert status == 3, err
    assert "the server serves fine (maybe from another checkout), not other" in " ".join(out.split())
    status, _, err = hot.bench("load", "hot", *SHORT, *server)
    assert (status, "--url needs one --case" in err) == (2, True)


@pytest.mark.slow
@pytest.mark.measures
def test_a_server_that_dies_ends_its_command_with_the_reason(hot: Checkout) -> None:
    process = hot.start("serve", "fine")
    said(process, r"^--url ")
    (agent,) = [one for one in offspring(process) if "start.py" in " ".join(one.cmdline())]
    agent.kill()
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert "the server ended" in err


def test_a_worker_without_a_master_says_so_and_goes_on(hot: Checkout) -> None:
    process = hot.start("worker", "--master", "no-such-host.invalid")
    assert process.stderr
    assert "no master at no-such-host.invalid:5557 yet" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130


@pytest.mark.slow
@pytest.mark.measures
def test_an_interrupted_search_keeps_the_rates_that_it_has_tried(hot: Checkout) -> None:
    process = hot.start("load", "hot", "--quick", "--duration", "0.5", "--find", "p90<=50ms")
    deadline_s = time.monotonic() + PATIENCE_S
    while not (hot.runs.exists() and any("steps" in one.read_text() for one in hot.runs.glob("*/run.json"))):
        assert time.monotonic() < deadline_s
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    (sample,) = hot.stored().samples
    assert isinstance(sample, SearchSample)
    assert sample.steps


@pytest.mark.slow
@pytest.mark.measures
def test_a_search_of_what_answers_nothing_in_time_is_said_and_no_traceback(hot: Checkout) -> None:
    """What is slow from the first call on gets the time that it needs; this is not."""
    write_target(hot.targets, "slow", "import asyncio\nif calls > 9: await asyncio.sleep(1.5)")
    status, out, err = hot.bench(
        "load", "hot", "--quick", "--duration", "0.5", "--case", "slow:one", "--find", "p90<=50ms"
    )
    assert status == 3, err
    assert "no response within 0.5 s; use a longer --duration" in " ".join(out.split())


@pytest.mark.slow
@pytest.mark.measures
def test_workers_elsewhere_find_their_master_again_and_again(
    hot: Checkout, running: list[subprocess.Popen[str]]
) -> None:
    meeting = "127.0.0.1:5671"
    running.append(hot.start("worker", "--master", meeting))
    for load in range(2):
        status, _, err = hot.bench("load", "hot", *SHORT, "--master", "--workers", "1", "--bind", meeting)
        assert status == 0, err
        samples = [documents.RUN.load(hot.runs / name).samples[0] for name in locate.ids(hot.runs)]
        assert len(samples) == load + 1
        for sample in samples:
            assert isinstance(sample, LoadSample)
            assert sample.client_elsewhere
            assert sample.client_requests == sample.server_requests


@pytest.mark.slow
@pytest.mark.measures
def test_a_search_ends_in_a_sentence(hot: Checkout) -> None:
    process = hot.start("load", "hot", "--quick", "--duration", "0.5", "--find", "p90<=50ms")
    out, err = process.communicate(timeout=4 * PATIENCE_S)
    assert process.returncode in {0, 3}, err
    (sample,) = hot.stored().samples
    assert isinstance(sample, SearchSample)
    assert len(sample.steps) >= 5
    assert process.returncode == 3 or "fine:one meets p90 ≤ 50.0 ms up to" in " ".join(out.split())


@pytest.fixture
def hosts() -> Iterator[dict[str, str]]:
    """Three machines on one network, each a network namespace: their addresses by name."""
    if shutil.which("ip") is None:
        pytest.skip("needs `ip`, of Debian's iproute2")
    mark = f"lc{uuid.uuid4().hex[:5]}"
    addresses = {name: f"10.77.0.{number}" for number, name in enumerate(("master", "workers", "server"), 1)}
    made: list[str] = []
    try:
        _ip("netns", "add", f"{mark}bridge")
        made.append(f"{mark}bridge")
        _ip("-n", f"{mark}bridge", "link", "add", "br0", "type", "bridge")
        _ip("-n", f"{mark}bridge", "link", "set", "br0", "up")
        for name, address in addresses.items():
            space = mark + name
            _ip("netns", "add", space)
            made.append(space)
            _ip(
                "link",
                "add",
                f"{mark}{name[0]}",
                "netns",
                f"{mark}bridge",
                "type",
                "veth",
                "peer",
                "eth0",
                "netns",
                space,
            )
            _ip("-n", f"{mark}bridge", "link", "set", f"{mark}{name[0]}", "master", "br0", "up")
            _ip("-n", space, "address", "add", f"{address}/24", "dev", "eth0")
            for link in ("eth0", "lo"):
                _ip("-n", space, "link", "set", link, "up")
    except subprocess.CalledProcessError as error:
        for space in made:
            _ip("netns", "delete", space)
        pytest.skip(f"this kernel gives no network namespaces: {error.stderr.strip()}")
    yield {mark + name: address for name, address in addresses.items()}
    for space in made:
        _ip("netns", "delete", space)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.measures
def test_master_workers_and_server_on_three_hosts_count_the_same(hot: Checkout, hosts: dict[str, str]) -> None:
    (master, at), (workers, _), (server, there) = hosts.items()

    def on(host: str) -> tuple[str, ...]:
        return ("ip", "netns", "exec", host)

    served = hot.start("serve", "fine", "--listen", f"{there}:8000", "--meter", f"{there}:8001", within=on(server))
    said(served, "serving fine")
    crew = [hot.start("worker", "--master", f"{at}:5557", within=on(workers)) for _ in range(2)]
    try:
        load = hot.start(
            "load", "hot", "--quick", "--duration", "3", "--rate", "600", "--master", "--workers", "2",
            "--bind", f"{at}:5557", "--url", f"http://{there}:8000", "--meter", f"{there}:8001", within=on(master),
        )  # fmt: skip
        out, err = load.communicate(timeout=2 * PATIENCE_S)
        assert load.returncode in {0, 3}, err
    finally:
        for process in (served, *crew):
            process.send_signal(signal.SIGINT)
        for process in (served, *crew):
            process.communicate(timeout=PATIENCE_S)
    sample = loaded(hot)
    assert (sample.workers, sample.lost_workers) == (2, 0)
    assert sample.errors == {}
    assert sample.open is not None
    assert sample.open.due == sample.open.ended == sample.client_requests == sample.server_requests
    assert sample.open.offered == pytest.approx(1800, rel=0.01)
    (endpoint,) = sample.endpoints
    assert endpoint.latency.count == sample.latency.count == decode(sample.latency).get_total_count()
    assert sample.server_cpu_s is not None, out
