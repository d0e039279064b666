"""A process that publishes and tells every destination is killed again and again, and nothing comes of it."""

import multiprocessing
import pickle
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from benchmarks.postgres_server import server
from benchmarks.publish import shop
from benchmarks.publish.database import database_amiss, held_publication, stays_held_twice
from benchmarks.publish.expected import as_texts, astray, listed, memberships, profiles
from benchmarks.publish.night import night, prepared
from benchmarks.publish.outside import LIST, Book, Hook, Trap, hubspot_rows, klaviyo_rows, noting, noting_new
from benchmarks.publish.reading import Reads, amiss, read_on
from pipeline.events.store import Store
from pipeline.publish.published import Publication, latest
from tests.little_hubspot import TOKEN, LittleHubSpot
from tests.loopback import serving
from tests.pipeline.publish.destinations.little_klaviyo import KEY, LittleKlaviyo

KILLS, SEED, WARM_UP = 100, 1, 3
LONGEST_SECONDS = 120.0
SETTINGS = """
[shop]
name = "Corner shop"

[[destinations]]
name = "share"
to = "files"
path = "share"

[[destinations]]
name = "warehouse"
to = "postgres"
url = "WAREHOUSE_URL"

[[destinations]]
name = "klaviyo"
to = "klaviyo"
api_key = "KLAVIYO_KEY"
url = "{klaviyo}"
lists = {{ {audience} = "{list}" }}

[[destinations]]
name = "hubspot"
to = "hubspot"
token = "HUBSPOT_TOKEN"
url = "{hubspot}"
lists = {{ {audience} = "{list}" }}

[[destinations]]
name = "hook"
to = "webhook"
secret = "HOOK_SECRET"
url = "{hook}"
lists = {{ {audience} = "{list}" }}
"""


@dataclass(frozen=True)
class World:
    """The shop's folder, the platforms outside with their books, and the database."""

    folder: Path
    secrets: Mapping[str, str]
    klaviyo: LittleKlaviyo
    hubspot: LittleHubSpot
    hook: Hook
    books: Mapping[str, Book]
    trap: Trap

    @property
    def published(self) -> Path:
        """The publications."""
        return self.folder / "published"

    @property
    def url(self) -> str:
        """The database."""
        return self.secrets["WAREHOUSE_URL"]


