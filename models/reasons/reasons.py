"""Why a customer has a score, in words: the topics that push it furthest, each with the customer's own numbers."""

from collections.abc import Sequence

import numpy as np

from features.matrix import FeatureMatrix
from models.link import Floats
from models.model import Model
from models.reasons.candidates import NOTHING, Candidates, Places, speech
from models.reasons.direction import means_leaving
from models.reasons.phrase import Mask, Peers, Phrase
from models.reasons.wording import Texts, in_words
from models.tasks import TaskKind
from models.trees import READ_AT_ONCE, THREADS

REASONS = 3
FIRST = 1e9  # added to how far a topic with words of its own pushes: it is named before one without


def reasons(model: Model, matrix: FeatureMatrix, predicted: Floats, *, currency: str, threads: int = THREADS) -> Texts:
    """Return up to three reasons a customer, the strongest first, of shape (n, 3); None where fewer topics speak.

    A raised prediction (see `raised`) is explained by what raises it, any other by what lowers it. What pushes the
    other way is named only where nothing pushes this way, and then alone. Topics with words of their own come first;
    where these are fewer than three, the definition of the feature that pushes most speaks for its topic, as it does
    throughout for a target that means neither leaving nor staying. `predicted` is what the model predicts of `matrix`,
    whose rows are of one cut-off; `currency` stands before amounts ("£", "EUR ").
    """
    texts: Texts = np.full((len(matrix), REASONS), None, dtype=object)
    words, peers = speech(model, matrix.features), Peers(matrix)
    up, meaning = raised(predicted, model.task.kind), means_leaving(model.task)
    for start in range(0, len(matrix), READ_AT_ONCE):
        rows = slice(start, start + READ_AT_ONCE)
        some = peers.of(rows)
        leaving = None if meaning is None else up[rows] == meaning
        chosen = _choose(words.candidates(model, some, up[rows], leaving, threads=threads))
        for place in range(REASONS):
            texts[rows, place] = _told(chosen[:, place], words.phrases, some, currency)
    return texts


def raised(predicted: Floats, kind: TaskKind) -> Mask:
    """Return whose prediction is to be explained by what raises it, of shape (n,).

    A probability of at least a half, or over the customers' average. An amount over their geometric mean, from which
    its pushes are counted: the average in money is lifted over nearly everybody by a few large customers.
    """
    if not len(predicted):
        return np.zeros(0, dtype=np.bool_)
    if kind is TaskKind.PROBABILITY:
        return np.asarray(predicted >= min(float(predicted.mean()), 0.5))
    logarithms = np.log(np.maximum(predicted, np.finfo(np.float64).tiny))
    return np.asarray(logarithms >= logarithms.mean())


def _choose(candidates: Candidates) -> Places:
    """Return the phrases of the strongest topics, of shape (n, 3); one that pushes the other way only first, alone."""
    speaks = candidates.phrase != NOTHING
    with_score = speaks & (candidates.strength > 0)
    strength = np.where(speaks, candidates.strength, -np.inf) + np.where(with_score & ~candidates.plain, FIRST, 0)
    chosen = np.full((len(strength), REASONS), NOTHING, dtype=np.int16)
    rows = np.arange(len(strength))
    for place in range(min(REASONS, strength.shape[1])):
        best = strength.argmax(axis=1)
        said = strength[rows, best] > (0 if place else -np.inf)
        chosen[said, place] = candidates.phrase[rows[said], best[said]]
        strength[rows, best] = -np.inf
    return chosen


def _told(chosen: Places, phrases: Sequence[Phrase], peers: Peers, currency: str) -> Texts:
    """Return the chosen phrases with the customers' own numbers, of shape (n,); None where nothing was chosen."""
    texts: Texts = np.full(len(chosen), None, dtype=object)
    for place in np.unique(chosen[chosen != NOTHING]):
        rows, phrase = np.flatnonzero(chosen == place), phrases[place]
        texts[rows] = in_words(phrase.words, {name: peers[name][rows] for name in phrase.reads}, currency)
    return texts
