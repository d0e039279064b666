"""Learn when customers order next, and hold what was said at a past moment against what then came."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from features.catalogue import features_named
from features.engines import build_features
from features.matrix import FeatureMatrix
from features.vocabulary import Vocabulary
from flows.project import Project
from models.cut_offs import mature_cut_offs
from models.judging.gate import Verdict
from models.orders.btyd import READ
from models.orders.next_order import NextOrder, fit_next_order, judge, trusted
from models.orders.next_order_labels import Waits, waits
from models.registry import Version
from pipeline.errors import NotEnoughDataError
from pipeline.events.history import History

FOLLOWED = timedelta(days=90)  # at least: by then most of those who come back have done so


def learn_next_order(project: Project, history: History, vocabulary: Vocabulary) -> tuple[Version, Verdict]:
    """Fit as of the history's moment, register, and put into service what holds; NotEnoughDataError with too little."""
    start, every = project.store.span()[0], project.settings.training.every
    cut_offs = mature_cut_offs(history.as_of, FOLLOWED, start, every=every)
    matrix = build_features(history, cut_offs, vocabulary, features_named(READ, vocabulary)) if cut_offs else None
    if matrix is None or not len(matrix):
        raise NotEnoughDataError(
            f"The next order expected orders and {FOLLOWED.days} days of log after them, got none before "
            f"{history.as_of:%Y-%m-%d}. Load a longer event log; the customer's own gap stands in for it."
        )
    fitted = _fitted(_waits(project, matrix, cut_offs, history.as_of))
    figures = _judged(project, matrix, cut_offs, history.as_of)
    held, reason = trusted(figures)
    version = project.registry.register_next_order(fitted, project.made, figures, as_of=history.as_of)
    if held:
        version = project.registry.promote(version.name, version.number)
    return version, Verdict(held, (reason,))


def _fitted(known: Waits) -> NextOrder:
    return fit_next_order(known.matrix, known.wait_days, known.followed_days)


def _waits(project: Project, matrix: FeatureMatrix, cut_offs: Sequence[datetime], until: datetime) -> Waits:
    """Return the waits from some cut-offs, as far as they were known at a moment."""
    return waits(matrix, [project.store.outcome(cut, until - cut, known_before=until) for cut in cut_offs])


def _judged(
    project: Project, matrix: FeatureMatrix, cut_offs: Sequence[datetime], as_of: datetime
) -> Mapping[str, float]:
    """Return how a fit as of the latest cut-off that has others long before it would have done; empty without one."""
    *_, last = cut_offs
    before = [cut for cut in cut_offs if cut + project.settings.training.every <= last]
    if not before:
        return {}
    later = _waits(project, matrix, [last], as_of)
    fitted = _fitted(_waits(project, matrix, before, last))
    return judge(fitted, later.matrix, later.wait_days, later.followed_days)
