"""What the page says of the time before, of trouble with the data, and of whom to contact."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from pipeline.events.person import Person
from pipeline.publish.edition import Edition
from pipeline.publish.record import Record
from pipeline.publish.report.redact import without_person
from pipeline.publish.report.render import render

BACKTEST = "Nothing published has come out yet"


def section(page: str, name: str) -> str:
    """Return the words of one section, empty where the page does not have it."""
    found = re.search(rf'<section id="{name}".*?</section>', page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0] if found else ""))


def header(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<header>")[2].partition("</header>")[0]))


class Headings(HTMLParser):
    """Collects the levels of headings as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.levels: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))


def test_the_same_edition_gives_the_same_page(recorded: Edition) -> None:
    assert render(recorded, "id") == render(recorded, "id")


def test_a_severe_finding_stands_before_everything_and_a_note_only_with_the_data(recorded: Edition) -> None:
    page = render(recorded, "id")
    assert "Before you rely on it: E-mail opens fell silent. Ask who runs the mailing tool." in header(page)
    assert "A few page views" not in header(page)
    told = section(page, "data")
    assert told.index("E-mail opens fell silent") < told.index("A few page views name no customer.")


def test_the_lead_says_for_how_many_the_prediction_was_first_of_all_whom_both_named(recorded: Edition) -> None:
    told = "Of 8 named by both it and the rule “At risk, 60 to 120 days”, the prediction was first for 5, "
    assert f"{told}for half of these by 20 days or more." in header(render(recorded, "id"))


def test_an_edition_without_a_record_has_no_empty_sections(today: Edition) -> None:
    page = render(today, "id")
    assert [section(page, name) for name in ("changed", "rules", "audiences")] == ["", "", ""]
    assert "Before you rely on it" not in page
    assert not re.search(r'href="#(changed|rules|audiences)"', page)


def test_what_changed_tells_of_moves_and_of_what_is_unusual_and_of_what_we_did(recorded: Edition) -> None:
    told = section(render(recorded, "id"), "changed")
    assert "What changed since 9 Sep 2010" in told
    assert "9 from Active to Slipping" in told
    assert "Predicted at risk +29 , now 90 usually \N{MINUS SIGN}1 to +2" in told
    assert "New among the segments: “Stage: Lead”, “Stage: Active” and “Stage: Slipping”." in told


def test_another_model_and_another_definition_are_told_as_our_doing(recorded: Edition) -> None:
    moved = recorded.segments[0].model_copy(update={"when": "percentile(revenue_365d) >= 95"})
    changed = replace(recorded, segments=(moved, *recorded.segments[1:]), versions={"churn": "8", "purchase": "4"})
    told = section(render(changed, "id"), "changed")
    assert "1 definition changed: “VIP”. Who came and went there may be our doing." in told
    assert "Another model decides churn: version 8, before 7." in told
    assert "No model of spend is in service any more." in told


def test_segments_stand_in_groups_whose_summary_already_tells(recorded: Edition) -> None:
    page = render(recorded, "id")
    assert "Your own segments" in section(page, "segments")
    assert re.search(r"Where they are on their way \w+ \d+ · \w+ \d+ · \w+ \d+ Segment", section(page, "segments"))


def test_a_trend_is_told_in_words_too_with_where_it_was_redefined(recorded: Edition) -> None:
    labels = re.findall(r'class="spark"[^>]*aria-label="([^"]+)"', render(recorded, "id"))
    told = "6 Sep 2010 to 10 Sep 2010: from 40 to 40; lowest 40 on 6 Sep, highest 44 on 7 Sep; redefined on 7 Sep"
    assert told in labels


def test_each_customer_on_the_list_has_something_to_do(recorded: Edition) -> None:
    told = section(render(recorded, "id"), "list")
    rows = len(re.findall("<tr data-customer", render(recorded, "id")))
    assert len(re.findall(r"(?:Do not contact no consent to e-mail|Contact) (?:new on|on) the list", told)) == rows


def test_an_audience_says_how_many_and_why_not_the_others(recorded: Edition) -> None:
    page = render(recorded, "id")
    whom = recorded.audiences.of("predicted_at_risk") if recorded.audiences else None
    assert whom is not None
    contacts = sum(whom["included"].to_pylist())
    told = f"Predicted at risk {contacts} of {len(whom)} {len(whom) - contacts} without consent"
    assert told in section(page, "audiences")
    assert f'To contact</h2>\n<div class="figure">{contacts} <small>of {len(whom)}</small>' in page


def test_the_prediction_stands_beside_the_rule_with_what_came_true(recorded: Edition) -> None:
    told = section(render(recorded, "id"), "rules")
    assert "The prediction alone 50 right about 75% of 44 Both 12 right about 80% of 10" in told
    assert (
        "the prediction was right about 75% and the rule about 25%. The difference is +50.0 in 100 (+30.0 to +65.0)."
        in told
    )
    assert "Right means no order within 90 days, of those named on 1 Jun 2010." in told
    assert "half by 20 days or more" in told
    assert (
        "5 named first by the prediction, 2 on the same day, 1 first by the rule, 4 by the rule alone, over the last"
        in told
    )


def test_how_publications_came_out_is_told_apart_from_the_backtest(recorded: Edition, today: Edition) -> None:
    matured, tested = (section(render(edition, "id"), "trust") for edition in (recorded, today))
    assert "For the 300 with the highest chance: said 79 in 100, came 81." in matured
    assert matured.index("1 Jun 2010") < matured.index("1 May 2010")
    assert "How each model was tested before it was taken into service" in matured
    assert BACKTEST not in matured
    assert BACKTEST in tested


def test_past_lists_say_what_came_and_what_contacting_brought_where_the_holdout_was_drawn(recorded: Edition) -> None:
    told = section(render(recorded, "id"), "trust")
    assert "By list, as published on 1 Jun 2010 List Said Came Others Predicted at risk 600 customers 74% 73%" in told
    assert "Predicted at risk 72% of 400 78% of 60 \N{MINUS SIGN}6.0 \N{MINUS SIGN}16.0 to +5.0" in told
    assert told.index("Predicted at risk 600") < told.index("All other lists") < told.index("VIP 21 customers")
    assert "Both lists" not in told
    assert "Right order 78 times in 100; the first tenth 1.4 times as often as all." in told


def test_the_figure_of_trust_is_the_newest_outcome_as_published(recorded: Edition, today: Edition) -> None:
    tiles = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", render(recorded, "id")))
    assert "81% of the 300 whom we called surest on 1 Jun 2010 did not order again; we had said 79%" in tiles
    assert "A test on the past: nothing published has come out yet" in render(today, "id")


def test_who_is_taken_out_is_gone_and_all_others_stay(recorded: Edition) -> None:
    page = render(recorded, "id")
    first, *others = re.findall(r'<tr data-customer="([^"]+)"', page)
    left = without_person(page, Person(frozenset({first})))
    assert first not in left
    assert re.findall(r'<tr data-customer="([^"]+)"', left) == others


@pytest.mark.parametrize("name", ["today", "recorded", "unpredicted"])
def test_headings_begin_at_one_and_never_leave_out_a_level(name: str, request: pytest.FixtureRequest) -> None:
    parser = Headings()
    parser.feed(render(request.getfixturevalue(name), "id"))
    levels = parser.levels
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_an_empty_record_is_as_good_as_none(compared: Edition) -> None:
    told = section(render(replace(compared, record=Record()), "id"), "changed")
    assert "What is usual for a segment is known after six publications at about the same distance." in told
    assert "Between stages" not in told
