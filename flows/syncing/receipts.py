"""Receipts for having forgotten somebody: what was done and when, never who it was."""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pipeline.events.whole import write_whole

RECEIPTS = "receipts"
UNDERWAY = "forgetting.json"  # in the store, of somebody who is being forgotten
# A person's own id proves a receipt theirs; trying all ids that there could be is to cost more than it is worth.
_COST, _BLOCK = 2**14, 8


@dataclass(frozen=True)
class Receipt:
    """What was erased: rows by table, by file and by publication, and what still names the person.

    `snapshots` are the log's states before and after. `digest` is scrypt (RFC 7914) of the id under `salt`. `held` are
    the destinations that hold something of the person until the next sync takes it back.
    """

    number: str
    at: datetime
    tables: Mapping[str, int]
    files: Mapping[str, int]
    publications: Mapping[str, int]
    still: tuple[str, ...]
    snapshots: tuple[int, int]
    salt: str
    digest: str
    held: tuple[str, ...] = ()

    def is_of(self, customer_id: str) -> bool:
        """Tell whether the receipt is for this id."""
        return secrets.compare_digest(self.digest, _digest(customer_id, self.salt))


def new_receipt(
    customer_id: str,
    *,
    at: datetime,
    tables: Mapping[str, int],
    files: Mapping[str, int],
    publications: Mapping[str, int],
    still: tuple[str, ...],
    snapshots: tuple[int, int],
    held: tuple[str, ...] = (),
) -> Receipt:
    """Return a receipt under a random number, in which nothing but a digest stands for the id."""
    salt = secrets.token_hex(16)
    number = f"{at:%Y%m%d}-{secrets.token_hex(4)}"
    digest = _digest(customer_id, salt)
    return Receipt(number, at, tables, files, publications, still, snapshots, salt, digest, held)


def write_receipt(folder: Path, receipt: Receipt) -> Path:
    """Write a receipt as JSON; it appears whole or not at all."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{receipt.number}.json"
    told = {**asdict(receipt), "at": receipt.at.isoformat()}
    write_whole(path, json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    return path


def receipts(folder: Path) -> Iterator[Receipt]:
    """Yield the receipts in a folder, oldest first."""
    for path in sorted(folder.glob("[!.]*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        at, snapshots = datetime.fromisoformat(told["at"]), tuple(told["snapshots"])
        places = {"still": tuple(told["still"]), "held": tuple(told.get("held", ()))}
        yield Receipt(**{**told, **places, "at": at, "snapshots": snapshots})


def _digest(customer_id: str, salt: str) -> str:
    return hashlib.scrypt(customer_id.encode(), salt=bytes.fromhex(salt), n=_COST, r=_BLOCK, p=1, dklen=16).hex()
