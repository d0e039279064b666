"""What goes wrong in a month of nights: each trouble with its nights, what brings it about and what ends it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.nightly.exports import Change
from benchmarks.nightly.world import World
from flows.project import Project
from models.registry import CHAMPION, CLUSTERS
from pipeline.events.tables import EVENTS
from pipeline.settings import load_settings

SHOCK = 1.3
AMOUNT, RENAMED = "amount", "net_amount"
OPENED, VIEWED = "email_opened", "product_viewed"
MODEL = "churn"
FLIPPED, ALL_BITS = 64, 0xFF  # bytes

Act = Callable[[World], None]


def _nothing(world: World) -> None:
    del world


def _as_it_is(events: pa.Table) -> pa.Table:
    return events


@dataclass(frozen=True)
class Trouble:
    """Something that goes wrong from the night `first` to the night `last`, both included.

    `begins` is done before the first of them, `ends` before the night after the last. `change` befalls the events of
    the exports of those nights, and where it is `lasting` of all that follow. `withheld` exports come `late` nights
    after their own, or never. `signs` is what a finding or an error says that catches it; a month's night is `quiet`
    again `echoes` nights after the last. `retrains` says that the night after the last trains.
    """

    name: str
    first: int
    last: int
    signs: str
    begins: Act = field(default=_nothing)
    ends: Act = field(default=_nothing)
    change: Change = field(default=_as_it_is)
    lasting: bool = False
    withheld: bool = False
    late: int | None = None
    echoes: int = 1
    retrains: bool = False

    def is_on(self, night: int) -> bool:
        """Whether it goes wrong that night."""
        return self.first <= night <= self.last

    def changes(self, night: int) -> bool:
        """Whether that night's export is befallen."""
        return self.is_on(night) or (self.lasting and night > self.last)

    def brings(self, night: int) -> bool:
        """Whether a withheld export comes that night."""
        return self.late is not None and self.is_on(night - self.late)

    def disturbs(self, night: int) -> bool:
        """Whether it goes wrong that night, or may still be heard of."""
        return self.first <= night <= self.last + (self.late or 0) + self.echoes

    def is_told_by(self, sentence: str) -> bool:
        """Whether a finding or an error is about it."""
        return re.search(self.signs, sentence) is not None


def without_opens(events: pa.Table) -> pa.Table:
    """Lose the openings of e-mails."""
    return events.filter(pc.not_equal(events["event_type"], OPENED))


def without_views(events: pa.Table) -> pa.Table:
    """Lose the views of products."""
    return events.filter(pc.not_equal(events["event_type"], VIEWED))


def renamed(events: pa.Table) -> pa.Table:
    """Call a column otherwise."""
    return events.rename_columns([RENAMED if name == AMOUNT else name for name in events.column_names])


def dearer(events: pa.Table) -> pa.Table:
    """Raise every amount."""
    name = AMOUNT if AMOUNT in events.column_names else RENAMED
    kind = events.schema.field(name).type
    raised = pc.round(pc.multiply(pc.cast(events[name], pa.float64()), SHOCK), ndigits=2)
    return events.set_column(events.column_names.index(name), name, pc.cast(raised, kind, safe=False))


def mend_settings(world: World) -> None:
    """Read the column under its new name, and move the exports away that were read under the old one."""
    path = world.project / "segcast.toml"
    told = path.read_text(encoding="utf-8").replace(f'{AMOUNT} = "{AMOUNT}"', f'{AMOUNT} = "{RENAMED}"')
    path.write_text(told, encoding="utf-8")
    archive = world.project / "archive"
    archive.mkdir()
    for file in (world.project / "data" / "events").iterdir():
        if AMOUNT in pq.read_schema(file).names:
            file.rename(archive / file.name)


def go_away(world: World) -> None:
    """Let the receiver be away."""
    world.receiver.up = False


def come_back(world: World) -> None:
    """Let the receiver be there again."""
    world.receiver.up = True


def damage_model(world: World) -> None:
    """Flip bytes in the middle of the largest file of a model in service: churn, or else the clusters."""
    registry = Project(world.project, load_settings(world.project)).registry
    version = registry.find(MODEL, CHAMPION) or registry.find(CLUSTERS, CHAMPION)
    if version is None:
        raise RuntimeError("Expected a model in service to damage, found none.")
    damage(max((path for path in version.folder.rglob("*") if path.suffix != ".html"), key=_size))


def damage_store(world: World) -> None:
    """Cut the largest file of the event log short, as a copy that broke off; the whole one is kept elsewhere."""
    place = _largest_of_log(world)
    content = place.read_bytes()
    (world.root / "backup").write_bytes(content)
    (world.root / "backup.of").write_text(str(place), encoding="utf-8")
    place.write_bytes(content[: len(content) // 2])


def restore_store(world: World) -> None:
    """Put the copy back."""
    place = Path((world.root / "backup.of").read_text(encoding="utf-8"))
    place.write_bytes((world.root / "backup").read_bytes())


def damage(path: Path) -> None:
    """Flip some bytes in the middle of a file."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    for place in range(middle, min(middle + FLIPPED, len(content))):
        content[place] ^= ALL_BITS
    path.write_bytes(bytes(content))


def _largest_of_log(world: World) -> Path:
    project = Project(world.project, load_settings(world.project))
    return max((Path(name) for name in project.store.files(EVENTS)), key=_size)


def _size(path: Path) -> int:
    return path.stat().st_size


MONTH = (
    Trouble("destination away", 2, 3, "the status was 503", begins=go_away, ends=come_back, echoes=0),
    Trouble("product views missing", 5, 7, VIEWED, change=without_views, echoes=2),
    # The simulated shop sends a mailing then: there are openings to lose.
    Trouble("e-mail openings missing", 10, 12, OPENED, change=without_opens),
    Trouble("no export at all", 14, 14, "last 24 hours|Every event type", withheld=True),
    Trouble("column renamed", 16, 18, AMOUNT, change=renamed, ends=mend_settings, lasting=True),
    Trouble("model damaged", 20, 20, "Expected a model of this", begins=damage_model, retrains=True, echoes=0),
    Trouble("file late", 22, 22, "last 24 hours|Every event type", withheld=True, late=3, echoes=0),
    Trouble("table damaged", 26, 26, r"store/events.*\.parquet", begins=damage_store, ends=restore_store, echoes=0),
    Trouble("prices up by 30 %", 27, 29, "amounts", change=dearer, lasting=True),
)
"""The troubles of the thirty nights, in order; a shorter month has those that begin in it."""
