import re
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.read import load_audiences
from pipeline.segments.audiences.rules import RULES
from pipeline.segments.segment import Segment
from pipeline.settings import load_settings
from pipeline.settings.audiences import AudienceSettings, FrequencyCap

PAGE = Path(__file__).parents[4] / "docs" / "audiences.md"
SEGMENTS = (
    Segment(name="at_risk", when="true", title="At risk!", exclude=("vip",), holdout=0.1, owner="mara"),
    Segment(name="vip", when="true"),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audiences.yaml"


def one(file: Path, text: str) -> Audience:
    file.write_text(text, encoding="utf-8")
    return load_audiences(file, SEGMENTS)[-1]


def test_without_a_file_there_is_an_audience_a_segment(file: Path) -> None:
    assert load_audiences(file, SEGMENTS) == (
        Audience(name="at_risk", title="At risk!", include=("at_risk",), exclude=("vip",), owner="mara"),
        Audience(name="vip", title="Vip", include=("vip",)),
    )


def test_the_usual_audience_leaves_recent_buyers_and_the_often_contacted_in_peace(file: Path) -> None:
    usual = load_audiences(file, SEGMENTS)[0]
    assert (usual.recent_buyers, usual.quiet, usual.consent) == (timedelta(days=3), None, "email")
    assert usual.frequency_cap == FrequencyCap(contacts=4, within=timedelta(days=7))


def test_a_project_adds_audiences_and_replaces_those_of_the_same_name(file: Path) -> None:
    file.write_text("- name: vip\n  include: [vip]\n  quiet: 2 days\n- name: all\n  include: [vip, at_risk]\n")
    at_risk, vip, everybody = load_audiences(file, SEGMENTS)
    assert (at_risk.name, vip.quiet, everybody.include) == ("at_risk", timedelta(days=2), ("vip", "at_risk"))


def test_every_setting_can_be_written(file: Path) -> None:
    found = one(
        file,
        """
- name: win_back
  title: Win them back
  include: [at_risk]
  exclude: [vip]
  recent_buyers: 14 days
  frequency_cap: {contacts: 2, within: 3 days, channel: sms}
  quiet: 1 day
  consent: sms
  holdout: 0.2
  owner: mara
""",
    )
    assert found == Audience(
        name="win_back",
        title="Win them back",
        include=("at_risk",),
        exclude=("vip",),
        recent_buyers=timedelta(days=14),
        frequency_cap=FrequencyCap(contacts=2, within=timedelta(days=3), channel="sms"),
        quiet=timedelta(days=1),
        consent="sms",
        holdout=0.2,
        owner="mara",
    )


def test_what_is_left_out_is_as_the_shop_usually_does_and_none_is_nothing(file: Path) -> None:
    file.write_text("- name: a\n  include: [vip]\n- name: b\n  include: [vip]\n  recent_buyers: none\n  quiet: none\n")
    shop = AudienceSettings(recent_buyers=timedelta(days=30), quiet=timedelta(days=2), frequency_cap=None)
    at_risk, _, usual, none = load_audiences(file, SEGMENTS, shop)
    assert (at_risk.recent_buyers, usual.recent_buyers, none.recent_buyers) == (timedelta(30), timedelta(30), None)
    assert (usual.quiet, none.quiet, usual.frequency_cap) == (timedelta(2), None, None)


def test_segments_of_clusters_may_be_named_before_there_are_any(file: Path) -> None:
    assert one(file, "- name: gifts\n  include: [cluster_gift_buyers]\n").include == ("cluster_gift_buyers",)


def test_an_empty_file_is_as_good_as_none(file: Path) -> None:
    file.write_text("# nothing yet\n")
    assert load_audiences(file, SEGMENTS) == load_audiences(file.with_name("absent.yaml"), SEGMENTS)


KNOWN = "recent_buyers, frequency_cap, quiet, name, include, exclude, title, consent, holdout, owner"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "- name: a\n  include: [at_rsk]\n",
            'audience a, include: expected a segment, got "at_rsk". Did you mean "at_risk"?',
        ),
        (
            "- name: a\n  include: [vip]\n  exclude: [at_rsk]\n",
            'audience a, exclude: expected a segment, got "at_rsk". Did you mean "at_risk"?',
        ),
        (
            "- name: a\n  include: [at_risk]\n  holdout: 0.05\n",
            "audience a, holdout: expected at least 0.1, which segment at_risk holds out itself, got 0.05. Try",
        ),
        ("- name: a\n  inclde: [vip]\n", f'audience a: expected one of {KNOWN}, got "inclde". Did you mean "include"?'),
        ("- name: a\n", 'audience a: expected "include", got none.'),
        ("- include: [vip]\n", 'audience 1: expected "name", got none.'),
        ("- name: a\n  include: []\n", "audience a: include: expected at least one segment, got none."),
        ("- name: a\n  include: vip\n", "audience a: expected include to be a valid list, got 'vip'."),
        (
            "- name: a\n  include: [vip]\n  exclude: [vip]\n",
            'audience a: expected exclude to name other segments than include, got "vip" in both.',
        ),
        (
            "- name: a\n  include: [vip]\n  recent_buyers: often\n",
            'audience a: recent_buyers: expected a number of days such as "90 days", got "often".',
        ),
        (
            "- name: a\n  include: [vip]\n  frequency_cap: 4\n",
            'audience a: frequency_cap: expected "none" or settings such as contacts: 4 and within: "7 days", got "4".',
        ),
        (
            "- name: a\n  include: [vip]\n  frequency_cap: {contacts: 0}\n",
            "audience a, frequency_cap: expected contacts to be greater than or equal to 1, got 0.",
        ),
        (
            "- name: a\n  include: [vip]\n  frequency_cap: {channel: fax}\n",
            "audience a, frequency_cap: expected channel to be 'email', 'sms' or 'push', got 'fax'.",
        ),
        (
            "- name: a\n  include: [vip]\n  frequency_cap: {contcts: 3}\n",
            'audience a, frequency_cap: expected one of contacts, within, channel, got "contcts". Did',
        ),
        ("- name: a\n  include: [vip]\n  holdout: 1\n", "audience a: expected holdout to be less than 1, got 1."),
        ("- 5\n", 'audience 1: expected settings such as "name: …", got 5.'),
        ("a: 5\n", 'expected a list of audiences ("- name: …"), got settings.'),
        ("- name: a\n  include: [vip]\n" * 2, 'expected each audience once, got "a" 2 times.'),
        ("- name: [b\n", "expected YAML, got what is not"),
    ],
)
def test_a_mistake_is_told_with_its_place(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError) as error:
        load_audiences(file, SEGMENTS)
    said = re.sub(r"^audiences\.yaml(:\d+)?[,:] ", "", str(error.value))
    assert said.startswith(message)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- name: a\n  include: [vip]\n- name: b\n  inclde: [vip]\n", 4),
        ("- name: a\n  include: [vip]\n- name: b\n", 3),
        ("- name: a\n  include: [vip]\n  frequency_cap:\n    contacts: 4\n    channel: fax\n", 5),
        ("- name: a\n  title: A\n  include:\n  - vip\n  - at_rsk\n", 3),
        ("- name: a\n  include: [at_risk]\n  holdout: 0.05\n", 3),
        ("# ours\n- name: [b\n", 3),
    ],
)
def test_a_mistake_names_its_line(file: Path, text: str, line: int) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError, match=rf"^audiences\.yaml:{line}[,:] "):
        load_audiences(file, SEGMENTS)


