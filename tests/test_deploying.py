"""What the pages about running Segcast say can be done, and the files to do it with are sound."""

import configparser
import re
from pathlib import Path

import pytest

from pipeline.settings import load_settings
from tests.commands import blocks, parsed, segcast_lines

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "examples" / "deploy"
PAGES = {name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("deploying", "spark")}
UNITS = sorted(DEPLOY.glob("*.service"))
CONTAINER = (DEPLOY / "Containerfile").read_text(encoding="utf-8")


def commands():
    lines = [line for page in PAGES.values() for block in blocks(page, "sh") for line in segcast_lines(block)]
    lines += [line for path in DEPLOY.iterdir() for line in segcast_lines(path.read_text(encoding="utf-8"))]
    return sorted(set(lines))


def unit(path):
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str
    read.read(path, encoding="utf-8")
    return read


@pytest.mark.parametrize("line", commands())
def test_every_command_exists_with_its_options(line):
    assert parsed(line)


def test_there_are_commands():
    assert len(commands()) > 8
    assert {"segcast run --project /srv/my-shop", "segcast serve --project /srv/my-shop"} <= set(commands())


@pytest.mark.parametrize("block", [block for page in PAGES.values() for block in blocks(page, "toml")])
def test_the_settings_can_be_read(tmp_path, block):
    (tmp_path / "segcast.toml").write_text(f'[shop]\nname = "Corner shop"\n{block}', encoding="utf-8")
    assert load_settings(tmp_path)


def test_the_container_installs_by_hash_copies_what_there_is_and_runs_as_nobodys_root():
    build, run = re.split(r"^FROM .*$", CONTAINER, flags=re.MULTILINE)[1:]
    assert "--require-hashes -r requirements.lock" in build
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", build, re.MULTILINE):
        assert all((ROOT / source).exists() for source in sources.split()), sources
    assert re.findall(r"^USER (\w+)$", run, re.MULTILINE)[-1] != "root"
    assert run.index("\nUSER ") < run.index("\nENTRYPOINT ")
    assert 'ENTRYPOINT ["segcast"]' in run
    assert re.search(r"^VOLUME /project$", run, re.MULTILINE)


def test_every_image_has_a_version_and_no_secret_is_in_the_container():
    assert all(
        re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*", image)
        for image in re.findall(r"^FROM (\S+)", CONTAINER, re.MULTILINE)
    )
    assert not re.search(r"(?i)^(?:ENV|ARG).*(?:key|token|secret|password)", CONTAINER, re.MULTILINE)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_runs_once_as_somebody_and_tells_of_units_that_there_are(path):
    read = unit(path)
    assert read["Service"]["Type"] == "oneshot"
    assert read["Service"]["User"] == "segcast"
    assert all((DEPLOY / name).exists() for name in read["Unit"].get("OnFailure", "").split())


def test_a_mistake_or_a_night_held_back_is_not_tried_again_and_a_hung_one_ends():
    service = unit(DEPLOY / "segcast.service")["Service"]
    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("on-failure", "2 3")
    assert re.fullmatch(r"\d+h", service["TimeoutStartSec"])


def test_a_night_is_tried_three_times_even_if_each_hangs_and_the_next_night_begins_anew():
    read = unit(DEPLOY / "segcast.service")
    hung = int(read["Service"]["TimeoutStartSec"].removesuffix("h"))
    tries = int(read["Unit"]["StartLimitBurst"])
    counted = int(read["Unit"]["StartLimitIntervalSec"].removesuffix("h"))
    assert tries == 3
    assert tries * (hung + 1 / 6) < counted < 23  # an hour less, for the day on which the clocks go forward
    assert read["Service"]["RestartSec"] == "10min"


def test_the_timer_starts_the_service_of_its_name_and_makes_good_what_was_missed():
    assert (DEPLOY / "segcast.service").exists()
    assert unit(DEPLOY / "segcast.timer")["Timer"]["Persistent"] == "true"


def test_cron_ends_a_night_that_hangs_and_removes_old_records():
    lines = [line for line in (DEPLOY / "segcast.cron").read_text(encoding="utf-8").splitlines() if line[:1].isdigit()]
    assert all(re.match(r"\d+ \d+ \S+ \S+ \S+ segcast ", line) for line in lines)
    assert any("timeout 6h" in line and "segcast run" in line for line in lines)
    assert any("runs" in line and "-mtime +90 -delete" in line for line in lines)
