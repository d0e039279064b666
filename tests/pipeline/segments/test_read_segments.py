import re
from pathlib import Path

import pytest

from pipeline.conditions.known import Kind, Known
from pipeline.errors import ConditionError, SettingsError, UserError
from pipeline.segments.library import library, load_segments

COLUMNS = ["orders_365d", "revenue_365d", "days_since_last_order", "churn_probability"]
KNOWN = Known(
    dict.fromkeys(COLUMNS, Kind.NUMBER),
    event_types=frozenset({"order_placed", "cart_added"}),
    segments=frozenset({"cluster_gift_buyers"}),
    purposes=frozenset({"email", "sms"}),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "segments.yaml"


def test_a_project_adds_to_the_library(file: Path) -> None:
    file.write_text("- name: fans\n  when: orders_365d > 10 and churn_probability < 0.1\n")
    segments = load_segments(file, KNOWN)
    assert segments[:-1] == library()
    assert (segments[-1].name, segments[-1].title) == ("fans", "Fans")


def test_a_project_replaces_a_segment_of_the_library_in_its_place(file: Path) -> None:
    file.write_text("- name: at_risk\n  when: days_since_last_order > 45\n")
    names = [segment.name for segment in load_segments(file, KNOWN)]
    replaced = next(segment for segment in load_segments(file, KNOWN) if segment.name == "at_risk")
    assert names == [segment.name for segment in library()]
    assert (replaced.when, replaced.holdout) == ("days_since_last_order > 45", 0.0)


def test_every_setting_can_be_written(file: Path) -> None:
    file.write_text("""
- name: fans
  title: Our fans
  when: >
    orders_365d > 10
    and revenue_365d > 100
  stay_while: orders_365d > 8
  description: They love us.
  send: News.
  do_not_send: Discounts.
  exclude: [vip, new]
  holdout: 0.05
  owner: mara
  tags: [love, summer-2026]
  score: revenue_365d
  best_first: orders_365d
  variants:
    - when: happened(order_placed)
      stay_while: 'true'
      description: They ordered.
      send: Less news.
      do_not_send: Nothing.
      score: orders_365d
      best_first: revenue_365d
""")
    fans = load_segments(file, KNOWN)[-1]
    assert (fans.exclude, fans.holdout, fans.owner) == (("vip", "new"), 0.05, "mara")
    assert (fans.score, fans.best_first) == ("revenue_365d", "orders_365d")
    assert fans.tags == ("love", "summer-2026")
    assert (fans.variants[0].when, fans.variants[0].best_first) == ("happened(order_placed)", "revenue_365d")


def test_an_empty_file_leaves_the_library_alone(file: Path) -> None:
    file.write_text("# nothing yet\n")
    assert load_segments(file, Known({})) == library()


SETTINGS = (
    "name, when, title, description, send, do_not_send, stay_while, variants, exclude, holdout, owner, tags, score, "
    "best_first"
)
REMEDY = " Take in_segment(…) out of one of them."
OF_A_VARIANT = "when, stay_while, description, send, do_not_send, score, best_first"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- name: a\n  wen: 'true'\n", f'segment a: expected one of {SETTINGS}, got "wen". Did you mean "when"?'),
        ("- name: a\n", 'segment a: expected "when", got none.'),
        ("- when: 'true'\n", 'segment 1: expected "name", got none.'),
        ("- name: a\n  when: 5\n", "segment a: expected when to be a valid string, got 5."),
        ("- name: a\n  when:\n", "segment a: expected when to be a valid string, got nothing."),
        ("- name: a\n  when: [x]\n", "segment a: expected when to be a valid string, got a list."),
        (
            "- name: At risk\n  when: 'true'\n",
            "segment At risk: expected name to match pattern '^[a-z][a-z0-9_]*$', got 'At risk'.",
        ),
        ("- name: a\n  when: 'true'\n  holdout: 1.5\n", "segment a: expected holdout to be less than 1, got 1.5."),
        ("- name: a\n  when: 'true'\n  exclude: vip\n", "segment a: expected exclude to be a valid list, got 'vip'."),
        (
            "- name: a\n  when: 'true'\n  exclude: [vpi]\n",
            'segment a, exclude: expected a segment, got "vpi". Did you mean "vip"?',
        ),
        (
            "- name: a\n  when: 'true'\n  best_first: revenue\n",
            'segment a, best_first: expected a column, got "revenue". Did you mean "revenue_365d"?',
        ),
        (
            "- name: a\n  when: 'true'\n  exclude: [a]\n",
            'segment a, exclude: expected another segment, got "a" itself.',
        ),
        (
            "- name: a\n  when: 'true'\n  variants:\n  - when: 'true'\n  - when: 'true'\n    best_first: revenue\n",
            'segment a, best_first: expected a column, got "revenue". Did you mean "revenue_365d"?',
        ),
        (
            "- name: a\n  when: 'true'\n  variants:\n  - when: 'true'\n  - wen: 'true'\n",
            f'segment a, variant 2: expected one of {OF_A_VARIANT}, got "wen". Did you mean "when"?',
        ),
        (
            "- name: a\n  when: 'true'\n  variants:\n  - send: A word.\n",
            'segment a, variant 1: expected "when", got none.',
        ),
        (
            "- name: a\n  when: 'true'\n  variants:\n  - 'true'\n",
            "segment a, variant 1: expected settings such as \"when: …\", got 'true'.",
        ),
        (
            "- name: a\n  when: 'true'\n  variants:\n    when: 'true'\n",
            "segment a: expected variants to be a valid list, got settings.",
        ),
        (
            "- name: a\n  when: 'true'\n  tags: [At risk]\n",
            "segment a: expected tags to match pattern '^[a-z][a-z0-9-]*$', got 'At risk'.",
        ),
        (
            "- name: a\n  when: in_segment(b)\n- name: b\n  when: in_segment(a)\n",
            "segments: expected each in_segment(…) to look into one that does not look back, got the circle a → b → a."
            + REMEDY,
        ),
        (
            "- name: highly_engaged\n  when: in_segment(moderately_engaged)\n",
            "segments: expected each in_segment(…) to look into one that does not look back, got the circle "
            "highly_engaged → moderately_engaged → highly_engaged." + REMEDY,
        ),
        ("- 5\n", 'segment 1: expected settings such as "name: …", got 5.'),
        ("fans: 5\n", 'expected a list of segments ("- name: …"), got settings.'),
        ("fans\n", "expected a list of segments (\"- name: …\"), got 'fans'."),
        ("- name: a\n  when: 'true'\n" * 2, 'expected each segment once, got "a" 2 times.'),
        ("- name: \0", "expected YAML, got characters that it does not allow."),
    ],
)
def test_a_mistake_in_the_settings(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError) as error:
        load_segments(file, KNOWN)
    assert re.sub(r"^segments\.yaml(:\d+)?[,:] ", "", str(error.value)) == message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- name: a\n  when: 'true'\n\n- name: b\n  when: 'true'\n  # whom\n  wen: 'true'\n", 7),
        ("- name: a\n  when: 'true'\n- title: B\n  name: b\n", 3),
        ("- name: a\n  when: 'true'\n  variants:\n  - when: 'true'\n  - send: A word.\n    wen: x\n", 6),
        ("- name: a\n  when: 'true'\n  tags:\n  - good\n  - At risk\n", 5),
        ("- name: a\n  when: 'true'\n  exclude: [vpi]\n", 3),
        ("- name: a\n  when: >\n    orders_365d\n    > ordrs_365d\n", 2),
        ("- name: a\n  title: A\n  when: orders_365d >\n", 3),
        ("- name: a\n  when: 'true'\n  stay_while: orders_365d\n", 3),
        ("- name: a\n  when: 'true'\n  variants:\n  - when: 'true'\n  - when: ordrs_365d > 1\n", 5),
        ("- name: a\n  when: 'true'\n- 5\n", 3),
        ("- name: a\n  when: 'true'\n- name: a\n  when: 'true'\n", 3),
    ],
)
def test_a_mistake_names_its_line(file: Path, text: str, line: int) -> None:
    file.write_text(text)
    with pytest.raises(UserError, match=rf"^segments\.yaml:{line}[,:] "):
        load_segments(file, KNOWN)


