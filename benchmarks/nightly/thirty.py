"""Thirty nights in a row with planted trouble: what was caught, on which night, and what was published."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from benchmarks.nightly.exports import INGESTED, Exports, exports, lately_known, moments
from benchmarks.nightly.process import Asked, Ended, undisturbed
from benchmarks.nightly.trouble import MONTH, Trouble
from benchmarks.nightly.world import World, standing
from pipeline.publish.destinations.outbox.outbox import reading_outbox

NIGHTS, SEED = 30, 1
CUSTOMERS, DAYS_BEFORE = 1500, 430
TRAINED_EVERY = 7
SEVERE, WARNING, NOTE = "severe", "warning", "note"
DELIVERED = timedelta(hours=1)  # before the night's moment, a late export comes in


@dataclass(frozen=True)
class NightTold:
    """A night: what was `planted`, what was `caught` of it, and what it left published and told."""

    night: int
    as_of: datetime
    planted: tuple[str, ...]
    caught: tuple[str, ...]
    quiet: bool
    exit_code: int
    outcome: str | None
    findings: tuple[str, ...]
    problems: tuple[str, ...]
    in_force: str | None
    is_new: bool
    held: Mapping[str, str | None]
    trained: bool
    seconds: float


@dataclass
class Month:
    """The nights, and the troubles that there were."""

    troubles: tuple[Trouble, ...]
    nights: list[NightTold] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return what became of each trouble, the false alarms, and the table by night."""
        quiet = [one for one in self.nights if one.quiet]
        return {
            "nights": len(self.nights),
            "published_nights": sum(one.is_new for one in self.nights),
            "troubles": {one.name: self._became(one) for one in self.troubles},
            "troubles_caught": sum(self._became(one)["caught_on"] is not None for one in self.troubles),
            "quiet_nights": len(quiet),
            "false_alarms": {severity: self._alarms(severity) for severity in (SEVERE, WARNING)},
            "quiet_nights_not_published": sum(not one.is_new for one in quiet),
            "table": [asdict(one) | {"as_of": one.as_of.isoformat()} for one in self.nights],
        }

    def _alarms(self, severity: str) -> int:
        """Count the quiet nights with a finding of a severity that was not told the night before in the same words."""
        before: frozenset[str] = frozenset()
        alarms = 0
        for one in self.nights:
            fresh = frozenset(one.findings) - before
            alarms += one.quiet and any(sentence.startswith(severity) for sentence in fresh)
            before = frozenset(one.findings)
        return alarms

    def _became(self, trouble: Trouble) -> dict[str, Any]:
        caught = [one.night for one in self.nights if trouble.name in one.caught]
        during = [one for one in self.nights if trouble.is_on(one.night)]
        return {
            "first_night": trouble.first,
            "last_night": trouble.last,
            "caught_on": caught[0] if caught else None,
            "nights_after": caught[0] - trouble.first if caught else None,
            "exit_codes": [one.exit_code for one in during],
            "published_meanwhile": sum(one.is_new for one in during),
        }


def measure(
    nights: int = NIGHTS,
    seed: int = SEED,
    month: Sequence[Trouble] = MONTH,
    *,
    customers: int = CUSTOMERS,
    days_before: int = DAYS_BEFORE,
) -> Month:
    """Live through `nights`, each with its export, its trouble and its run; train anew every week."""
    shop = exports(customers, days_before, nights, seed)
    told = Month(tuple(one for one in month if one.first < nights))
    with standing(shop) as world:
        for night, moment in enumerate(moments(nights)):
            plant(world, shop, told.troubles, night)
            retrain = night % TRAINED_EVERY == 0 or any(one.retrains and night == one.last + 1 for one in told.troubles)
            ended = undisturbed(world, Asked(moment, moment + INGESTED, retrain))
            told.nights.append(_told(world, told, ended, night, moment))
            world.take_into_service()
    return told


def plant(world: World, shop: Exports, troubles: Sequence[Trouble], night: int) -> None:
    """Let what is to befall a night befall it, and write its exports."""
    for one in troubles:
        if night == one.last + 1:
            one.ends(world)
        if night == one.first:
            one.begins(world)
    moment = list(moments(night + 1))[-1]
    if night == 0:
        shop.until(world.project, moment)
    elif not any(one.withheld and one.is_on(night) for one in troubles):
        shop.night(world.project, moment, lambda events: _befallen(events, troubles, night))
    for one in troubles:
        if one.late is not None and one.brings(night):
            own = list(moments(night - one.late + 1))[-1]
            shop.night(
                world.project,
                own,
                lambda events: lately_known(_befallen(events, troubles, night), moment - DELIVERED),
            )


def _befallen(events: pa.Table, troubles: Sequence[Trouble], night: int) -> pa.Table:
    for one in troubles:
        if one.changes(night):
            events = one.change(events)
    return events


def _told(world: World, told: Month, ended: Ended, night: int, moment: datetime) -> NightTold:
    """Put down what a night left: in its record, in force, and with those outside."""
    record = ended.record
    findings = tuple(f"{one['severity']}, {one['about']}: {one['sentence']}" for one in record.get("findings", ()))
    heard = [*findings, *ended.problems]
    before = told.nights[-1].in_force if told.nights else None
    pointer = world.project / "published" / "LATEST"
    in_force = pointer.read_text(encoding="utf-8").strip() if pointer.exists() else None
    return NightTold(
        night=night,
        as_of=moment,
        planted=tuple(one.name for one in told.troubles if one.is_on(night)),
        caught=tuple(_caught(told, night, heard)),
        quiet=not any(one.disturbs(night) for one in told.troubles),
        exit_code=ended.exit_code,
        outcome=record.get("outcome"),
        findings=findings,
        problems=ended.problems,
        in_force=in_force,
        is_new=in_force is not None and in_force != before,
        held=_held(world),
        trained="train" in ended.steps,
        seconds=round(ended.seconds, 1),
    )


def _caught(told: Month, night: int, heard: Sequence[str]) -> Iterator[str]:
    """Yield the troubles that something said that night is about, of those that have begun and may be heard of.

    What was said in the same words before a trouble began is not about it.
    """
    for one in told.troubles:
        before = {sentence for past in told.nights[: one.first] for sentence in past.findings}
        fresh = (sentence for sentence in heard if sentence not in before)
        if one.disturbs(night) and any(one.is_told_by(sentence) for sentence in fresh):
            yield one.name


def _held(world: World) -> dict[str, str | None]:
    """Return which publication each destination was last told of to the end."""
    if not (world.project / "outbox.db").exists():
        return {}
    with reading_outbox(world.project) as outbox:
        told = {name: outbox.last_told(name) for name in ("share", "hook")}
    return {name: one.publication_id if one else None for name, one in told.items()}
