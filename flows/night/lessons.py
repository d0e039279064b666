"""Training within a night: because somebody asks for it, or of the night's own accord, which hinders nothing."""

from datetime import datetime

from flows.learning.training import Trained
from flows.night.learning import needs_models, not_learned
from flows.night.logs import in_a_sentence
from flows.night.order import TRAIN
from flows.night.recorded import Recorded
from flows.night.work import MOST_TIMES, Work
from flows.project import Project

NEVER_ENDED = f"Training was begun {MOST_TIMES} times and never came to its end. `segcast train` says where it breaks."


def train_where_needed(project: Project, as_of: datetime, do: Recorded, *, asked: bool) -> tuple[Trained, ...]:
    """Train where it was `asked` for, where a night that broke had begun to, and where a task has no model.

    Empty where nothing was to be trained. What breaks again and again is given up for `retrain_every`, so that the
    night publishes with the models there are.
    """
    work = Work(project)
    if asked:
        return _trained(project, as_of, do)
    if work.is_training_in_vain:
        return _noted(do, not_learned(project, NEVER_ENDED))
    if work.is_training or needs_models(project, as_of):
        return train_unasked(project, as_of, do)
    return ()


def train_unasked(project: Project, as_of: datetime, do: Recorded) -> tuple[Trained, ...]:
    """Train of the night's own accord: if that fails, it is noted of every task, and the night goes on without."""
    try:
        return _trained(project, as_of, do)
    except Exception as error:  # noqa: BLE001 - whatever it is, the models in service and the rules do without
        why = in_a_sentence(error)
        do.log.warning("training failed", problem=why)
        return _noted(do, not_learned(project, f"Training failed. {why}"))


def _trained(project: Project, as_of: datetime, do: Recorded) -> tuple[Trained, ...]:
    return _noted(do, do(TRAIN, project, as_of))


def _noted(do: Recorded, trained: tuple[Trained, ...]) -> tuple[Trained, ...]:
    do.learned(trained)
    return trained
