"""How certain a sweep's steps are, where they come from, and whether they explain the whole."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from profile_runs import flames, profile_pairs, write_flames
from sweeps import directly, swept_all

from bench.model.record import RecordedFunction, RecordedProfile
from bench.model.series import NotCompared
from bench.report.documents.sweep import document
from bench.report.exports.sweep import json_text
from bench.report.figures import release_chart
from bench.report.publish import publish_sweep
from bench.report.renderers.html import page as html_page
from bench.report.words.sweep import SweepNarrative, explained, sentences, swept, swept_in
from bench.store import documents, series
from bench.store.diffs import FLAMES_FOLDER
from tests.widths import assert_whole, printed

STEPPING = (1.3, 1.3, 1.0, 1.0, 1.15, 1.15)


@pytest.fixture(scope="module")
def again() -> SweepNarrative:
    """Two steps look changed, and one of them is confirmed; two releases couldn't be compared directly."""
    begun, compared = swept_all({"stepping": STEPPING, "flat": (1.0,) * 6})
    refused = NotCompared(base="0.117.1", head="0.118.0", reason="head: it ended")
    direct = directly(
        {
            ("0.116.0", "0.117.1"): {"stepping": 1 / 1.3},
            ("0.118.0", "0.119.0"): {"stepping": 1.0},
            ("0.115.0", "0.120.4"): {"stepping": 1.15 / 1.3},
        }
    )
    asked = tuple(one for one, _ in direct)
    return swept(begun.model_copy(update={"direct": asked, "not_compared": (refused,)}), compared, direct)


def test_new_blocks_confirm_steps_or_do_not(again: SweepNarrative) -> None:
    most, counted, certain, *_ = sentences(again)
    assert most.startswith("`stepping:one` changed most: CPU −23")  # noqa: RUF001
    assert "together with starlette" not in most
    assert counted.endswith("1 faster and 9 equivalent, with a margin of 3.0%.")
    assert certain == "New blocks of both releases confirm 1 of 2 steps that look changed."


def test_steps_that_were_not_measured_again_are_told_apart() -> None:
    begun, compared = swept_all({"a": STEPPING})
    direct = directly({("0.116.0", "0.117.1"): {"a": 1 / 1.3}})
    cut = begun.model_copy(update={"direct": (direct[0][0],), "complete": False})
    assert sentences(swept(cut, compared, direct))[2:] == [
        "New blocks of both releases confirm the step that looks changed.",
        "1 more was not measured again.",
        "Interrupted: not all steps are measured again yet. Run the same command again to continue.",
    ]


def test_a_terminal_tells_how_certain_a_step_is_what_was_not_confirmed_and_whether_steps_explain_the_whole(
    again: SweepNarrative,
) -> None:
    said = " ".join(printed(document(again), 160).split())
    assert re.search(r"0\.117\.1 stepping:one −2\d\.\d% .* confirmed Looked", said)  # noqa: RUF001
    assert "Looked changed, and new blocks did not confirm it:" in said
    assert "stepping:one in 0.119.0: looked +15" in said
    assert "; 24 new blocks show +0" in said or "; 24 new blocks show −0" in said  # noqa: RUF001
    assert "Do the steps add up?" in said
    assert re.search(r"stepping:one −2\d\.\d% −1\d\.\d% \+1\d\.\d%", said)  # noqa: RUF001
    assert "0.117.1 → 0.118.0 directly head: it ended" in said


def test_a_confirmed_sweep_fits_every_terminal(again: SweepNarrative) -> None:
    assert_whole(document(again))


