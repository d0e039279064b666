"""What can be said of any feature: its definition and the customer's own number, without taking sides."""

import re

import numpy as np

from features.feature import FeatureColumn
from models.reasons.phrase import Phrase

SIDE_REMARK = re.compile(r"[:;.](\s|$)|, (the earliest|the highest|or at the same|each time|each unit)")  # cut off
INSERTED = re.compile(r", of those whose \w+ is known,?")  # left out
FLAG = re.compile(r"^1 (when|where) ")
TO_STATISTICIANS = re.compile(r"Standard deviation|each weighing half")
UNSAYABLE = ("hour", "weekday", "stage", "index")  # codes, whose number says nothing to a reader
PRIVATE = ("trait", "birthday")  # in the name of a feature of the person, of which a reason never speaks
MANNERS = {"share": "share", "money": "money", "flag": "truth", "ratio": "number", "score": "number"}
FRACTIONS = ("mean", "_per_", "expected_")  # in the name of a feature that counts in fractions
LONGEST = 100  # characters of a definition that still reads as a reason


def plain_phrase(feature: FeatureColumn) -> Phrase | None:
    """Return "Days since the last order: 74" for a feature; None for what says nothing to a marketer, or too much."""
    lead = _lead(feature.definition)
    if not lead or not _sayable(feature, lead):
        return None
    words = f"{lead}: {{{feature.name}:{_manner(feature)}}}"
    return Phrase(feature.topic, None, (feature.name,), lambda peers: ~np.isnan(peers[feature.name]), words)


def _lead(definition: str) -> str:
    told = FLAG.sub("", SIDE_REMARK.split(INSERTED.sub("", definition), maxsplit=1)[0].strip())
    return told[:1].upper() + told[1:]


def _sayable(feature: FeatureColumn, lead: str) -> bool:
    coded = feature.unit in UNSAYABLE or any(word in feature.name for word in PRIVATE)
    return not (coded or "{" in lead or len(lead) > LONGEST or TO_STATISTICIANS.search(lead))


def _manner(feature: FeatureColumn) -> str:
    if feature.unit in MANNERS:
        return MANNERS[feature.unit]
    return "number" if any(word in feature.name for word in FRACTIONS) else "whole"
