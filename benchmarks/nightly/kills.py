"""Nights that are killed at any moment and started again, beside a twin that nobody disturbs."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from benchmarks.nightly.exports import INGESTED, Exports, exports, moments
from benchmarks.nightly.held import Held, differing, held, orphans
from benchmarks.nightly.process import Asked, Ended, Work, start, undisturbed
from benchmarks.nightly.world import World, standing

KILLS, SEED = 50, 1
CUSTOMERS, DAYS_BEFORE = 700, 430
KILLS_A_NIGHT, NIGHTS_A_TRAINING = 3, 4
LATER = timedelta(minutes=10)  # after a kill, until the night is begun again
SHOWN = 5  # names of a night that differ
UNKNOWN_STEP = "before the first step, or between two"


@dataclass(frozen=True)
class Killed:
    """A process that was killed: in which night, after how many seconds, and at which step it was by its record."""

    night: int
    seconds: float
    step: str


@dataclass
class Kills:
    """What came of the kills: all that differs from the twin is named, once for each night."""

    usual_seconds: dict[str, float] = field(default_factory=dict)
    nights: int = 0
    killed: list[Killed] = field(default_factory=list)
    publications: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    store: list[str] = field(default_factory=list)
    destinations: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    not_ended_well: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the figures by the names that the table and programs know them under."""
        return {
            "kills": len(self.killed),
            "killed_nights": self.nights,
            "kills_by_step": dict(Counter(one.step for one in self.killed)),
            "publications_that_differ": len(self.publications),
            "orphans": len(self.orphans),
            "restarts_that_failed": len(self.not_ended_well),
            "models_that_differ": len(self.models),
            "tables_that_differ": len(self.store),
            "destinations_that_differ": len(self.destinations),
            "usual_s": {name: round(seconds, 2) for name, seconds in self.usual_seconds.items()},
            "amiss": [*self.publications, *self.models, *self.store, *self.destinations, *self.orphans],
            "failed": self.not_ended_well,
            "moments": [asdict(one) for one in self.killed],
        }


def measure(kills: int = KILLS, seed: int = SEED, customers: int = CUSTOMERS, days_before: int = DAYS_BEFORE) -> Kills:
    """Kill `kills` processes, up to three in a night: at any moment of it, in a chosen step, and at a chosen change.

    The first night reads the whole log, of `days_before`, and trains from nothing; every fourth trains anew.
    """
    nights = 2 * (kills // KILLS_A_NIGHT + 1)
    shop, told = exports(customers, days_before, nights, seed), Kills()
    with standing(shop) as twin, standing(shop) as world:
        killer = _Killer(told, world, kills, random.Random(seed))  # noqa: S311 - moments, not secrets
        for number, moment in enumerate(moments(nights)):
            asked = Asked(moment, moment + INGESTED, retrain=number % NIGHTS_A_TRAINING == 0)
            for one in (twin, world):
                (shop.night if number else shop.until)(one.project, moment)
            usual = undisturbed(twin, asked)
            if not usual.well:
                raise RuntimeError(f"Expected night {number} to end well undisturbed, got {' '.join(usual.problems)}")
            told.usual_seconds["training" if asked.retrain else "ordinary"] = usual.seconds
            killer.night(asked, usual)
            _compare(told, world, twin, shop)
            for one in (twin, world):
                one.take_into_service()
            told.nights += 1
            if len(told.killed) >= kills:
                break
    return told


@dataclass(frozen=True)
class _Killer:
    """Begins nights of a world and kills them, `kills` times in all."""

    told: Kills
    world: World
    kills: int
    dice: random.Random

    def night(self, asked: Asked, usual: Ended) -> None:
        """Begin a night, kill it, begin it again, and let it end in the end."""
        for nth in range(min(KILLS_A_NIGHT, self.kills - len(self.told.killed))):
            ended = self._killed(asked, usual, nth)
            if ended.exit_code >= 0:  # it ended by itself before: there is nothing to begin again
                break
            asked = Asked(asked.as_of, asked.at + LATER, asked.retrain)
        else:
            ended = undisturbed(self.world, asked)
        if not ended.well:
            sentence = f"exit code {ended.exit_code}: {' '.join(ended.problems)}"
            self.told.not_ended_well.append(f"night {self.told.nights}: {sentence}")

    def _killed(self, asked: Asked, usual: Ended, nth: int) -> Ended:
        work = start(self.world, asked)
        MOMENTS[nth % len(MOMENTS)](self, work, usual)
        ended = work.kill()
        if ended.exit_code < 0:
            at = ended.record.get("step") or UNKNOWN_STEP
            self.told.killed.append(Killed(self.told.nights, round(ended.seconds, 2), at))
        return ended

    def any_moment(self, work: Work, usual: Ended) -> None:
        """Wait for a moment drawn evenly from the usual length of the night."""
        work.wait(self.dice.uniform(0, usual.seconds))

    def in_a_step(self, work: Work, usual: Ended) -> None:
        """Wait for a moment of the step in which the fewest were killed so far, drawn from its usual length."""
        step = self._step(usual)
        work.wait_for(step)
        work.wait(self.dice.uniform(0, usual.steps[step]))

    def at_a_change(self, work: Work, usual: Ended) -> None:
        """Wait until something in the project's folder has just changed: between two writes that belong together."""
        work.wait_for_changes(self.dice.randint(1, max(usual.changes, 1)))

    def _step(self, usual: Ended) -> str:
        count = Counter(one.step for one in self.told.killed)
        fewest = min(count[step] for step in usual.steps)
        return self.dice.choice([step for step in usual.steps if count[step] == fewest])


MOMENTS = (_Killer.any_moment, _Killer.in_a_step, _Killer.at_a_change)


def _compare(told: Kills, world: World, twin: World, shop: Exports) -> None:
    """Write down all that differs after a night; if anything does, go on from what the twin holds."""
    ours, theirs, night = held(world), held(twin), f"night {told.nights}"
    told.publications += publications(night, ours, theirs)
    told.models += _differing(night, "models", differing(ours.models, theirs.models))
    told.store += _differing(night, "tables", differing(ours.store, theirs.store))
    told.destinations += _differing(night, "destinations", differing(ours.outside, theirs.outside))
    left = orphans(world, twin)
    told.orphans += [f"{night}: {one}" for one in left]
    if ours != theirs or left:
        world.become(twin, shop)


def publications(night: str, ours: Held, theirs: Held) -> list[str]:
    """Return what is amiss with the publications after a night: once, however many of their files differ."""
    named = f"{ours.publication or 'none'} for {theirs.publication}"
    return _differing(night, named, differing(ours.published, theirs.published))


def _differing(night: str, what: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return [f"{night}: {what}: {', '.join(names[:SHOWN])}{more}"]