def test_the_export_tells_what_new_blocks_say_and_whether_the_steps_explain_the_whole(again: SweepNarrative) -> None:
    (stepping, flat) = json.loads(json_text(again))["cases"]
    steps = {step["newer"]: step for step in stepping["steps"]}
    assert [newer for newer, step in steps.items() if step["confirmed"]] == ["0.117.1"]
    assert steps["0.117.1"]["fresh"]["result"]["verdict"] == "faster"
    assert steps["0.117.1"]["cpu"]["ratio"] == pytest.approx(1 / 1.3, rel=0.01)
    assert steps["0.119.0"]["reason"] == "24 new blocks did not confirm it"
    assert steps["0.116.0"]["fresh"] is None
    assert stepping["chain"]["direct"]
    assert stepping["chain"]["residual"]["ratio"] == pytest.approx(1.15, rel=0.01)
    assert not flat["chain"]["direct"]


def test_only_confirmed_steps_are_marked(again: SweepNarrative) -> None:
    picture = str(release_chart.picture(again, again.lines[0]))
    assert "0.117.1 after 0.116.0: faster" in picture
    assert "confirmed by 24 new blocks" in picture
    assert "0.119.0 after" not in picture
    assert ", which new blocks of both releases confirm. It points down" in html_page(document(again))


RISING = (1.0, 1.0, 1.3, 1.3, 1.3, 1.3)


@pytest.fixture(scope="module")
def profiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a stored sweep, of which one step has profiles; a function there has a hostile name."""
    folder = tmp_path_factory.mktemp("profiled")
    begun, compared = swept_all({"stepping": RISING})
    direct = directly({("0.116.0", "0.117.1"): {"stepping": 1.3}})
    for one in (*compared.values(), *(made for _, made in direct)):
        documents.COMPARISON.save(one, folder / series.COMPARISONS)
    pairs = [one.model_copy(update={"case": "stepping:one"}) for one in profile_pairs()]
    write_flames(folder / series.COMPARISONS / direct[0][1].id / FLAMES_FOLDER, flames(pairs))
    return publish_sweep(swept_in(begun.model_copy(update={"direct": (direct[0][0],)}), folder), folder)


def test_a_confirmed_step_names_the_function_that_changed_most_and_links_its_flame_graphs(profiled: Path) -> None:
    text = profiled.read_text("utf-8")
    found = re.search(r'<a href="(comparisons/[^"]+/flames/flame\.html)"', text)
    assert found is not None
    assert (profiled.parent / found[1]).exists()
    steps = json.loads((profiled.parent / "exports" / "sweep.json").read_text())["cases"][0]["steps"]
    profile = steps[1]["fresh"]["profile"]
    assert profile["case"] == "stepping:one"
    assert profile["functions"][0]["name"] in text
    assert steps[0]["fresh"] is None


@pytest.mark.parametrize(
    ("functions", "said"),
    [
        ({"app:read": 40.0, "[gc]": 0.1}, "`app:read` (handler) +40.0 µs"),
        ({"[gc]": 0.1}, "no function stands out of the noise"),
        ({}, "no function stands out of the noise"),
    ],
)
def test_a_function_is_named_that_has_a_part_of_the_change(functions: dict[str, float], said: str) -> None:
    begun, compared = swept_all({"a": RISING})
    direct = directly({("0.116.0", "0.117.1"): {"a": 1.3}})
    changed = tuple(RecordedFunction(name=name, layer="handler", change_us=us) for name, us in functions.items())
    profile = RecordedProfile(case="a:one", change_us=41.0, functions=changed)
    (line,) = swept(begun, compared, direct, {direct[0][1].id: (profile,)}).lines
    assert explained(line.steps[1]) == said
    assert explained(line.steps[0]) == ""


def test_a_terminal_names_that_function_too(profiled: Path) -> None:
    begun = swept_all({"stepping": RISING})[0]
    direct = directly({("0.116.0", "0.117.1"): {"stepping": 1.3}})
    told = swept_in(begun.model_copy(update={"direct": (direct[0][0],)}), profiled.parent)
    said = " ".join(printed(document(told), 120).split())
    assert re.search(r"stepping:one in 0\.117\.1: \S+ \(fastapi(, new)?\) [+−]\S+ µs", said), said  # noqa: RUF001
    assert_whole(document(told))
