"""A small shop with publications, and a small platform behind real HTTP that keeps what it is told."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from pyrate_limiter import Rate

from pipeline.errors import BatchRefusedError
from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS
from pipeline.publish.destinations.destination import Batch, Kept, Part, Receipt, Row
from pipeline.publish.destinations.http import Api
from pipeline.publish.destinations.outbox.outbox import Outbox, writing_outbox
from pipeline.publish.destinations.pacing import Clock, Pace
from pipeline.publish.destinations.telling.addresses import Addresses
from pipeline.publish.destinations.telling.sync import sync_platform
from pipeline.publish.destinations.telling.told import Told
from pipeline.publish.edition import DataFacts, Edition, ShopFacts
from pipeline.publish.publication import Publication, publish
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.deciding import SCHEMA, Audiences
from pipeline.segments.membership import assign
from pipeline.segments.profiles import Profiles
from pipeline.segments.segment import Segment
from pipeline.segments.settle import LeftOut
from pipeline.settings.destinations import WebhookDestination
from tests.loopback import Answering, Received, Reply, Server, SimulatedClock, serving
from tests.rows import AS_OF, arrow, days_before, event

NOW = AS_OF + timedelta(hours=6)
VIP = Segment(name="vip", when="expected_spend >= 100", title="VIP")
AT_RISK = Segment(name="at_risk", when="churn_probability >= 0.6", title="At risk")
SEGMENTS = (VIP, AT_RISK)


def person(customer_id: str, churn: float | None = 0.2, spend: float | None = 10.0) -> dict[str, object]:
    """A customer as predicted."""
    band = None if churn is None else "high" if churn >= 0.6 else "low"
    return {"customer_id": customer_id, "churn_probability": churn, "churn_band": band, "expected_spend": spend}


def edition(
    people: Sequence[Mapping[str, object]],
    *,
    as_of: datetime = AS_OF,
    segments: Sequence[Segment] = SEGMENTS,
    left_out: Sequence[str] = (),
    lists: Mapping[str, Sequence[str]] | None = None,
    held_out: Sequence[str] = (),
) -> Edition:
    """What the shop publishes; `lists` are audiences of one segment each, with whom they include."""
    profiles = Profiles(as_of, pa.Table.from_pylist(list(people)))
    decided = [segment for segment in segments if segment.name not in left_out]
    memberships = assign(decided, profiles, None)
    why = tuple(LeftOut(name, "there is no churn_probability yet") for name in left_out)
    memberships = replace(memberships, left_out=why)
    return Edition(
        as_of=as_of,
        shop=ShopFacts("Hearth & Home", "Europe/London", "GBP"),
        segments=tuple(segments),
        profiles=profiles,
        memberships=memberships,
        previous=None,
        contacts=pa.table({"customer_id": pa.array([], pa.string()), "email": pa.array([], pa.string())}),
        models=(),
        versions={},
        audiences=_audiences(as_of, lists or {}, left_out, held_out),
        data=DataFacts(1, days_before(100), days_before(1), rows_read=9, rows_kept=9, duplicates=0, quarantined={}),
    )


def _audiences(
    as_of: datetime, lists: Mapping[str, Sequence[str]], left_out: Sequence[str], held_out: Sequence[str]
) -> Audiences:
    rows = [
        {
            "customer_id": one,
            "audience": name,
            "included": one not in held_out,
            "reason": "is held out" if one in held_out else None,
            "left_out_by": "held_out" if one in held_out else None,
        }
        for name, members in sorted(lists.items())
        if name not in left_out
        for one in members
    ]
    decided = tuple(Audience(name=name, include=(name,)) for name in sorted(lists) if name not in left_out)
    why = {name: "there is no churn_probability yet" for name in lists if name in left_out}
    return Audiences(as_of, pa.Table.from_pylist(rows, SCHEMA), decided, {}, why)


def store_of(folder: Path, customers: Sequence[str]) -> Store:
    """A log with a customer each, who agreed to e-mail and whose address is known."""
    store = Store(folder / "store")
    store.append(EVENTS, arrow([event(one, days_before(30)) for one in customers]))
    live_at(store, {one: f"{one}@example.org" for one in customers})
    says(store, customers, granted=True)
    return store


def live_at(store: Store, addresses: Mapping[str, str], days: float = 20) -> None:
    """Let addresses become known."""
    known = {"received_at": days_before(days)}
    rows = [{"customer_id": customer, "email": email, **known} for customer, email in addresses.items()]
    store.append(CUSTOMERS, pa.Table.from_pylist(rows, schema=CUSTOMERS.schema))


def says(store: Store, customers: Sequence[str], *, granted: bool, days: float = 10, purpose: str = "email") -> None:
    """Let customers answer, so many days before the publication."""
    at = days_before(days)
    rows = [
        {"customer_id": one, "purpose": purpose, "granted": granted, "occurred_at": at, "received_at": at}
        for one in customers
    ]
    store.append(CONSENTS, pa.Table.from_pylist(rows, schema=CONSENTS.schema))


@dataclass
class LittlePlatform:
    """What the platform keeps of customers and lists; who is in `bad` is refused, in `poison` with the whole batch."""

    profiles: dict[str, dict[str, object]] = field(default_factory=dict)
    lists: dict[str, set[str]] = field(default_factory=dict)
    accepted: Counter[str] = field(default_factory=Counter)
    bad: set[str] = field(default_factory=set)
    poison: set[str] = field(default_factory=set)

    def __call__(self, request: Received) -> Reply:
        told = request.json
        if request.path == "/held":
            return Reply(json={one: self.held(told["list"], one) for one in told["ids"]})
        if any(row["id"] in self.poison for row in told["rows"]):
            return Reply(400, {"error": "one of them is poison"})
        taken = [row for row in told["rows"] if row["id"] not in self.bad]
        for row in taken:
            assert row["address"] or row["withdrawal"], row
            self.accepted[json.dumps([told["list"], row["id"], row["values"]], sort_keys=True)] += 1
            self.take(told["list"], row)
        rejected = {row["id"]: "it looks bad" for row in told["rows"] if row["id"] in self.bad}
        return Reply(json={"rejected": rejected, "ids": {row["id"]: f"no-{row['id']}" for row in taken}})

    def take(self, name: str, row: Mapping[str, object]) -> None:
        """Set the values of a row."""
        one, values = str(row["id"]), dict(row["values"])
        if name:
            assert row["remote_id"] == f"no-{one}", row
            members = self.lists.setdefault(name, set())
            members.add(one) if values["member"] else members.discard(one)
            return
        held = {**self.profiles.get(one, {}), **values}
        self.profiles[one] = {key: value for key, value in held.items() if value is not None}

    def held(self, name: str, customer_id: str) -> dict[str, object]:
        """What is kept of a customer."""
        return {"member": customer_id in self.lists.get(name, ())} if name else self.profiles.get(customer_id, {})

    @property
    def twice(self) -> list[str]:
        """The rows that were told more than once with the same values."""
        return [row for row, times in self.accepted.items() if times > 1]


class LittleDestination:
    """The way to it: three rows a request."""

    name = "little"

    def __init__(self, url: str, clock: Clock | None = None, size: int = 3) -> None:
        self.size = size
        self.pace = Pace([Rate(10, 1000)], clock or SimulatedClock())
        self.api = Api("Little", url, {"Authorization": "Bearer s3cret"}, clock or SimulatedClock())

    def batches(self, _: Part, rows: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
        """Cut into threes."""
        for start in range(0, len(rows), self.size):
            yield tuple(rows[start : start + self.size])

    def send(self, batch: Batch) -> Receipt:
        """Tell it."""
        rows = [
            {
                "id": row.customer_id,
                "values": dict(row.values),
                "address": row.address,
                "remote_id": row.remote_id,
                "withdrawal": row.is_withdrawal,
            }
            for row in batch.rows
        ]
        answer = self.api.request("POST", "/rows", pace=self.pace, json={"list": batch.part.remote, "rows": rows})
        if answer.refused:
            raise BatchRefusedError(f"Expected Little to take {len(rows)} rows, but it refuses them.")
        return Receipt(answer.body["rejected"], answer.body["ids"])

    def recover(self, batch: Batch) -> Receipt:
        """Ask what it holds."""
        ids = [row.customer_id for row in batch.rows]
        answer = self.api.request("POST", "/held", pace=self.pace, json={"list": batch.part.remote, "ids": ids})
        missing = [row.customer_id for row in batch.rows if not _holds(answer.body[row.customer_id], row)]
        there = {one: f"no-{one}" for one in ids if one not in missing and batch.part.kept is Kept.PROFILE}
        return Receipt(dict.fromkeys(missing, "it is not there"), there)


def _holds(held: Mapping[str, object], row: Row) -> bool:
    return all(held.get(name) == value for name, value in row.values.items())


@dataclass
class Little:
    """Shop, platform and the way between them, ready to sync."""

    folder: Path
    store: Store
    platform: LittlePlatform
    server: Server
    settings: WebhookDestination
    destination: LittleDestination

    def publish(self, people: Sequence[Mapping[str, object]], days: float = 0, **told: object) -> Publication:
        """Publish what is predicted, so many days after the first publication."""
        return publish(self.folder / "published", edition(people, as_of=AS_OF + timedelta(days=days), **told))

    def addresses(self) -> Addresses:
        """Who may be told of."""
        return Addresses(self.store, self.settings.consent, lambda: datetime.now(UTC))

    def sync(self, publication: Publication, outbox: Outbox | None = None) -> Told:
        """Tell the platform."""
        if outbox is not None:
            return sync_platform(self.destination, self.settings, publication, outbox, self.addresses(), NOW)
        with writing_outbox(self.folder) as opened:
            return self.sync(publication, opened)


def settings(**told: object) -> WebhookDestination:
    """What is told: two properties and all segments."""
    usual = {"properties": ("churn_probability", "expected_spend"), "prefix": ""}
    address = {"url": "https://little.example.org", "secret": "LITTLE_SECRET"}
    return WebhookDestination(name="little", to="webhook", **{**usual, **address, **told})


@contextmanager
def little(folder: Path, customers: Sequence[str], answer: object = None, **told: object) -> Iterator[Little]:
    """A shop with these customers, and a platform; `answer` makes something else of the platform, such as `Faults`."""
    platform = LittlePlatform()
    answering: Answering = answer(platform) if callable(answer) else platform
    with serving(answering) as server:
        yield Little(
            folder, store_of(folder, customers), platform, server, settings(**told), LittleDestination(server.url)
        )
