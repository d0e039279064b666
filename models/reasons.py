"""Why a customer has a score, in words: the topics that push it furthest, each with the customer's own numbers."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix
from models.model import Model
from models.phrase import Peers, Phrase
from models.phrases import PHRASES
from models.trees import THREADS

REASONS = 3
Texts = npt.NDArray[np.object_]


def reasons(model: Model, matrix: FeatureMatrix, *, currency: str, threads: int = THREADS) -> Texts:
    """Return up to three reasons a customer, the strongest first, of shape (n, 3); None where fewer topics speak.

    A probability of leaving of a half, or over the customers' average, is explained by what raises it, any other by
    what lowers it. A topic that pushes the other way is named only where none pushes this way, and then alone.
    `currency` stands before amounts ("£", "EUR ").
    """
    texts: Texts = np.full((len(matrix), REASONS), None, dtype=object)
    if not len(matrix):
        return texts
    predicted = model.predict(matrix, threads=threads)
    leaving = predicted >= min(predicted.mean(), 0.5)
    pushes = model.topics_pushing(matrix, threads=threads)
    topics = [topic for topic in pushes if any(phrase.topic == topic for phrase in PHRASES)]
    if not topics:
        return texts
    strength = np.stack([np.where(leaving, pushes[topic], -pushes[topic]) for topic in topics], axis=1)
    chosen = _choose(matrix, leaving, topics)
    strength = np.where(chosen >= 0, strength, -np.inf)
    best = np.argsort(-strength, axis=1, kind="stable")[:, :REASONS]
    strongest = np.take_along_axis(strength, best, axis=1)
    column = {name: number for number, name in enumerate(matrix.names)}
    for place in range(best.shape[1]):
        for row in np.flatnonzero(strongest[:, place] > (0 if place else -np.inf)):
            phrase = PHRASES[chosen[row, best[row, place]]]
            own = {name: float(matrix.values[row, column[name]]) for name in phrase.reads}
            texts[row, place] = phrase.words(own, currency)
    return texts


def _choose(matrix: FeatureMatrix, leaving: npt.NDArray[np.bool_], topics: Sequence[str]) -> npt.NDArray[np.int_]:
    """Return the place in PHRASES of the first that holds for each customer and topic, -1 for none: (n, topics)."""
    peers = Peers(matrix)
    chosen = np.full((len(matrix), len(topics)), -1)
    for place, phrase in enumerate(PHRASES):
        if phrase.topic in topics and _readable(phrase, matrix):
            column = topics.index(phrase.topic)
            fits = (chosen[:, column] < 0) & (leaving == phrase.leaving) & phrase.holds(peers)
            chosen[fits, column] = place
    return chosen


def _readable(phrase: Phrase, matrix: FeatureMatrix) -> bool:
    return all(name in matrix.names for name in phrase.reads)
