"""What the page about monitoring says is true: its settings load and are the usual ones, and it names all findings."""

import re
from pathlib import Path

from pipeline.settings import load_settings
from pipeline.settings.monitoring import ABOUT, MonitoringSettings

PAGE = (Path(__file__).parent.parent / "docs" / "monitoring.md").read_text(encoding="utf-8")


def test_the_example_of_settings_shows_what_holds_without_it(tmp_path):
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "segcast.toml").write_text(f'[shop]\nname = "Corner shop"\n{block}', encoding="utf-8")
    told, usual = load_settings(tmp_path).monitoring, MonitoringSettings()
    assert (told.block, told.retrain, told.retrain_every) == (usual.block, usual.retrain, usual.retrain_every)
    assert told.webhook_secret == "NIGHT_SECRET"  # noqa: S105 - the name of a variable


def test_whatever_a_finding_can_be_about_is_named_and_nothing_else():
    assert {name for name in re.findall(r"`([a-z ]+)`", PAGE) if name in ABOUT} == set(ABOUT)
    assert set(re.findall(r"^\| `([a-z ]+)` ", PAGE, re.MULTILINE)) <= set(ABOUT)
