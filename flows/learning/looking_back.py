"""What was known at past cut-offs of whom, and what then came: the rows that tasks learn from and are judged on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from features.catalogue import describe
from features.engines import build_features
from features.learning import learn_vocabulary
from features.matrix import FeatureMatrix, utc_us
from features.vocabulary import Vocabulary
from flows.project import Project
from models.columns import like
from models.examples import Examples
from models.heard import require_heard
from models.labels import examples
from models.members import Members, everyone_in, features_of_populations, members_of
from models.model import Model
from models.tasks import Task
from pipeline.events.history import History
from pipeline.events.store import Store


@dataclass(frozen=True)
class Known:
    """A history, what was learned to tell apart in it, and who is in each task's population at its cut-offs.

    `matrix` has every feature at every cut-off, of those customers who are in any population at any of them.
    """

    history: History
    vocabulary: Vocabulary
    matrix: FeatureMatrix
    members: Mapping[Task, Members]

    def examples(
        self, task: Task, store: Store, cut_offs: Iterable[datetime], known_before: datetime | None = None
    ) -> Examples:
        """Return a task's population at its cut-offs, labelled by what came as far as known by then, or ever."""
        begins = map(task.outcome_begins, cut_offs)
        outcomes = [store.outcome(start, task.horizon, known_before) for start in begins]
        return examples(task, self.matrix, outcomes, self.members[task].among(self.matrix))

    def require_heard(self, task: Task) -> None:
        """Raise NotEnoughDataError when the history is silent about what a task reads."""
        lacking = (column for column in describe() if column.name not in self.matrix.names)
        require_heard(task, self.vocabulary.event_types, lacking)

    def as_read_by(self, champion: Model, judged: FeatureMatrix) -> FeatureMatrix:
        """Return judged rows with the features in a champion's own vocabulary."""
        if champion.card.vocabulary == self.vocabulary:
            return judged
        return as_read_by(self.history, champion, judged)


def as_read_by(history: History, champion: Model, rows: FeatureMatrix) -> FeatureMatrix:
    """Return rows with the features in a champion's own vocabulary, built anew from a history that reaches to them."""
    keep = pa.array(np.unique(rows.customer_id.astype(str)), pa.string())
    return like(build_features(history, rows.cut_offs, champion.card.vocabulary, keep=keep), rows)


def vocabulary_of(project: Project, history: History) -> Vocabulary:
    """Learn what the features of a project tell apart from a history."""
    features = project.settings.features
    return learn_vocabulary(history, key_pages=features.key_pages, traits=features.traits)


def look_back(history: History, vocabulary: Vocabulary, cut_offs: Mapping[Task, Sequence[datetime]]) -> Known:
    """Build what tasks learn from at their cut-offs: a few columns of everybody, then all columns of their populations.

    All cut-offs of all tasks are built together, so that the history is read twice, and once more for each
    cut-off of a task whose population asks about events.
    """
    moments = sorted({moment for own in cut_offs.values() for moment in own})
    few = features_of_populations(cut_offs, vocabulary)
    everybody = build_features(history, moments, vocabulary, few)
    members = {task: members_of(task, _at(everybody, own), history) for task, own in cut_offs.items()}
    keep = everyone_in(members.values())
    return Known(history, vocabulary, build_features(history, moments, vocabulary, keep=keep), members)


def _at(matrix: FeatureMatrix, cut_offs: Iterable[datetime]) -> FeatureMatrix:
    moments = np.array([utc_us(cut_off) for cut_off in cut_offs], matrix.as_of.dtype)
    return matrix.where(np.isin(matrix.as_of, moments))
