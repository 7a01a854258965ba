"""What a comparison of two versions adds to a track, and how large a file can become."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from comparisons import case
from sweeps import between
from tracks import BEGAN, anchor, commit, exactly, point

from bench.analysis.series import track_points
from bench.analysis.series.track_points import KEPT, added
from bench.model.app_version import AppVersion
from bench.model.comparison import Comparison
from bench.model.track import Track
from bench.store import track as store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def version(number: int, named: str, subject: str = "A change") -> AppVersion:
    return AppVersion(named=named, commit=commit(number), subject=subject, committed_at=BEGAN + timedelta(days=number))


def compared(**ratios: float) -> Comparison:
    made = between("1", "2", ratios)
    sides = {
        "base": made.base.model_copy(update={"version": version(1, "git:v1.0")}),
        "head": made.head.model_copy(update={"version": version(2, "git:HEAD", "\x1b[31mred\nand more")}),
    }
    cases = tuple(one.model_copy(update={"request_digest": "ab12"}) for one in made.cases)
    return made.model_copy(update=sides | {"cases": cases})


def test_a_point_has_every_route_with_its_change_and_why_another_has_none() -> None:
    found = track_points.point(compared(a=1.1, b=-1.0), NOW, None)
    (ratio,) = found.routes.values()
    assert ratio.log_ratio == pytest.approx(0.0953, abs=0.005)
    assert (ratio.request, ratio.blocks, ratio.allocs) == ("ab12", 24, 1.1)
    assert found.invalid == {"b:one": "head: <b>it fails</b>"}
    assert (found.commit, found.anchor.commit, found.anchor.named) == (commit(2), commit(1), "git:v1.0")


def test_what_a_subject_has_of_control_characters_is_left_out() -> None:
    assert track_points.point(compared(a=1.0), NOW, None).subject == " [31mred and more"


def test_an_anchor_keeps_its_name_and_is_another_one_with_other_packages() -> None:
    known = anchor(1, "git:release")
    found = track_points.point(compared(a=1.0), NOW, known)
    assert found.anchor.named == "git:release"
    other = compared(a=1.0)
    stack = other.base.stack.model_copy(update={"packages": {**other.base.stack.packages, "starlette": "0.1"}})
    moved = other.model_copy(update={"base": other.base.model_copy(update={"stack": stack})})
    assert track_points.point(moved, NOW, known).anchor.environment != found.anchor.environment


def test_margins_of_routes_are_kept() -> None:
    made = compared(a=1.0)
    own = case("a").model_copy(update={"margin": 0.1})
    found = track_points.point(made.model_copy(update={"cases": (own,)}), NOW, None)
    assert (found.margin_of("a:one"), found.margin_of("b:one")) == (0.1, 0.03)


def test_two_stacks_are_no_versions() -> None:
    with pytest.raises(ValueError, match="is no version of an app"):
        track_points.point(between("1", "2", {"a": 1.0}), NOW, None)


def test_a_file_holds_so_many_points_and_no_more() -> None:
    points = tuple(point(number, {}) for number in range(KEPT + 5))
    grown = added(Track(points), point(KEPT + 5, {}))
    assert len(grown.points) == KEPT
    assert grown.points[-1].commit == commit(KEPT + 5)


@pytest.mark.parametrize(("routes", "megabytes"), [(500, 43), (30, 3)])
def test_the_size_of_a_file_is_bounded(routes: int, megabytes: int) -> None:
    """As docs/track.md has it: names of forty characters, over as many commits as a file holds."""
    found = {
        f"GET /v1/accounts/{{account_id}}/items/{at}": exactly(-0.01234, 0.00345, "5e897c45") for at in range(routes)
    }
    line = "".join(store._lines(Track((point(1, found),))))
    assert len(line.encode()) * KEPT < megabytes * 1e6