def test_a_definition_has_another_version_when_it_asks_for_something_else_and_not_for_other_words(file: Path) -> None:
    plain, worded, other = (
        one(file, f"- name: a\n  include: [vip]\n{more}").definition_version
        for more in ("", "  title: All\n  owner: mara\n", "  quiet: 1 day\n")
    )
    assert plain == worded != other


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_file_on_the_page_can_be_read(file: Path) -> None:
    (text,) = blocks("yaml")
    file.write_text(text, encoding="utf-8")
    win_back = load_audiences(file, [*SEGMENTS, Segment(name="lapsed", when="true")])[-1]
    assert win_back.model_fields_set == Audience.model_fields.keys()
    assert win_back.quiet == timedelta(days=1)


def test_the_settings_on_the_page_are_the_defaults(tmp_path: Path) -> None:
    (text,) = blocks("toml")
    (tmp_path / "segcast.toml").write_text(f'[shop]\nname = "Corner shop"\n{text}', encoding="utf-8")
    assert load_settings(tmp_path).audiences == AudienceSettings()


def test_the_page_names_the_rules_in_their_order() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == list(RULES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("recent_buyer = '3 days'", 'there is no setting "audiences.recent_buyer". Did you mean "recent_buyers"?'),
        ("quiet = 'often'", '"audiences.quiet": expected a number of days such as "90 days", got "often".'),
        ("frequency_cap = 4", '"audiences.frequency_cap": expected "none" or settings such as contacts: 4'),
        ("[audiences.frequency_cap]\ncontact = 4", "Did you mean"),
    ],
)
def test_a_mistake_in_the_shops_settings_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "segcast.toml").write_text(f'[shop]\nname = "Corner shop"\n[audiences]\n{text}\n', encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        load_settings(tmp_path)
    assert message in str(error.value)


def test_a_segment_that_makes_no_sense_may_still_be_named_where_it_stops_nothing(file: Path) -> None:
    file.write_text("- name: a\n  include: [vip, broken]\n  exclude: [worse]\n")
    assert load_audiences(file, SEGMENTS, broken=["broken", "worse"])[-1].include == ("vip", "broken")
    with pytest.raises(SettingsError, match='expected a segment, got "broken"'):
        load_audiences(file, SEGMENTS)
