"""What was learned from just this before: a training that is repeated, or taken up again, registers nothing twice."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flows.project import Project
from models.artefacts import NEXT_ORDER
from models.judging.gate import Verdict
from models.orders.next_order import trusted
from models.registry import Version
from models.registry.promoting import ROLLED_BACK


def already_learned(project: Project, name: str, as_of: datetime) -> tuple[Version, Verdict] | None:
    """Return the version of a name from this log, code, settings and moment, with its gate's word; None without one.

    It is put where it belongs, should the process that registered it have died before it could.
    """
    found = project.registry.already(name, project.made, as_of)
    if found is None:
        return None
    if ROLLED_BACK in project.registry.noted(found.name, found.number):
        return found, Verdict(promote=False, reasons=("Somebody rolled back from it.",))
    verdict = _verdict(found.card)
    return project.registry.settle(found, promote=verdict.promote), verdict


def _verdict(card: Mapping[str, Any]) -> Verdict:
    """Return what the gate said of a version; clusters have none, and are in service from the first."""
    if NEXT_ORDER in card:
        held, reason = trusted(card["backtest"])
        return Verdict(held, (reason,))
    told = card.get("verdict") or {"promote": True, "reasons": ()}
    return Verdict(told["promote"], tuple(told["reasons"]))
