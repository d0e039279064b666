"""What follows from tonight's findings: whether they hold a publication back, and whether they ask for training."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from features.builder import planned
from features.vocabulary import Vocabulary
from flows.moments import midnight_after
from flows.project import Project
from models.registry import CHAMPION, Version
from pipeline.errors import ModelError
from pipeline.events.event_types import ORDER_PLACED
from pipeline.events.gaps import EVERY_TYPE
from pipeline.events.quality.finding import Finding, Severity
from pipeline.publish.published import latest

LEANS = 0.05  # of a model: what it reads of event types that weigh less can be missing without its lists going wrong
LASTING = timedelta(days=28)  # of silence: by then it is how the shop is, and not what befell it tonight


@dataclass(frozen=True)
class Ruling:
    """The severe findings that hold tonight back and those that ask for training; and why, in words.

    `sentence` says what holds tonight back and how to go on, `training` what asks for training; each is empty
    where nothing does.
    """

    holding: tuple[Finding, ...] = ()
    asking: tuple[Finding, ...] = ()
    sentence: str = ""
    training: str = ""

    @property
    def holds_back(self) -> bool:
        """Whether the last publication is to stay in force."""
        return bool(self.holding)

    @property
    def retrains(self) -> bool:
        """Whether to train before publishing."""
        return bool(self.asking)


def rule(project: Project, findings: Iterable[Finding], as_of: datetime) -> Ruling:
    """Return what the `[monitoring]` of a project makes of the findings of a night as of a moment."""
    settings = project.settings.monitoring
    severe = tuple(one for one in findings if one.severity is Severity.SEVERE)
    holding = [one for one in severe if one.about in settings.block]
    asking = [one for one in severe if one.about in settings.retrain]
    if holding:
        leaning = leaning_of(_champions(project))
        holding = [one for one in holding if spoils(one, as_of, leaning) and not _trained_in_vain(project, one, as_of)]
    asking = [one for one in asking if not _is_learned(project, one)]
    if asking and not _long_enough_ago(project, as_of):
        asking = []
    return Ruling(tuple(holding), tuple(asking), _held_back(project, holding), _asked(asking))


def spoils(finding: Finding, as_of: datetime, leaning: Mapping[str, float]) -> bool:
    """Say whether a severe finding spoils what is published as of a moment.

    A gap that has ended does not: training and the report know of it. Nor does the want of events on which no model in
    service leans, of which `leaning` says how much any does, by event type; nor one that has lasted for four weeks, as
    of a channel that the shop gave up, unless it is of orders or of everything.
    """
    ended = finding.figures.get("ended_at")
    if isinstance(ended, datetime) and ended <= as_of:
        return False
    lacking = finding.figures.get("event_types")
    if not isinstance(lacking, Sequence) or {EVERY_TYPE, ORDER_PLACED} & set(lacking):
        return True
    started = finding.figures.get("started_at")
    if isinstance(started, datetime) and as_of - started > LASTING:
        return False
    return sum(leaning.get(str(event_type), 0.0) for event_type in lacking) >= LEANS


def leaning_of(versions: Iterable[Version]) -> Mapping[str, float]:
    """Return by event type how much the one of these models leans on it that leans on it most.

    A feature that reads several types is shared out among them.
    """
    most: dict[str, float] = {}
    for version in versions:
        for event_type, share in _leaning(version.card).items():
            most[event_type] = max(most.get(event_type, 0.0), share)
    return most


def _leaning(card: Mapping[str, Any]) -> Mapping[str, float]:
    told = card["training"].get("vocabulary")
    described = planned(Vocabulary.from_dict(told)).described if told else ()
    reads = {column.name: column.events for column in described}
    shares: dict[str, float] = {}
    for weight in card.get("importance", ()):
        events = reads.get(weight["feature"], ())
        for event_type in events:
            shares[event_type] = shares.get(event_type, 0.0) + weight["share"] / len(events)
    return shares


def _champions(project: Project) -> Iterator[Version]:
    found = (project.registry.find(task.name, CHAMPION) for task in project.tasks)
    return (version for version in found if version is not None)


def _is_learned(project: Project, finding: Finding) -> bool:
    """Say whether a finding is about a publication of which a task's last training knew already what came."""
    published, name = finding.figures.get("published"), finding.figures.get("task")
    task = next((one for one in project.tasks if one.name == name), None)
    if task is None or not isinstance(published, datetime):
        return False
    return any(moment >= published + task.reach for moment in _moments(project, task.name))


def _trained_in_vain(project: Project, finding: Finding, as_of: datetime) -> bool:
    """Say whether the task that a finding is about was trained lately, and the gate kept the model in service.

    Then nothing that could be waited for would change what is published.
    """
    settings, name = project.settings.monitoring, finding.figures.get("task")
    champion = project.registry.find(name, CHAMPION) if isinstance(name, str) else None
    if champion is None or finding.about not in settings.retrain:
        return False
    served, last = _known(champion), max(_moments(project, champion.name), default=None)
    return served is not None and last is not None and served < last and as_of - last < settings.retrain_every


def _long_enough_ago(project: Project, as_of: datetime) -> bool:
    """Say whether training may be asked for again, which is not so where anything was trained as of a later moment.

    What learns from less than the models in service know is not put in their place unasked. A training as of this very
    moment is tonight's own, taken up again.
    """
    others = {moment for task in project.tasks for moment in _moments(project, task.name)} - {as_of}
    return all(as_of - moment >= project.settings.monitoring.retrain_every for moment in others)


def last_trained(project: Project, name: str, before: datetime) -> datetime | None:
    """Return the last moment before another as of which a task was trained, promoted or not; None without one."""
    return max((moment for moment in _moments(project, name) if moment < before), default=None)


def _moments(project: Project, name: str) -> Iterator[datetime]:
    """Yield as of when each version of a task was trained: past days are trained for after later ones."""
    moments = map(_known, project.registry.versions(name))
    return (moment for moment in moments if moment is not None)


def _known(version: Version) -> datetime | None:
    """Return the moment after which a version knew nothing, None where its files do not say any more."""
    try:
        return version.as_of
    except ModelError:
        return None


def _held_back(project: Project, holding: Sequence[Finding]) -> str:
    if not holding:
        return ""
    named = latest(project.published)
    stays = f"{named.publication_id} stays in force" if named else "nothing is published yet"
    reasons = " ".join(one.sentence for one in holding)
    actions = " ".join(dict.fromkeys(one.action for one in holding if one.action))
    return f"Held back, and {stays}: {reasons} {actions} {_how_to_go_on(project, holding)}"


def _how_to_go_on(project: Project, holding: Sequence[Finding]) -> str:
    """Say how to publish all the same; where the log has merely stopped, as of when it had not, if that is newer."""
    all_the_same = "To publish all the same: --anyway."
    told = next((one.figures["last_event"] for one in holding if "last_event" in one.figures), None)
    if not isinstance(told, datetime) or len(holding) > 1:
        return all_the_same
    last, named = midnight_after(told, project.store.time_zone), latest(project.published)
    if named is not None and named.as_of >= last:
        return all_the_same
    return f"To publish what was known when the log stopped: --as-of {last:%Y-%m-%d}; all the same: --anyway."


def _asked(asking: Sequence[Finding]) -> str:
    return " ".join(one.sentence for one in asking)
