"""What could be said of each customer: for every topic the words that fit, and how far they push the score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.feature import FeatureColumn
from models.link import Floats
from models.model import Model
from models.reasons.phrase import Mask, Peers, Phrase
from models.reasons.phrases import PHRASES
from models.reasons.plain_phrases import plain_phrase
from models.reasons.pushes import feature_pushes

Places = npt.NDArray[np.int16]
NOTHING = -1  # in place of a phrase
TOLD_WITH = {"usage": "browsing"}  # topics that mean the same to a reader: who makes no visit is on no day active


@dataclass(frozen=True)
class Candidates:
    """For each customer and topic a phrase, by its place, and how far it pushes the way of the score: (n, topics).

    `plain` says that the phrase is a feature's definition, for want of words of the topic's own.
    """

    phrase: Places
    plain: Mask
    strength: Floats


@dataclass(frozen=True)
class Speech:
    """The words that a model's reasons may use: every topic that it reads, and all phrases, those of features last.

    `topic_of` says to which of the topics a feature's push is counted.
    """

    topics: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    topic_of: Mapping[str, str]

    def candidates(self, model: Model, peers: Peers, up: Mask, leaving: Mask | None, *, threads: int) -> Candidates:
        """Find the words for customers of whom those marked `up` are explained by what raises the score.

        `leaving` marks those of whom one speaks as leaving; None where the target takes no side.
        """
        pushes, columns = feature_pushes(model, peers.matrix, threads=threads)
        pushes *= np.where(up, 1, -1)[:, None]
        topics = np.array([self.topic_of[name] for name in columns])
        strength = np.stack([pushes[:, topics == topic].sum(axis=1) for topic in self.topics], axis=1)
        phrase, contrary = self._worded(peers, leaving)
        plain = phrase == NOTHING
        for number, topic in enumerate(self.topics):
            own = np.flatnonzero(topics == topic)
            best, push = self._plain(peers, pushes[:, own], [columns[place] for place in own])
            best[contrary[:, number]] = NOTHING
            phrase[:, number] = np.where(plain[:, number], best, phrase[:, number])
            strength[:, number] = np.where(plain[:, number], push, strength[:, number])
        return Candidates(phrase, plain, strength)

    def _worded(self, peers: Peers, leaving: Mask | None) -> tuple[Places, Mask]:
        """Return the first phrase that holds for each customer and topic, and where one for the contrary does.

        What speaks for the contrary in words of its own would in a definition, too: "Spend down 62 %" is no reason to
        expect an order, though a model may take it for one. Both of shape (n, topics).
        """
        places = np.full((len(peers.matrix), len(self.topics)), NOTHING, dtype=np.int16)
        contrary = np.zeros(places.shape, dtype=np.bool_)
        if leaving is None:
            return places, contrary
        for place, phrase in enumerate(self.phrases):
            if phrase.leaving is None or phrase.topic not in self.topics:
                continue
            holds, number = phrase.holds(peers), self.topics.index(phrase.topic)
            alike = holds & (leaving == phrase.leaving)
            contrary[:, number] |= holds & ~alike
            places[alike & (places[:, number] == NOTHING), number] = place
        return places, contrary

    def _plain(self, peers: Peers, pushes: Floats, names: Sequence[str]) -> tuple[Places, Floats]:
        """Return which feature's phrase holds and pushes most, and how far it does, each of shape (n,)."""
        best = np.full(len(pushes), NOTHING, dtype=np.int16)
        most = np.full(len(pushes), -np.inf)
        for place, phrase in enumerate(self.phrases):
            if phrase.leaving is None and phrase.reads[0] in names:
                push = np.where(phrase.holds(peers), pushes[:, names.index(phrase.reads[0])], -np.inf)
                best[push > most] = place
                most = np.maximum(most, push)
        return best, most


def speech(model: Model, features: Sequence[FeatureColumn]) -> Speech:
    """Return the words for a model among the features of a matrix."""
    known = {feature.name: feature for feature in features}
    read = tuple(known[name] for name in model.features)
    topic_of = {feature.name: TOLD_WITH.get(feature.topic, feature.topic) for feature in read}
    worded = tuple(phrase for phrase in PHRASES if known.keys() >= set(phrase.reads))
    plain = tuple(phrase for feature in read if (phrase := plain_phrase(feature)))
    return Speech(tuple(dict.fromkeys(topic_of.values())), (*worded, *plain), topic_of)
