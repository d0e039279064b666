"""A first project folder: an empty one to fill in, or the simulated shop's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.night.night import Night, night
from flows.night.order import ORDER
from flows.plain import Tell, plain_do
from flows.project import open_project
from pipeline.errors import UserError
from pipeline.settings import SETTINGS_FILE
from pipeline.shop.write import write_shop

START = datetime(2024, 7, 1, tzinfo=UTC)
END = datetime(2026, 7, 1, tzinfo=UTC)
A_WEEK = timedelta(days=7)
ARRIVED = END + timedelta(days=14)  # by when the last late event of the simulated shop has come in
TEMPLATES = Path(__file__).parent / "templates"


def write_settings(folder: Path, name: str) -> Path:
    """Write a `segcast.toml` to fill in, and never over one that is there."""
    return _write(folder, (TEMPLATES / "shop.toml").read_text(encoding="utf-8").replace("@NAME@", name))


def make_shop(folder: Path, customers: int, seed: int) -> None:
    """Write two years of the simulated shop's files into `folder`, with the settings that read them."""
    write_shop(folder / "data", customers, START, END, seed)
    _write(folder, (TEMPLATES / "demo.toml").read_text(encoding="utf-8"))


def run_demo(folder: Path, customers: int, seed: int, *, tell: Tell) -> Night:
    """Simulate a shop in `folder` unless there is one, and carry out two nights: a week before the end, and at the end.

    The first one trains. The second is returned; its publication says what changed in the week.
    """
    if not (folder / SETTINGS_FILE).exists():
        tell(f"Simulating {customers:,} customers for two years")
        make_shop(folder, customers, seed)
    project, do = open_project(folder), plain_do(tell, order=ORDER)
    night(project, END - A_WEEK, ARRIVED, do=do, anyway=True)
    tell("A week later")
    return night(project, END, ARRIVED, do=do, anyway=True)


def _write(folder: Path, text: str) -> Path:
    path = folder / SETTINGS_FILE
    if path.exists():
        raise UserError(f"Expected no {SETTINGS_FILE} in {folder}, found one. Edit it, or choose another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
