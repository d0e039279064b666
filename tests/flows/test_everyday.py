"""What every command owes to whoever uses it day by day: JSON for programs, names that complete themselves."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import click
import pytest
from click.shell_completion import ShellComplete

from flows.cli.main import cli
from flows.cli.options import Days
from tests.rows import AS_OF

WITHOUT_JSON = {
    ("completion",): "it prints a script for a shell",
}
NAMES = 'name = "north"\nto = "files"\npath = "out"\n'


def commands(group=cli, path=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


@pytest.mark.parametrize(("path", "command"), [pytest.param(*one, id=" ".join(one[0])) for one in commands()])
def test_every_command_speaks_json(path, command):
    speaks = any("--json" in option.opts for option in command.params)
    assert speaks is (path not in WITHOUT_JSON)


def test_numbers_of_a_publication_are_numbers_in_json(segcast, corner_shop):
    assert segcast("ingest", "--project", corner_shop).code == 0
    said = segcast("publish", "--project", corner_shop, "--as-of", f"{AS_OF:%Y-%m-%d}", "--json")
    (one,) = [row for row in json.loads(said.out)["segments"] if row["segment"] == "one_time"]
    assert isinstance(one["size"], int)
    assert isinstance(one["share"], float)


def test_small_commands_speak_json_too(segcast, tmp_path):
    begun = json.loads(segcast("init", "--project", tmp_path, "--json").out)
    assert begun == {"settings": str(tmp_path / "segcast.toml")}
    sql = json.loads(segcast("segments", "sql", "orders_365d > 1", "--project", tmp_path, "--json").out)
    assert "orders_365d" in sql["sql"]
    shop = segcast("simulate", tmp_path / "shop", "--customers", "3", "--process", "textbook", "--json")
    assert json.loads(shop.out)["customers"] == 3


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(segcast, shell):
    said = segcast("completion", shell)
    assert said.code == 0
    assert "_SEGCAST_COMPLETE" in said.out


@pytest.fixture
def shop(corner_shop):
    """A corner shop with a name of everything that has names."""
    settings = corner_shop / "segcast.toml"
    written = settings.read_text(encoding="utf-8")
    settings.write_text(f"{written}[[destinations]]\n{NAMES}[tasks.refund]\ntarget = 'x'\n", encoding="utf-8")
    (corner_shop / "segments.yaml").write_text("- name: fans\n  when: orders_365d > 3\n", encoding="utf-8")
    (corner_shop / "audiences.yaml").write_text("- name: friends\n  include: [fans]\n", encoding="utf-8")
    (corner_shop / "published" / "2026-03-01-abc").mkdir(parents=True)
    (corner_shop / "published" / "2026-03-01-abc" / "manifest.json").write_text("{}", encoding="utf-8")
    return corner_shop


def offered(*words):
    """What a shell offers when the last of these words is being typed."""
    *before, typed = map(str, words)
    completer = ShellComplete(cli, {}, "segcast", "_SEGCAST_COMPLETE")
    return [item.value for item in completer.get_completions(before, typed)]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("segments", "show", "--project", "HERE", "fa"), "fans"),
        (("segments", "show", "--project", "HERE", "at_"), "at_risk"),
        (("audience", "--project", "HERE", "fri"), "friends"),
        (("sync", "--project", "HERE", "--to", ""), "north"),
        (("sync", "--project", "HERE", "--publication", "2026"), "2026-03-01-abc"),
        (("ingest", "--project", "HERE", "--source", ""), "orders"),
        (("train", "--project", "HERE", "--task", "re"), "refund"),
        (("models", "rollback", "--project", "HERE", "cl"), "clusters"),
        (("features", "show", "orders_9"), "orders_90d"),
        (("dem",), "demo"),
    ],
)
def test_names_are_offered_where_a_command_takes_one(shop, words, name):
    assert name in offered(*(shop if word == "HERE" else word for word in words))


def test_where_there_is_no_project_nothing_is_offered_and_nothing_fails(tmp_path):
    assert offered("sync", "--project", tmp_path, "--to", "") == []


def test_settings_that_cannot_be_read_offer_nothing(tmp_path):
    (tmp_path / "segcast.toml").write_text("[shop", encoding="utf-8")
    assert offered("ingest", "--project", tmp_path, "--source", "") == []


def test_a_shell_is_answered_without_anything_heavy(shop):
    script = "import sys\nfrom flows.cli.main import main\ntry:\n    main()\nfinally:\n    print(*sys.modules)"
    typed = {"COMP_WORDS": f"segcast sync --project {shop} --to ", "COMP_CWORD": "5"}
    told = {"_SEGCAST_COMPLETE": "bash_complete", **typed}
    command = [sys.executable, "-c", script]
    said = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **told})
    assert "plain,north" in said.stdout
    assert said.stderr == ""
    heavy = {"ibis", "pandas", "numpy", "pyarrow", "mlflow", "prefect", "pydantic", "yaml"}
    assert not heavy & set(said.stdout.split())


def test_a_file_that_was_read_before_is_counted_and_not_listed(segcast, corner_shop):
    first = segcast("ingest", "--project", corner_shop).out
    assert "orders.csv" in first
    assert "Read before" not in first
    assert segcast("ingest", "--project", corner_shop).out == "Read before, with nothing new in them: 1 file.\n"


@pytest.mark.parametrize("said", ["7", "7d", "7 days"])
def test_an_option_in_days_takes_the_bare_number_too(said):
    assert Days().convert(said, None, None) == timedelta(days=7)


@pytest.mark.parametrize("said", ["0", "-7", "often", "7 weeks"])
def test_what_is_no_number_of_days_is_refused(said):
    with pytest.raises(click.BadParameter, match='expected a number of days such as "90 days"'):
        Days().convert(said, None, None)
