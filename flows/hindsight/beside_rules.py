"""Predicted lists beside the rules that look for the same customers, by what publications recorded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flows.hindsight.matured import Hindsight, rows_of
from flows.hindsight.words import NO_ORDER, happened_in_words
from models.judging.observed import mean_difference
from models.tasks import Task, TaskKind
from pipeline.events.event_types import ORDER_PLACED
from pipeline.publish.published import Publication
from pipeline.publish.record import AgainstRule
from pipeline.segments.membership import Memberships
from pipeline.segments.segment import Segment, SegmentKind
from pipeline.segments.versus.lead_time import silence_of
from pipeline.segments.versus.pairs import PAIRS, Pair
from pipeline.segments.versus.recorded import STAYS, Leads, leads
from pipeline.windows.arrays import Mask

DAY = timedelta(days=1)
ALONE = ("only_predicted", "only_rule")
MOST = 13  # publications in which stays are looked for


@dataclass(frozen=True)
class Lists:
    """The members of some segments at a moment, with since when and by what each is in, and the versions of all."""

    as_of: datetime
    versions: Mapping[str, str]
    table: pa.Table

    def of(self, segment: str) -> pa.Table:
        """Return the members of one segment."""
        return self.table.filter(pc.field("segment") == segment)

    def alike(self, other: "Lists", pair: Pair) -> bool:
        """Say whether both segments were decided, as they are defined in the other lists, and the one by a model."""
        names = (pair.predicted, pair.rule)
        same = all(name in self.versions and self.versions[name] == other.versions[name] for name in names)
        return same and self.of(pair.predicted)["kind"].unique().to_pylist() in ([], [SegmentKind.PREDICTED])


@dataclass(frozen=True)
class Published:
    """An earlier publication and the lists that it held."""

    publication: Publication
    lists: Lists


@dataclass(frozen=True)
class RulesBeside:
    """Tonight's lists, and what is needed to tell how they did: `earlier` publications, oldest first, one a moment."""

    hindsight: Hindsight
    now: Lists
    earlier: Sequence[Publication]
    recent: Sequence[Published]

    def told(self, pair: Pair, task: Task, rule: Segment) -> AgainstRule:
        """Return how the two lists meet, which was the earlier one, and what came of the members of each."""
        predicted, by_rule = (self.now.of(name)["customer_id"] for name in (pair.predicted, pair.rule))
        both = pc.sum(pc.is_in(predicted, value_set=by_rule.combine_chunks())).as_py() or 0
        waits = task.target_node == NO_ORDER and silence_of(rule.condition) is not None
        watched = self._watched(pair, task) if waits else [self.now]
        found = self._leads(pair, task, watched) if len(watched) > 1 else Leads()
        right = self._right(pair, task)
        return AgainstRule(
            predicted=pair.predicted,
            rule=pair.rule,
            both=both,
            only_predicted=len(predicted) - both,
            only_rule=len(by_rule) - both,
            lead_days=found.days,
            same_day=found.same_day,
            later=found.later,
            never=found.never,
            watched_days=(self.now.as_of - watched[-1].as_of) // DAY,
            came_true=right.shares,
            came_true_as_of=right.as_of,
            apart=right.apart,
            happened=happened_in_words(task),
        )

    def _watched(self, pair: Pair, task: Task) -> list[Lists]:
        """Return the lists from now back to where either was not decided as now: from there on, stays are known.

        A list by a model that was trained after its moment, as when the past is published again, names nobody first.
        """
        if not self.hindsight.foretells(task.name):
            return [self.now]
        alike = takewhile(lambda one: self._is_watched(one, pair, task), reversed(self.recent))
        return [self.now, *(one.lists for one in alike)]

    def _is_watched(self, one: Published, pair: Pair, task: Task) -> bool:
        return self.hindsight.foretold(one.publication, task.name) is not None and one.lists.alike(self.now, pair)

    def _leads(self, pair: Pair, task: Task, watched: Sequence[Lists]) -> Leads:
        since = watched[-1].as_of
        rule = self._stays(pair.rule, watched)
        met = rule.filter(pc.field("since") > pa.scalar(since, STAYS.field("since").type))["customer_id"].unique()
        rule, named = (
            one.filter(pc.is_in(one["customer_id"], value_set=met))
            for one in (rule, self._named(self._stays(pair.predicted, watched), task))
        )
        return leads(named, rule, self._orders(met), since)

    def _named(self, stays: pa.Table, task: Task) -> pa.Table:
        """Return stays, of those that a model who knew what was to come began, what followed the last such list."""
        knew = [one.as_of for one in self.earlier if self.hindsight.foretold(one, task.name) is None]
        if not knew:
            return stays
        honest = min([one.as_of for one in self.earlier if one.as_of > max(knew)], default=self.now.as_of)
        first = pa.scalar(honest, STAYS.field("since").type)
        since = pc.if_else(pc.less(stays["since"], first), first, stays["since"])
        return stays.set_column(STAYS.get_field_index("since"), STAYS.field("since"), since)

    def _stays(self, segment: str, watched: Sequence[Lists]) -> pa.Table:
        stays = pa.concat_tables([one.of(segment).select(STAYS.names).cast(STAYS) for one in watched])
        return self.hindsight.still_known(stays)

    def _orders(self, customers: pa.Array) -> pa.Table:
        store = self.hindsight.project.store
        events = store.history(self.hindsight.as_of).events
        orders = events.filter(events.event_type == ORDER_PLACED)
        among = ibis.memtable(pa.table({"customer_id": customers}))
        return store.engine.to_pyarrow(orders.semi_join(among, "customer_id").select("customer_id", "occurred_at"))

    def _right(self, pair: Pair, task: Task) -> "Right":
        """Return of how many of each group it came true, by the newest publication that can tell."""
        for publication in reversed(self.earlier):
            asked = self.hindsight.predicted(publication, task.name)
            if asked is None or asked.task != task or not self.hindsight.is_over(publication, task):
                continue
            lists = lists_of(publication, (pair.predicted, pair.rule))
            right = self._right_then(pair, task, lists) if lists and lists.alike(self.now, pair) else None
            if right is not None:
                return right
        return Right()

    def _right_then(self, pair: Pair, task: Task, lists: Lists) -> "Right | None":
        known = self.hindsight.still_known(lists.table)
        customers = known["customer_id"].unique()
        predicted, rule = (_is_in(customers, known, name) for name in (pair.predicted, pair.rule))
        told = self.hindsight.came(task, customers, lists.as_of)
        if told is None:
            return None
        came = told > 0
        groups = {"both": predicted & rule, "only_predicted": predicted & ~rule, "only_rule": rule & ~predicted}
        shares = {name: (float(came[mark].mean()), int(mark.sum())) for name, mark in groups.items() if mark.any()}
        gap = mean_difference(*(came[groups[name]].astype(float) for name in ALONE), shares=True)
        return Right(shares, (gap.difference, gap.low, gap.high) if gap else None, lists.as_of)


