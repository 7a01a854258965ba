"""A comparison of two versions of an app says which routes changed, in which functions, and what else is different."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bench.model.app_version import ChangedFunction, ProfiledCase
from bench.model.comparison import Comparison
from bench.report.documents.comparison import document
from bench.report.publish import publish_comparison, publish_flames
from bench.report.renderers.html import page
from bench.report.renderers.markdown import markdown
from bench.report.words.app_versions import called
from bench.store.diffs import FLAMES_PAGE
from bench.text.numbers import MINUS
from tests.comparisons import ITEM, SEARCH, UNFRIENDLY, USER, side, versions_compared
from tests.opened import DESKTOP, LOOKS, Opened, opening
from tests.profile_runs import flames, profile_pairs, write_flames
from tests.widths import assert_whole, printed


def with_profile(**changes: object) -> Comparison:
    """Only the route of users was profiled, on which no changed function takes more."""
    made = versions_compared()
    one = ProfiledCase(case=USER, change_us=61.0, within_us=4.0, most="fastapi.routing:serialize", most_us=55.0)
    same = made.base.stack.packages
    head = made.head.model_copy(update={"stack": made.head.stack.model_copy(update={"packages": same})})
    return made.model_copy(update={"profiled": (one,), "head": head, "split": None, **changes})


def said(found: Comparison) -> str:
    """Where the change is, as one line of text."""
    text = printed(document(found), 200)
    return " ".join(text[text.index("Where the change is") :].split())


def test_versions_read_well_on_a_terminal_of_80_columns(golden: Callable[[str, str], None]) -> None:
    golden("versions.txt", printed(document(versions_compared()), 80))


def test_versions_read_well_as_a_comment(golden: Callable[[str, str], None]) -> None:
    golden("versions.md", markdown(document(versions_compared())))


def test_a_terminal_of_any_width_shows_every_figure_whole() -> None:
    assert_whole(document(versions_compared()))


def test_a_function_has_its_lines_and_what_it_takes_more() -> None:
    found = said(versions_compared())
    assert f"{ITEM}, +512 ± 20 µs: +430 ± 18 µs in app.items:read (app/items.py:41-47)" in found
    assert "and +70 ± 6 µs in app.items:_price (app/items.py:60-61, removed)." in found
    assert f"{SEARCH}, {MINUS}210 ± 9 µs: {MINUS}205 ± 8 µs in app.search:Query.run (app/search.py:12)." in found


def test_a_change_that_the_difference_does_not_touch_is_said_to_be_elsewhere() -> None:
    found = said(versions_compared())
    assert f"{USER}, +61 ± 4 µs: no changed function takes clearly more or less in its profile. " in found
    largest = "Outside the diff, fastapi.routing:serialize changed most (+55.0 µs). "
    assert f"{largest}Dependencies changed: " in found
    assert "fastapi 0.129.2 → 0.130.0 and orjson none → 3.11.4." in found
    assert "The diff also changes code that is in no profile: app.models:Item (app/models.py:10-12)." in found


def test_the_whole_hash_that_a_job_names_is_shortened() -> None:
    comparison = versions_compared()
    assert comparison.base.version is not None
    base = comparison.base.model_copy(update={"named": f"git:{comparison.base.version.commit}"})
    assert called(base) == f"git:{comparison.base.version.commit[:12]}"
    assert called(comparison.base) == comparison.base.named


def test_changes_without_a_profile_are_counted() -> None:
    assert "Only the largest changes are profiled: 2 more routes changed." in said(with_profile())


def test_the_same_dependencies_are_no_cause() -> None:
    assert "Dependencies changed" not in said(with_profile())


def test_a_profile_without_changed_functions_says_so() -> None:
    found = said(with_profile(changed=()))
    assert (
        f"{USER}, +61 ± 4 µs: no changed function in its profile. Outside the diff, fastapi.routing:serialize" in found
    )


def test_waiting_is_not_blamed_on_a_function() -> None:
    one = ProfiledCase(case=USER, change_us=61.0, within_us=4.0, most="[idle]", most_us=60.0)
    assert "It waits longer or shorter, for a thread or for another process" in said(with_profile(profiled=(one,)))


def test_many_functions_are_counted_and_small_changes_left_out() -> None:
    many = tuple(
        ChangedFunction(name=f"app.m:f{number}", at="app/m.py:1", cases={USER: us}, within={USER: 0.5})
        for number, us in enumerate((20.0, 15.0, 12.0, 10.0, 4.0, 0.9))
    )
    found = said(with_profile(changed=many))
    assert "+12.0 ± 0.5 µs in app.m:f2 (app/m.py:1) and 2 more functions" in found


def test_a_route_whose_profiles_vary_more_than_they_differ_has_no_figure_of_its_own() -> None:
    one = ProfiledCase(case=USER, change_us=539.0, within_us=2005.0, most="app.m:f", most_us=109.0)
    function = ChangedFunction(name="app.m:f", at="app/m.py:1", cases={USER: 109.0}, within={USER: 63.0})
    found = said(with_profile(changed=(function,), profiled=(one,)))
    assert f"{USER}: +109 ± 63 µs in app.m:f (app/m.py:1)." in found
    assert "2,005" not in found


def test_without_profiles_nothing_is_said_of_functions() -> None:
    assert "Where the change is" not in printed(document(versions_compared().model_copy(update={"profiled": ()})), 100)


@pytest.mark.parametrize("number", [1, 300])
def test_routes_of_one_version_are_named_or_counted(number: int) -> None:
    made = versions_compared()
    ids = tuple(f"GET /r{index}" for index in range(number))
    assert made.routes
    text = markdown(document(made.model_copy(update={"routes": made.routes.model_copy(update={"added": ids})})))
    assert f"Only in the head: {number} route{'s' * (number > 1)}." in text
    assert text.count("`GET /r") == min(number, 10)
    assert ("and 290 more" in text) is (number == 300)


def test_nothing_of_a_repository_is_markup_in_a_comment_or_obeyed_by_a_terminal() -> None:
    made = versions_compared(subject=UNFRIENDLY, file=f"app/{UNFRIENDLY}.py")
    named = made.head.model_copy(update={"named": f"git:{UNFRIENDLY}"})
    nasty = made.model_copy(
        update={"head": named, "routes": made.routes and made.routes.model_copy(update={"added": (UNFRIENDLY,)})}
    )
    text = markdown(document(nasty))
    outside = re.sub(r"`[^`]*`", "", text)
    rendered = unescape(outside)
    assert "<b>" not in outside
    for linked in ("@everyone", "#12", "http://"):
        assert linked not in rendered
    for told in (text, printed(document(nasty), 100), page(document(nasty))):
        assert "\x1b" not in told
        assert "everyone" in told


def test_the_commands_to_do_it_again_name_commits_and_what_they_leave_out() -> None:
    html = page(document(versions_compared()))
    assert "bench compare git:725f5751725f git:ddd11ed0ddd1 --app app.main:app" in html
    assert "Changes that were not committed are not in the repository." in html


def test_a_comparison_of_stacks_has_none_of_it() -> None:
    made = versions_compared().model_copy(update={"base": side("0.129.2"), "head": side("0.130.0"), "routes": None})
    text = page(document(made.model_copy(update={"changed": (), "profiled": (), "split": None, "drifts": ()})))
    assert "Stacks and host" in text
    for none in ("Where the change is", "commit</td>", "Routes that only", "two versions"):
        assert none not in text


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("versions")
    seen = flames(profile_pairs())
    made = versions_compared(subject=UNFRIENDLY, file=f"app/{UNFRIENDLY}.py")
    seen = seen.model_copy(update={"base": made.base, "head": made.head})
    write_flames(folder / FLAMES_PAGE.parent, seen)
    told = publish_flames(seen, folder / FLAMES_PAGE.parent)[0]
    return publish_comparison(made, folder, told)


@pytest.fixture
def opened(browser: Browser, file: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    with opening(browser, file, getattr(request, "param", (DESKTOP, "light"))) as found:
        yield found


@pytest.mark.parametrize("opened", [*LOOKS, ((400, 800), "light")], indirect=True)
def test_a_page_of_versions_fits_every_window_and_runs_nothing_of_its_data(opened: Opened) -> None:
    assert not opened.complaints
    assert len(opened.requests) == 1
    wide = opened.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    assert opened.page.locator("h1").inner_text() == "git:main → git:HEAD"


def test_the_page_leads_to_the_flame_graphs_of_what_changed(opened: Opened) -> None:
    opened.page.get_by_role("link", name="before, after and the difference").click()
    assert opened.page.locator("h1").inner_text() == "git:main → git:HEAD"
    assert not opened.complaints


def test_the_page_has_a_row_for_each_function_and_says_what_is_not_committed(opened: Opened) -> None:
    rows = opened.page.locator("#functions tbody tr")
    assert rows.count() == 5
    assert rows.first.locator("td").first.inner_text().startswith("app.items:read")
    setting = opened.page.locator("#setting").inner_text()
    assert "uncommitted changes" in setting
    assert "Look items" not in setting
    assert "725f5751725f" in setting
