"""Which categories customers bought from after a moment, and whom that is asked about. It reads outcomes."""

from collections.abc import Sequence

import numpy as np

from features.matrix import FeatureMatrix
from features.vocabulary import OTHER
from models.category.examples import CategoryExamples, Mask, pool
from models.category.pairs import Candidates, pairs, popularity
from models.labels import population
from models.link import Floats
from models.tasks import Task
from pipeline.errors import ModelError, NotEnoughDataError
from pipeline.events.event_types import ITEM_PURCHASED
from pipeline.events.outcome import Outcome

MOST_ROWS = 6_000  # of a cut-off: each is as many rows to learn from as there are categories, of few columns


def category_examples(
    task: Task,
    matrix: FeatureMatrix,
    outcomes: Sequence[Outcome],
    among: Candidates,
    *,
    seed: int,
    most: int = MOST_ROWS,
) -> CategoryExamples:
    """Return the task's population at the cut-offs of `outcomes` with the categories that they then bought from.

    An outcome begins the task's gap after its cut-off. `matrix` holds all customers of each cut-off, since what is
    popular is read from everybody; of a population of more than `most`, as many are drawn by the seed.
    """
    for outcome in outcomes:
        if outcome.horizon != task.horizon:
            raise ModelError(
                f"The {task.name} task expected outcomes of {task.horizon_days:g} days, got {outcome.horizon} after "
                f"{outcome.as_of:%Y-%m-%d}.",
            )
    if not among:
        raise NotEnoughDataError(
            f"The {task.name} model expected items or views that name a category, got none. "
            "Map a column of the source to category."
        )
    if not outcomes:
        raise NotEnoughDataError(f"The {task.name} task expected at least one outcome, got none. Load a longer log.")
    random, parts = np.random.default_rng(seed), []
    for outcome in outcomes:
        everybody = matrix.at(outcome.as_of - task.gap)
        asked = _drawn(population(task, everybody), most, random)
        parts.append(_labelled(everybody, asked, outcome, among))
    return pool(parts)


def bought(matrix: FeatureMatrix, outcome: Outcome, among: Candidates) -> Floats:
    """Return 1 where a row's customer bought from a category in the outcome, else 0, of shape (n, categories).

    A category that is no candidate counts as "other"; an item without one counts as nothing.
    """
    events = outcome.events
    items = events.filter(events.event_type == ITEM_PURCHASED, events.category.notnull())
    told = items.select("customer_id", "category").distinct().to_pyarrow().to_pydict()
    place = {name: number for number, name in enumerate(among.names)}
    row = {customer: number for number, customer in enumerate(matrix.customer_id.tolist())}
    found = np.zeros((len(matrix), len(among)))
    for customer, category in zip(told["customer_id"], told["category"], strict=True):
        if customer in row:
            found[row[customer], place.get(category, place[OTHER])] = 1
    return found


def _drawn(members: Mask, most: int, random: np.random.Generator) -> Mask:
    """Mark all members, or as many of them at random."""
    chosen = np.zeros(len(members), dtype=np.bool_)
    chosen[random.permutation(np.flatnonzero(members))[:most]] = True
    return chosen


def _labelled(everybody: FeatureMatrix, asked: Mask, outcome: Outcome, among: Candidates) -> CategoryExamples:
    """Return the examples of those asked about, of everybody at one cut-off."""
    rows, popular = everybody.where(asked), popularity(everybody, among)
    known = pairs(rows, among, popular)
    return CategoryExamples(among, rows.customer_id, rows.as_of, known, bought(rows, outcome, among))
