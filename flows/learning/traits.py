"""Traits that the settings name and nobody has: most often a slip of the pen."""

import json

import ibis

from features.vocabulary import Vocabulary
from flows.project import Project
from pipeline.errors import did_you_mean
from pipeline.events.history import History

ROWS_LOOKED_AT = 10_000  # about customers, for the names of the traits that there are


def unknown_traits(project: Project, history: History, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return a sentence for each trait of `[features] traits` of which a history says nothing.

    Other traits are named where one is spelled much like it; what a trait says of anybody is never read out.
    """
    missing = [name for name in project.settings.features.traits if name not in vocabulary.traits]
    known = _names(history) if missing else set()
    return tuple(
        f'segcast.toml: [features] traits names "{name}", which no customer had before {history.as_of:%Y-%m-%d}, so '
        f"that no feature tells of it.{did_you_mean(name, known)}"
        for name in missing
    )


def _names(history: History) -> set[str]:
    if history.people is None:
        return set()
    told = history.people.filter(history.people.traits.notnull()).select("traits").limit(ROWS_LOOKED_AT)
    rows = ibis.get_backend(told).to_pyarrow(told)["traits"].to_pylist()
    return {str(name) for row in rows for name in json.loads(row)}