def measure(kills: int, seed: int = SEED) -> dict[str, Any]:
    """Kill at `kills` random moments, each in a night of its own, and count what is amiss afterwards.

    One in two moments is drawn from the time that a night usually takes; the others from the requests that it makes,
    before or after one of them is carried out, since most of the time is spent on other things.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.publish.night", "benchmarks.publish.reading", "psycopg"])
    dice = random.Random(seed)  # noqa: S311 - moments, not secrets
    with standing() as world, _reader(context, world) as reads:
        nights = _Nights(context, world, Store(world.folder / "store"))
        usual = statistics.median([nights.whole(number) for number in range(WARM_UP)])
        requests = world.trap.count // WARM_UP
        number, killed, lost = WARM_UP, 0, 0
        while killed < kills:
            nights.begin(number)
            if number % 2:
                killed += nights.killed(number, dice.uniform(0, usual))
            else:
                killed += nights.killed_at_request(number, dice.randint(1, requests), before=dice.random() < 1 / 2)
            nights.finish(number)
            lost += rows_lost(world, number)
            number += 1
        told = {"kills": killed, "nights": number, "usual_s": round(usual, 2), "rows_lost": lost}
        return {**told, **_read(reads()), **_accepted(world)}


def rows_lost(world: World, number: int) -> int:
    """Return how many customers some destination does not hold as it should after a night."""
    publication = latest(world.published)
    if publication is None:
        return shop.CUSTOMERS_COUNT
    wanted, members = profiles(publication, number), listed(publication, number)
    klaviyo = {one["external_id"]: one["properties"] for one in world.klaviyo.profiles.values()}
    on_list = {world.klaviyo.profiles[own]["external_id"] for own in world.klaviyo.lists[LIST]}
    contacts = {_own(one): _without_address(one) for one in world.hubspot.contacts.values()}
    on_manual = {_own(world.hubspot.contacts[record]) for record in world.hubspot.lists[LIST]}
    return (
        astray(wanted, klaviyo)
        + astray({own: as_texts(values) for own, values in wanted.items()}, contacts)
        + astray(wanted, world.hook.profiles)
        + sum(len(members ^ found) for found in (on_list, on_manual, world.hook.listed))
        + _copies_lost(world, publication)
    )


def rows_held_twice(world: World) -> int:
    """Return how many customers a destination holds more than once."""
    names = (
        [one["external_id"] for one in world.klaviyo.profiles.values()],
        world.klaviyo.lists[LIST],
        [_own(one) for one in world.hubspot.contacts.values()],
    )
    return sum(len(some) - len(set(some)) for some in names) + stays_held_twice(world.url)


@contextmanager
def standing() -> Iterator[World]:
    """Set up the shop, its platforms and its database, as long as the context."""
    klaviyo, hubspot, hook = LittleKlaviyo(lists={LIST: []}), LittleHubSpot(lists={LIST: set()}), Hook()
    books, trap = {name: Book() for name in ("klaviyo", "hubspot", "hook")}, Trap()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segcast-benchmark-")))
        answers = {
            "klaviyo": noting(books["klaviyo"], klaviyo, klaviyo_rows(klaviyo)),
            "hubspot": noting(books["hubspot"], hubspot, hubspot_rows(hubspot)),
            "hook": noting_new(books["hook"], hook),
        }
        urls = {name: stack.enter_context(serving(trap.on_the_way(one))).url for name, one in answers.items()}
        database = stack.enter_context(server("fsync=off")).render_as_string(hide_password=False)
        told = SETTINGS.format(**urls, list=LIST, audience=shop.LISTED)
        (folder / "segcast.toml").write_text(told, encoding="utf-8")
        (folder / "editions").mkdir()
        shop.open_store(folder)
        secrets = {"WAREHOUSE_URL": database, "KLAVIYO_KEY": KEY, "HUBSPOT_TOKEN": TOKEN, "HOOK_SECRET": "whsec_c2Vn"}
        yield World(folder, secrets, klaviyo, hubspot, hook, books, trap)


@dataclass(frozen=True)
class _Nights:
    """Runs the work of nights in processes of their own."""

    context: ForkServerContext
    world: World
    store: Store

    def begin(self, number: int) -> None:
        """Let a night come: somebody withdraws consent, and what is to be published is there."""
        shop.withdraw(self.store, number)
        prepared(self.world.folder, number).write_bytes(pickle.dumps(shop.edition(number)))
        for book in self.world.books.values():
            book.night = number

    def whole(self, number: int) -> float:
        """Do a night's work undisturbed; return how long it took in seconds."""
        self.begin(number)
        began = time.monotonic()
        self.finish(number)
        return time.monotonic() - began

    def killed(self, number: int, after_seconds: float) -> bool:
        """Begin a night's work and kill it; return whether it was still at work."""
        process = self._started(number)
        process.join(after_seconds)
        process.kill()
        process.join()
        return process.exitcode != 0

    def killed_at_request(self, number: int, at: int, *, before: bool) -> bool:
        """Begin a night's work and let it be killed when it makes so many requests; return whether it made as many."""
        process = self._started(number)
        self.world.trap.set(at, before=before, pid=process.pid or 0)
        process.join(LONGEST_SECONDS)
        self.world.trap.pid = None
        return process.exitcode != 0

    def finish(self, number: int) -> None:
        """Do what is left of a night's work; it must succeed."""
        process = self._started(number)
        process.join(LONGEST_SECONDS)
        if process.exitcode != 0:
            process.kill()
            raise RuntimeError(f"Expected night {number} to be told to the end, got exit code {process.exitcode}.")

    def _started(self, number: int) -> multiprocessing.process.BaseProcess:
        process = self.context.Process(target=night, args=(self.world.folder, number, self.world.secrets))
        process.start()
        return process


@contextmanager
def _reader(context: ForkServerContext, world: World) -> Iterator[Any]:
    """Let a process of its own read all the time; what it gives ends the reading and says what was found."""
    ours, theirs = context.Pipe()
    folders = {"published": world.published, "files": world.folder / "share"}
    database = partial(database_amiss, world.url, world.published)
    process = context.Process(target=read_on, args=(folders, database, theirs), daemon=True)
    process.start()

    def found() -> Reads:
        ours.send("stop")
        reads: Reads = ours.recv()
        return reads

    try:
        yield found
    finally:
        process.kill()
        process.join()


def _read(reads: Reads) -> dict[str, Any]:
    return {"reads": reads.count, "partial_reads": len(reads.partial), "partial": reads.partial[:5]}


def _accepted(world: World) -> dict[str, Any]:
    twice = {name: book.twice for name, book in world.books.items()}
    return {
        "rows_accepted": {name: book.rows for name, book in world.books.items()},
        "rows_sent_twice": sum(twice.values()),
        "sent_twice_to": twice,
        "rows_held_twice": rows_held_twice(world),
        "deliveries_ignored": world.hook.again,
    }


def _copies_lost(world: World, publication: Publication) -> int:
    """Return how many rows the copy of the files and the database lack of a publication."""
    copied = latest(world.folder / "share")
    rows = len(memberships(publication))
    lacking = 0 if copied and copied.manifest == publication.manifest and not amiss(world.folder / "share") else rows
    stale = held_publication(world.url) != publication.publication_id or database_amiss(world.url, world.published)
    return lacking + (rows if stale else 0)


def _own(contact: Mapping[str, str]) -> str:
    return contact["email"].partition("@")[0]


def _without_address(contact: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in contact.items() if name != "email"}
