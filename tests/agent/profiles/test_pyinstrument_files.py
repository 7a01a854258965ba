"""pyinstrument's own files say nothing of the machine, and are still its own."""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyinstrument import Profiler
from pyinstrument.renderers import ConsoleRenderer
from pyinstrument.session import Session

from bench.agent.profiles.pyinstrument_files import PAGE, SESSION, cleaned, kept, page

PLACES = [sys.prefix, sys.base_prefix, str(Path.home()), str(Path(__file__).parents[3]), socket.gethostname()]
TITLE = "fine:one, in process"


@pytest.fixture(scope="module")
def session() -> Session:
    """Of work in this file, in the standard library and in a library."""
    with Profiler(interval=0.001, async_mode="disabled") as profiler:
        for _ in range(40):
            re.compile("".join(f"(?:{n}|a{n})" for n in range(50)))
            re.purge()
    assert profiler.last_session is not None
    return profiler.last_session


@pytest.fixture(scope="module")
def files(session: Session) -> dict[str, str]:
    return kept(session, TITLE)


@pytest.mark.parametrize("suffix", [SESSION, PAGE])
def test_no_place_of_this_machine_is_in_them(files: dict[str, str], suffix: str) -> None:
    text = files[suffix].replace("\\/", "/")
    assert not [place for place in PLACES if len(place) > 3 and place in text]
    assert str(threading.get_ident()) not in text


def test_pyinstrument_reads_its_session_again_and_finds_the_same_time(
    session: Session, files: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / f"one{SESSION}"
    file.write_text(files[SESSION], "utf-8")
    loaded = Session.load(file)
    assert [seconds for _, seconds in loaded.frame_records] == [seconds for _, seconds in session.frame_records]
    assert loaded.target_description == TITLE
    said = ConsoleRenderer().render(loaded)
    assert re.search(r"python/re/|re/__init__|sre_", said)


def test_files_are_called_as_programs_import_them(session: Session) -> None:
    found = {
        where[1]
        for frames, _ in cleaned(session, TITLE).frame_records
        for frame in frames
        if len(where := frame.partition("\x01")[0].split("\x00")) == 3
    }
    assert {name for name in found if name.startswith("/")} == set()
    assert "<thread>" in found
    assert any(name.startswith("python/re/") or name == "python/sre_parse.py" for name in found)
    assert any(name.startswith(("site-packages/pytest", "site-packages/_pytest")) for name in found)


def test_a_page_fetches_nothing_and_allows_its_own_scripts_only(files: dict[str, str]) -> None:
    html = files[PAGE]
    assert re.findall(r"https?://(?!www\.w3\.org/)", html) == []
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert policy.count("'sha256-") == html.count("<script>") == 2


@given(st.text())
def test_data_never_ends_its_script_and_stays_what_it_was(name: str) -> None:
    data = json.dumps({"name": name})
    made = page(f'<meta charset="utf-8"><script>let a;</script><script>const sessionData = {data};\ndraw();</script>')
    assert made is not None
    (shown,) = re.findall(r"const sessionData = (.*);\n", made)
    assert json.loads(shown) == {"name": name}
    assert "<" not in shown


@pytest.mark.parametrize("html", ["", "<html></html>", '<meta charset="utf-8">const sessionData = 1;'])
def test_a_page_of_another_make_is_none(html: str) -> None:
    assert page(html) is None
