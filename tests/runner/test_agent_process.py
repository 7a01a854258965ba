"""Agents die in every way that processes do, and the harness says which."""

from __future__ import annotations

import base64
import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from plans import write_target

from bench.model.workload import Request
from bench.runner.agent_process import Agent, AgentError
from bench.stack.environment import Environment

ONE = Request(path="/").model_dump()


def ask(agent: Agent, target: str, **more: float) -> object:
    return agent.call("answer", target=target, request=ONE, **more)


def test_what_an_app_prints_does_not_disturb_the_conversation(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "loud", "print('{\"result\": 1}')\nos.write(1, b'noise')")
    with Agent(environment, tmp_path) as agent:
        assert ask(agent, "loud")["status"] == 200  # type: ignore[index]
        assert "noise" in agent.last_words()


@pytest.mark.parametrize("late", ["", "threading.Thread(target=lambda: (time.sleep(0.3), note('thread'))).start()"])
def test_what_an_app_leaves_to_the_end_of_its_process_is_done(
    environment: Environment, tmp_path: Path, late: str
) -> None:
    said = tmp_path / "said"
    body = f"""import atexit, threading
def note(what):
    with open({str(said)!r}, 'a') as file:
        file.write(what + ' ')
atexit.register(note, 'end')
{late}"""
    write_target(tmp_path, "tidy", body)
    with Agent(environment, tmp_path) as agent:
        assert ask(agent, "tidy")
    assert said.read_text().split() == (["thread", "end"] if late else ["end"])


def test_an_app_that_raises_is_an_error_and_the_agent_lives_on(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "broken", "raise KeyError('gone')")
    write_target(tmp_path, "fine", "")
    with Agent(environment, tmp_path) as agent:
        with pytest.raises(AgentError, match="KeyError: 'gone'"):
            ask(agent, "broken")
        assert ask(agent, "fine")


def test_a_login_in_a_url_that_an_app_quotes_or_prints_is_masked(environment: Environment, tmp_path: Path) -> None:
    url = "postgres://u:hunter2secret@h/db"
    write_target(tmp_path, "broken", f"print({url!r}); raise RuntimeError('db down {url}')")
    write_target(tmp_path, "long", f"print('x' * 270 + ' {url * 9}')")
    with Agent(environment, tmp_path) as agent:
        with pytest.raises(AgentError, match=r"RuntimeError: db down postgres://\*\*\*@h/db"):
            ask(agent, "broken")
        assert agent.last_words() == ": RuntimeError: db down postgres://***@h/db"
        ask(agent, "long")
        assert "hunt" not in agent.last_words()


def test_an_app_that_ends_its_process_is_reported_with_its_status_and_last_words(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "leaver", "print('so long', file=sys.stderr, flush=True)\nos._exit(3)")
    with Agent(environment, tmp_path) as agent, pytest.raises(AgentError, match="ended with status 3: so long"):
        ask(agent, "leaver")


def test_a_killed_agent_is_reported_with_its_signal(environment: Environment, tmp_path: Path) -> None:
    with Agent(environment, tmp_path) as agent:
        agent.call("hello")
        os.kill(agent.pid, signal.SIGKILL)
        with pytest.raises(AgentError, match="ended by signal 9"):
            agent.call("hello")


def test_a_stalled_agent_is_given_up_and_ended(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "stalled", "time.sleep(60)")
    with Agent(environment, tmp_path) as agent:
        with pytest.raises(AgentError, match=r"did not answer `answer` within 0\.5 s"):
            ask(agent, "stalled", timeout_s=0.5)
        assert not agent.alive


def test_the_time_of_agents_that_are_asked_at_once_runs_for_all_of_them(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "stalled", "time.sleep(60)")
    with Agent(environment, tmp_path) as agent:
        agent.send("hello")
        asked_long_ago_s = time.monotonic() - 60
        assert agent.answer("hello", timeout_s=60, sent_s=asked_long_ago_s)["pid"] == agent.pid
        agent.send("answer", target="stalled", request=ONE)
        with pytest.raises(AgentError, match=r"did not answer `answer` within 60 s"):
            agent.answer("answer", timeout_s=60, sent_s=asked_long_ago_s)


