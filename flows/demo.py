"""A first project folder: an empty one to fill in, or the simulated shop's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.pressing import press, score
from flows.project import open_project
from flows.running import Tell, run
from pipeline.errors import UserError
from pipeline.publish.publication import Publication
from pipeline.settings import SETTINGS_FILE
from pipeline.shop.simulate import simulate
from pipeline.shop.write import CONSENTS_FILE, CUSTOMERS_FILE, EVENTS_FILE, write_shop

START = datetime(2024, 7, 1, tzinfo=UTC)
END = datetime(2026, 7, 1, tzinfo=UTC)
A_WEEK = timedelta(days=7)
TEMPLATES = Path(__file__).parent / "templates"


def write_settings(folder: Path, name: str) -> Path:
    """Write a `segcast.toml` to fill in, and never over one that is there."""
    return _write(folder, "shop.toml", {"NAME": name})


def run_demo(folder: Path, customers: int, seed: int, *, tell: Tell) -> Publication:
    """Simulate two years of a shop in `folder`, train a week before the end, publish then and at the end.

    The second publication is returned; it says what changed in the week.
    """
    if not (folder / SETTINGS_FILE).exists():
        tell(f"Simulating {customers:,} customers for two years")
        write_shop(simulate(customers, START, END, seed), folder / "data")
        files = {"EVENTS": EVENTS_FILE, "CUSTOMERS": CUSTOMERS_FILE, "CONSENTS": CONSENTS_FILE}
        _write(folder, "demo.toml", files)
    project = open_project(folder)
    run(project, END - A_WEEK, END, retrain=False, tell=tell)
    tell("Publishing a week later")
    return press(project, score(project, END))


def _write(folder: Path, template: str, values: dict[str, str]) -> Path:
    path = folder / SETTINGS_FILE
    if path.exists():
        raise UserError(f"Expected no {SETTINGS_FILE} in {folder}, found one. Edit it, or choose another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    path.write_text(text, encoding="utf-8")
    return path
