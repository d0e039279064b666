"""Kill a syncing process at each of its steps: after a restart the platform holds all that is wanted, told once."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from pipeline.events.store import Store
from pipeline.publish.destinations.outbox.outbox import reading_outbox, writing_outbox
from pipeline.publish.destinations.telling.addresses import Addresses
from pipeline.publish.destinations.telling.sync import sync_platform
from pipeline.publish.publication import latest, publish
from tests.little_platform import NOW, LittleDestination, LittlePlatform, edition, person, settings, store_of
from tests.loopback import Received, Reply, serving

SYNC_AND_DIE = """
import os, shutil, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from sqlalchemy import Engine, event
from pipeline.events.store import Store
from pipeline.publish.destinations.telling.addresses import Addresses
from pipeline.publish.destinations.outbox.outbox import writing_outbox
from pipeline.publish.destinations.telling.sync import sync_platform
from pipeline.publish.publication import latest, publish
from tests.little_platform import NOW, LittleDestination, settings

folder, url, stride = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])

class Dying(LittleDestination):
    def send(self, batch):
        step()
        receipt = super().send(batch)
        step()
        return receipt

def dies_at(last):
    done = 0
    def count(*_):
        nonlocal done
        done += 1
        if done == last:
            os.kill(os.getpid(), signal.SIGKILL)
    return count

def sync_until(last):
    global step
    copy = folder.with_name(f"killed-{last}")
    shutil.copytree(folder, copy)
    child = os.fork()
    if child == 0:
        step = dies_at(last)
        event.listen(Engine, "commit", step)
        addresses = Addresses(Store(copy / "store"), "email", lambda: datetime.now(UTC))
        with writing_outbox(copy) as outbox:
            publication = latest(copy / "published")
            destination = Dying(f"{url}/{last}")
            sync_platform(destination, settings(lists={"vip": "L1"}), publication, outbox, addresses, NOW)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

last = 1
while sync_until(last) == -signal.SIGKILL:
    last += stride
"""

EVERY = "4"
"""How many steps lie between two kills; 1 tries them all."""
IDS = ("ann", "ben", "cas", "dee", "eve")
PEOPLE = [person("ann", 0.7, 120), person("ben", 0.31, 10.4), person("cas", None, 250), person("dee"), person("eve")]
CHANGED = [person("ann", 0.7, 90), person("ben", 0.9, 10.4), *PEOPLE[2:4], person("fay")]


def synced(folder: Path, url: str) -> None:
    addresses = Addresses(Store(folder / "store"), "email", lambda: datetime.now(UTC))
    with writing_outbox(folder) as outbox:
        destination = LittleDestination(url)
        publication = latest(folder / "published")
        sync_platform(destination, settings(lists={"vip": "L1"}), publication, outbox, addresses, NOW)


def test_a_killed_sync_loses_nothing_and_tells_nothing_twice(tmp_path):
    platforms: dict[str, LittlePlatform] = {}

    def answer(request: Received) -> Reply:
        _, name, path = request.path.split("/")
        return platforms.setdefault(name, LittlePlatform())(
            Received(request.method, f"/{path}", "", {}, {}, request.body, 0.0)
        )

    shop = tmp_path / "shop"
    shop.mkdir()
    store_of(shop, (*IDS, "fay"))
    with serving(answer) as server:
        publish(shop / "published", edition(PEOPLE, lists={"vip": ["ann", "cas"]}))
        synced(shop, f"{server.url}/whole")
        whole = platforms["whole"]
        at = NOW.replace(day=2)
        publish(shop / "published", edition(CHANGED, as_of=at, lists={"vip": ["cas", "dee"]}))
        for name in map(str, range(1, 60)):
            platforms[name] = LittlePlatform(
                {one: dict(held) for one, held in whole.profiles.items()}, {"L1": set(whole.lists["L1"])}
            )
        subprocess.run([sys.executable, "-c", SYNC_AND_DIE, str(shop), server.url, EVERY], check=True)
        whole.accepted.clear()
        synced(shop, f"{server.url}/whole")
        killed = sorted(int(path.name.removeprefix("killed-")) for path in tmp_path.glob("killed-*"))
        assert len(killed) > 2
        for last in killed:
            copy = tmp_path / f"killed-{last}"
            synced(copy, f"{server.url}/{last}")
            platform = platforms[str(last)]
            assert (platform.profiles, platform.lists) == (whole.profiles, whole.lists), last
            assert not platform.twice, last
            assert platform.accepted == whole.accepted, last
            with reading_outbox(copy) as outbox, reading_outbox(shop) as expected:
                assert outbox.held() == expected.held()
                assert outbox.under_way() == {}
            shutil.rmtree(copy)
