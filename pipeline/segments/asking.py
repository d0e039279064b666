"""What segments ask that no column says, answered once for all of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import ibis
import pyarrow as pa

from pipeline.conditions.figures import Figures, event_types_of, figures
from pipeline.conditions.nodes import Node
from pipeline.conditions.questions import Asked, Consented, EventCall, Sequence, event_types
from pipeline.events.consent import consented
from pipeline.events.history import History
from pipeline.segments.segment import Segment

NOBODY: Mapping[str, pa.Array] = MappingProxyType({})


@dataclass(frozen=True)
class Answers:
    """What is known of customers beside their columns.

    `figures` hold what is asked of their events, null where nothing is; `event_types` are those that the shop logs.
    `consented` has the ids of those who agree, by every purpose of which the shop recorded any word.
    """

    figures: Figures | None = None
    event_types: frozenset[str] = frozenset()
    consented: Mapping[str, pa.Array] = field(default_factory=lambda: NOBODY)

    @property
    def purposes(self) -> frozenset[str]:
        """What somebody was asked to consent to."""
        return frozenset(self.consented)

    def of_events(self, customer_ids: pa.ChunkedArray) -> dict[Node, pa.Array]:
        """Return every figure of events, one value a customer in the order given."""
        if self.figures is None:
            return {}
        beside = self.figures.beside(customer_ids)
        return {question: beside[name] for question, name in self.figures.names.items()}


def ask(segments: Iterable[Segment], history: History, consents: ibis.Table, beside: Iterable[Asked] = ()) -> Answers:
    """Answer what any definition of the segments asks of the events before the history's moment, and of consents.

    `consents` are the store's, `beside` further questions. What is asked of events that the shop does not log has no
    answer.
    """
    questions, logged = dict.fromkeys((*_questions(segments), *beside)), event_types_of(history)
    events = [one for one in questions if isinstance(one, EventCall | Sequence) and event_types(one) <= logged]
    purposes = sorted({one.purpose for one in questions if isinstance(one, Consented)})
    return Answers(figures(history, events) if events else None, logged, _consented(purposes, consents, history))


def _questions(segments: Iterable[Segment]) -> tuple[Node, ...]:
    """Return every question of every definition, each once."""
    definitions = (definition for segment in segments for definition in segment.definitions)
    return tuple(dict.fromkeys(question for definition in definitions for question in definition.asks))


def _consented(purposes: list[str], consents: ibis.Table, history: History) -> dict[str, pa.Array]:
    """Return the ids of those who agree, by each purpose on which there is any word before the moment."""
    if not purposes:
        return {}
    moment, engine = ibis.literal(history.as_of), ibis.get_backend(consents)
    before = consents.filter(consents.occurred_at < moment, consents.received_at < moment)
    spoken = engine.to_pyarrow(before.select("purpose").distinct())["purpose"].to_pylist()
    return {
        purpose: engine.to_pyarrow(consented(consents, purpose, history.as_of))["customer_id"].combine_chunks()
        for purpose in purposes
        if purpose in spoken
    }