HANGS = {
    "sleeps": ("import time\nwhile True:\n    time.sleep(1)", "hanging.py:5 time.sleep"),
    "prints": ("while True:\n    print('x' * 1000)", "hanging.py:4 print"),
    "in C": ("sum(range(10**12))", "hanging.py:3 <module>"),  # no Python runs there
    "lifespan": (
        """import asyncio
async def app(scope, receive, send):
    await receive()
    await asyncio.Event().wait()""",
        "hanging.py:6 asyncio.Event().wait",
    ),
}


@pytest.mark.parametrize(
    ("do", "kind"),
    [("answer", "sleeps"), ("answer", "prints"), ("answer", "in C"), ("answer", "lifespan"), ("serve", "lifespan")],
)
def test_what_hangs_is_named_by_the_line_where_it_stands(
    environment: Environment, tmp_path: Path, do: str, kind: str
) -> None:
    code, where = HANGS[kind]
    (tmp_path / "hanging.py").write_text(f'"""A target of a test."""\nTARGET = {{}}\n{code}\n')
    with Agent(environment, tmp_path) as agent:
        agent.call("hello")
        with pytest.raises(AgentError) as raised:
            agent.call(do, timeout_s=0.7, target="hanging", request=ONE, host="127.0.0.1", port=0)
        assert f"did not answer `{do}` within 0.7 s; it stands at {where}" in str(raised.value)
        assert str(tmp_path) not in str(raised.value)


def test_an_endpoint_that_waits_in_a_thread_is_named_by_the_threads_line(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "threaded", "import asyncio\nawait asyncio.to_thread(time.sleep, 60)")
    with Agent(environment, tmp_path) as agent, pytest.raises(AgentError, match=r"threaded\.py:\d+ asyncio\.to_thread"):
        ask(agent, "threaded", timeout_s=2.0)


def test_no_process_is_left_behind_whatever_happens_inside(environment: Environment, tmp_path: Path) -> None:
    pids = []

    def leave(how: BaseException | None) -> None:
        with Agent(environment, tmp_path) as agent:
            pids.append(agent.pid)
            if how is not None:
                raise how

    leave(None)
    with pytest.raises(KeyboardInterrupt):
        leave(KeyboardInterrupt())
    assert len(pids) == 2
    assert not [pid for pid in pids if psutil.pid_exists(pid)]


def test_a_killed_agent_leaves_no_temporary_file(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "writer", "import tempfile\nanswer = tempfile.mkdtemp().encode()")
    with Agent(environment, tmp_path) as agent:
        made = Path(base64.b64decode(ask(agent, "writer")["body"]).decode())  # type: ignore[index]
        assert made.is_dir()
        os.kill(agent.pid, signal.SIGKILL)
    assert not made.exists()


def test_an_agent_ends_by_itself_when_its_harness_is_gone(environment: Environment, tmp_path: Path) -> None:
    with Agent(environment, tmp_path) as agent:
        process = psutil.Process(agent.pid)
        assert agent._process.stdin is not None
        agent._process.stdin.close()
        assert process.wait(timeout=10) is not None


def test_the_hash_seed_and_the_core_are_those_that_were_asked_for(environment: Environment, tmp_path: Path) -> None:
    core = sorted(os.sched_getaffinity(0))[0]
    write_target(tmp_path, "seeded", "answer = os.environ['PYTHONHASHSEED'].encode()")
    with Agent(environment, tmp_path, hash_seed=42, cores=(core,)) as agent:
        assert os.sched_getaffinity(agent.pid) == {core}
        assert ask(agent, "seeded")["body"] == "NDI="  # type: ignore[index]


def test_the_agent_runs_on_the_stack_and_sees_nothing_of_the_harness(environment: Environment, tmp_path: Path) -> None:
    write_target(
        tmp_path,
        "looking",
        "import statistics, profile\nanswer = (statistics.__file__ + profile.__file__ + sys.prefix).encode()",
    )
    with Agent(environment, tmp_path) as agent:
        seen = base64.b64decode(ask(agent, "looking")["body"]).decode()  # type: ignore[index]
    assert "bench" not in seen
    assert seen.endswith(str(environment.python.parents[1]))
