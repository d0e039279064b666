"""The page: what it says with predictions and without, and that it stands alone."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from pipeline.publish.edition import Edition
from pipeline.publish.report.render import render
from pipeline.segments.membership import assign
from pipeline.segments.profiles import PREDICTIONS

HOSTILE = "</style><script>alert('x')</script><img src=x onerror=alert(1)>"
VOID = {"meta", "img"}


class Tags(HTMLParser):
    """Collects tags and attributes, and refuses an end that nothing began."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(page)
    assert parser.open == []
    return parser.seen


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("</head>")[2]))


def test_the_headline_says_how_many_and_how_much(today: Edition) -> None:
    members = today.memberships.of("predicted_at_risk").num_rows
    says = rf"{members} customers are unlikely to order again in the next 90 days\. At stake: <em>£[\d,]+</em>\."
    assert re.search(f"<h1>{says}</h1>", render(today, "id"))


def test_the_list_shows_the_twenty_with_the_most_at_stake(today: Edition) -> None:
    shown = re.findall(r'<tr data-customer="([^"]+)"', render(today, "id"))
    risky = set(today.memberships.of("predicted_at_risk")["customer_id"].to_pylist())
    rows = [row for row in today.profiles.table.to_pylist() if row["customer_id"] in risky]
    ranked = sorted(rows, key=lambda row: (-row["value_at_stake"], row["customer_id"]))
    assert shown == [row["customer_id"] for row in ranked[:20]]


def test_without_predictions_it_speaks_of_rules_and_says_why(unpredicted: Edition) -> None:
    says = text(render(unpredicted, "id"))
    assert "242 customers sorted into 3 segments, by rules and without predictions this time." in says
    assert "Too few customers to learn from: 242, where 500 are needed." in says
    assert "Predicted at risk : There is no churn_probability yet." in says
    assert "Nothing on this page is predicted." in says
    assert "At stake" not in says


def test_the_first_publication_says_so_and_shows_no_changes(today: Edition) -> None:
    says = text(render(today, "id"))
    assert "first publication" in says
    assert "In and out" not in says
    assert "new on the list" not in says


def test_a_later_publication_says_who_came_and_who_went(compared: Edition) -> None:
    says = text(render(compared, "id"))
    assert "compared with 9 Sep 2010" in says
    assert re.search(r"\+\d+ in, \N{MINUS SIGN}\d+ out since 9 Sep 2010", says)
    assert re.search(r"\d+ customers are new in “Predicted at risk” since 9 Sep 2010", says)


def test_a_changed_definition_is_marked_as_redefined(compared: Edition) -> None:
    moved = compared.segments[0].model_copy(update={"when": "percentile(revenue_365d) >= 95"})
    assert "redefined" not in text(render(compared, "id"))
    assert "redefined" in text(render(replace(compared, segments=(moved, *compared.segments[1:])), "id"))


def test_a_model_that_does_not_beat_the_rule_is_called_that(today: Edition) -> None:
    says = text(render(today, "id"))
    assert "Who will not order again in 90 days Better than the best simple rule" in says
    assert "Who will buy in 30 days Not shown to beat the best simple rule" in says


def test_data_quality_and_lineage_are_on_the_page(today: Edition) -> None:
    says = text(render(today, "2010-09-10-7f3a21"))
    assert "The log runs from 1 Dec 2009 to 9 Sep 2010, 20:58." in says
    assert "Publication 2010-09-10-7f3a21 Data snapshot 41 Models churn 7 , purchase 4 , spend 3" in says
    assert all(number in says for number in ("349,227", "276,303", "67,114"))


def test_every_decided_segment_links_to_its_list(today: Edition) -> None:
    links = {attributes.get("href") for tag, attributes in tags(render(today, "id")) if tag == "a"}
    assert {f"lists/{segment.name}.csv" for segment in today.segments} <= links


def test_the_page_needs_nothing_from_elsewhere(recorded: Edition, unpredicted: Edition) -> None:
    for page in (render(recorded, "id"), render(unpredicted, "id")):
        assert not re.search(r"https?:|//\w|@import|url\(", page)
        seen = tags(page)
        assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in seen}
        links = [attributes["href"] or "" for tag, attributes in seen if tag == "a"]
        assert all(link.startswith(("#", "lists/", "manifest.json", "audiences.csv")) for link in links)


def test_links_on_the_page_lead_somewhere(today: Edition, recorded: Edition, unpredicted: Edition) -> None:
    for page in (render(today, "id"), render(recorded, "id"), render(unpredicted, "id")):
        seen = tags(page)
        ids = [attributes["id"] for _, attributes in seen if "id" in attributes]
        anchors = {(a["href"] or "")[1:] for tag, a in seen if tag == "a" and (a["href"] or "").startswith("#")}
        assert anchors <= set(ids)
        assert len(ids) == len(set(ids))


def test_plots_have_words_for_those_who_cannot_see_them(today: Edition) -> None:
    plots = [attributes for tag, attributes in tags(render(today, "id")) if tag == "svg"]
    assert len(plots) == 4
    assert all(plot["role"] == "img" and re.search(r"\d", plot["aria-label"] or "") for plot in plots)
    assert sum("came true for" in (plot["aria-label"] or "") for plot in plots) == 2


@pytest.mark.parametrize("field", ["title", "description", "send", "do_not_send", "owner"])
def test_hostile_words_of_a_segment_stay_words(today: Edition, field: str) -> None:
    hostile = tuple(segment.model_copy(update={field: HOSTILE}) for segment in today.segments)
    page = render(replace(today, segments=hostile), "id")
    assert not {"script", "img"} & {tag for tag, _ in tags(page)}
    assert "&lt;script&gt;" in page


def test_hostile_customers_shops_and_notes_stay_words(today: Edition) -> None:
    edition = replace(today, shop=replace(today.shop, name=HOSTILE), notes=(HOSTILE,))
    assert not {"script", "img"} & {tag for tag, _ in tags(render(edition, HOSTILE))}


def test_a_shop_without_any_segment_still_has_a_page(unpredicted: Edition) -> None:
    nothing = replace(unpredicted.memberships, table=unpredicted.memberships.table.slice(0, 0), left_out=())
    says = text(render(replace(unpredicted, segments=(), memberships=nothing), "id"))
    assert "242 customers sorted into 0 segments" in says


def test_without_a_churn_model_alone_it_does_not_deny_the_other_predictions(today: Edition) -> None:
    churn = {"value_at_stake", *(name for name in PREDICTIONS if name.startswith("churn"))}
    kept = [name for name in today.profiles.table.column_names if name not in churn]
    profiles = replace(today.profiles, table=today.profiles.table.select(kept))
    memberships = assign(today.segments, profiles, None)
    says = text(render(replace(today, profiles=profiles, memberships=memberships, models=today.models[1:]), "id"))
    assert "by rules and without a prediction of who may leave this time." in says
    assert "Who will buy in 30 days" in says
