"""What judging a model needs beside its own rows: where customers live, the champion, and the population of today."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from features.matrix import utc_us
from flows.learning.looking_back import Known, as_read_by
from flows.project import Project
from models.cards.outlook import Outlook, outlook
from models.columns import narrowed
from models.examples import Examples
from models.judging.backtest import Backtest
from models.judging.challenge import Challenge, challenge
from models.model import Model
from models.worth import READ
from pipeline.errors import ModelError
from pipeline.events.contract import Contract
from pipeline.events.tables import CUSTOMERS, EVENTS


def countries(project: Project, as_of: datetime) -> Mapping[str, str]:
    """Return the country of each customer of whom one was known at a moment, by customer id.

    Where the customer lives, or where that is not told, where the last event was. It tells customers apart when a
    model is judged, and is no feature.
    """
    return _latest(project, EVENTS, as_of) | _latest(project, CUSTOMERS, as_of)


def _latest(project: Project, table: Contract, as_of: datetime) -> dict[str, str]:
    """Return the country that the latest row of each customer tells, of those rows that tell one."""
    store = project.store
    known = store.read(table).filter(lambda row: row.received_at < as_of, lambda row: row.country.notnull())
    latest = known.group_by("customer_id").aggregate(country=known.country.argmax(known[table.dated_by]))
    rows = store.engine.to_pyarrow(latest)
    return dict(zip(rows["customer_id"].to_pylist(), rows["country"].to_pylist(), strict=True))


def look_ahead(project: Project, known: Known, model: Model, rows: Examples) -> Outlook | None:
    """Return what a model trained on `rows` says of its population at the history's moment; None where it has none."""
    as_of, task = known.history.as_of, model.task
    now = known.members[task].among(known.matrix) & (known.matrix.as_of == utc_us(as_of))
    return outlook(
        model,
        rows,
        narrowed(known.matrix, (*model.features, *READ), now),
        as_of=as_of,
        economics=project.economics,
        currency=project.settings.shop.currency,
    )


def beside_champion(project: Project, judged: Backtest) -> Challenge | None:
    """Return how the backtest's model and the champion compare on the same rows.

    None without a champion, with one that cannot be used or answers another question, and where it was trained after
    the moment judged: it would have seen what came.
    """
    task = judged.task
    try:
        champion = project.registry.champions([task]).get(task.name)
        if champion is None or champion.card.trained_as_of > min(judged.cut_offs):
            return None
        return challenge(
            judged,
            champion,
            seed=project.settings.training.seed,
            reread=partial(as_read_by, project.history(max(judged.cut_offs))),
        )
    except ModelError:
        return None
