"""Training on its own: learn, judge, promote or keep, and what is to be told of it side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.learning.training import Trained, train_tasks
from flows.night.lock import one_night
from flows.night.recorded import recorded
from flows.night.runs import TRAINING, Outcome
from flows.night.work import Work
from flows.project import Project
from flows.steps import Do
from models.registry import Version
from models.tasks import Task

FIGURES = {"roc_auc": ("AUC", "auc_difference"), "gini": ("Gini", "gini_difference")}

Ends = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Compared:
    """One task's new model beside the champion that it met and the best of the simple rules, by one `figure`.

    `challenger`, `against_rule` and `against_champion` are a value or a difference with the ends of its 95 % interval;
    `champion` is null where there was none to meet. `calibration` is the mean error of a probability, for an amount
    the predicted total over the actual.
    """

    task: str
    version: int
    promoted: bool
    figure: str
    challenger: Ends
    rule: str
    rule_value: float
    against_rule: Ends
    calibration: float | None
    champion: float | None
    against_champion: Ends | None
    why: str


def retrain(
    project: Project,
    as_of: datetime,
    at: datetime,
    *,
    do: Do,
    tasks: Sequence[Task] | None = None,
    wait: bool = False,
) -> tuple[Trained, ...]:
    """Train tasks, by default all, as of a moment, judge them, and put into service what passes; the rest stays.

    `at` is the present. The steps that `do` carries out are training, backtest, gate and promotion, task by task. Begun
    again after it broke, it finds what it had registered. It holds the project as a night does: another one is refused,
    or waited for with `wait`.
    """
    with (
        one_night(project, wait=wait, work=TRAINING),
        recorded(project, as_of, at, do, TRAINING) as run,
        Work(project).temporary_files(),
    ):
        trained = train_tasks(project, as_of, tasks, do=run)
        run.learned(trained)
        run.ended(Outcome.DONE)
        return trained


def compared(project: Project, trained: Sequence[Trained]) -> tuple[Compared, ...]:
    """Return what was trained, beside what it was judged against; models that face no such comparison are left out."""
    return tuple(_compared(project, trained))


def _compared(project: Project, trained: Sequence[Trained]) -> Iterator[Compared]:
    for one in trained:
        found = next(
            (version for version in project.registry.versions(one.task) if version.number == one.version), None
        )
        name = next((name for name in FIGURES if found and name in found.card.get("backtest", {})), None)
        if found and name and "verdict" in found.card:
            yield _side_by_side(found, one, name)


def _side_by_side(version: Version, trained: Trained, name: str) -> Compared:
    judged, met = version.card["backtest"], (version.card["verdict"] or {}).get("champion")
    figure, differences = FIGURES[name]
    rule = max(judged["baselines"], key=lambda rule: judged["baselines"][rule][name])
    interval = judged["intervals"][name]
    return Compared(
        task=version.name,
        version=version.number,
        promoted=trained.promoted,
        figure=figure,
        challenger=(judged[name], interval["low"], interval["high"]),
        rule=rule,
        rule_value=judged["baselines"][rule][name],
        against_rule=_ends(judged[differences][rule]),
        calibration=judged.get("ece", judged.get("total_ratio")),
        champion=met["champion"][name] if met else None,
        against_champion=_ends(met["ranking_difference"]) if met else None,
        why=" ".join(trained.reasons),
    )


def _ends(difference: Mapping[str, Any]) -> Ends:
    return difference["difference"], difference["low"], difference["high"]