@dataclass(frozen=True)
class Right:
    """Of how many of each group it came true, as `AgainstRule` says of `came_true`, `apart` and its moment."""

    shares: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    apart: tuple[float, float, float] | None = None
    as_of: datetime | None = None


def against_rules(
    hindsight: Hindsight, now: Memberships, earlier: Sequence[Publication], pairs: Sequence[Pair] = PAIRS
) -> tuple[AgainstRule, ...]:
    """Return how predicted lists did beside rules, of the pairs whose one a model decided now and other was decided.

    `earlier` are the publications before, oldest first, one a moment.
    """
    decided = {segment.name: segment for segment in now.decided}
    asked = [(pair, task) for pair in pairs if pair.rule in decided for task in _tasks(hindsight, decided, pair)]
    names = tuple(dict.fromkeys(name for pair, _ in asked for name in (pair.predicted, pair.rule)))
    if not names:
        return ()
    versions = {name: segment.definition_version for name, segment in decided.items()}
    table = now.table.filter(pc.is_in(now.table["segment"], pa.array(names)))
    recent = [Published(one, lists) for one in earlier[-MOST:] if (lists := lists_of(one, names))]
    beside = RulesBeside(hindsight, Lists(now.as_of, versions, table), earlier, recent)
    return tuple(beside.told(pair, task, decided[pair.rule]) for pair, task in asked)


def lists_of(publication: Publication, names: Sequence[str]) -> Lists | None:
    """Return the members of some segments as they were published, None where these cannot be read."""
    columns = ("customer_id", "segment", "kind", "since")
    table = rows_of(publication, "memberships", columns, pc.field("segment").isin(names))
    return None if table is None else Lists(publication.as_of, publication.definitions, table)


def _tasks(hindsight: Hindsight, decided: Mapping[str, Segment], pair: Pair) -> Iterator[Task]:
    """Yield the task whose probability decides a pair's predicted segment, if any does."""
    if pair.predicted in decided:
        needs = decided[pair.predicted].needs
        likely = [task for task in hindsight.project.tasks if task.kind is TaskKind.PROBABILITY]
        yield from [task for task in likely if task.prediction in needs][:1]


def _is_in(customers: pa.Array, rows: pa.Table, segment: str) -> Mask:
    members = rows.filter(pc.field("segment") == segment)["customer_id"].combine_chunks()
    return np.asarray(pc.is_in(customers, value_set=members).to_numpy(zero_copy_only=False))