def test_segments_may_name_each_other_the_library_and_the_clusters(file: Path) -> None:
    file.write_text("""
- name: fans
  when: in_segment(others) and not in_segment(vip) and not in_segment(cluster_gift_buyers)
  exclude: [others, lapsed, cluster_gift_buyers]
- name: others
  when: 'true'
""")
    assert [segment.name for segment in load_segments(file, KNOWN)[-2:]] == ["fans", "others"]


def test_what_is_not_yaml_is_shown_by_its_line(file: Path) -> None:
    file.write_text("- name: a\n  when: 'true'\n- name: [b\n  when: x\n")
    with pytest.raises(SettingsError, match=r"^segments.yaml:4: expected YAML, got what is not \(.*\)\.$"):
        load_segments(file, KNOWN)


def test_a_missing_file_and_an_unreadable_one(file: Path) -> None:
    with pytest.raises(SettingsError, match="expected a readable file of segments, got no such file"):
        load_segments(file, KNOWN)
    file.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(SettingsError, match="expected a readable file of segments, got bytes that are not utf-8"):
        load_segments(file, KNOWN)


@pytest.mark.parametrize(
    ("condition", "mistake", "hint"),
    [
        ("when: ordrs_365d > 1", 'when: expected a known column, got "ordrs_365d" at line 1', '"orders_365d"'),
        ("when: churn_prob > 0.5", 'when: expected a known column, got "churn_prob" at line 1', '"churn_probability"'),
        ("when: orders_365d >", "when: expected a column, a number or a text, got the end at line 1, column 14", ""),
        ("when: in_segment(lapst)", 'when: expected a known segment, got "lapst" at line 1', '"lapsed"'),
        (
            "when: never(cart_aded)",
            'when: expected an event type of the log, got "cart_aded" at line 1',
            '"cart_added"',
        ),
        ("when: consented('sm')", "when: expected a purpose that consents are kept for, got", '"sms"'),
        (
            "when: 'true'\n  variants:\n  - when: ordrs_365d > 1",
            'variant 1, when: expected a known column, got "ordrs_365d" at line 1',
            '"orders_365d"',
        ),
        ("when: >\n    true\n    and 1", "when: expected something true or false, got a number at line 1", ""),
        ("when: |\n    true\n    and 1", "when: expected something true or false, got a number at line 2", ""),
        (
            "when: 'true'\n  stay_while: orders_365d",
            "stay_while: expected something true or false, got a number at line 1, column 1, near “orders_365d”",
            "",
        ),
    ],
)
def test_a_mistake_in_a_condition(file: Path, condition: str, mistake: str, hint: str) -> None:
    file.write_text(f"- name: a\n  {condition}\n")
    with pytest.raises(ConditionError) as error:
        load_segments(file, KNOWN)
    assert re.sub(r":\d+", "", str(error.value), count=1).startswith(f"segments.yaml, segment a, {mistake}")
    assert str(error.value).endswith(f"Did you mean {hint}?" if hint else "”.")


def test_every_mistake_is_the_users() -> None:
    assert issubclass(SettingsError, UserError)
    assert issubclass(ConditionError, UserError)
