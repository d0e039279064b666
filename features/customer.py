"""The customer as a feature function sees it: it says what it needs, and touches no data."""

from dataclasses import dataclass, field

from features.column import Column, Requested
from features.vocabulary import OTHER, Vocabulary
from pipeline.windows.filters import Filter, Known, OneOf
from pipeline.windows.following import Followed
from pipeline.windows.habits import Concentration, Usual
from pipeline.windows.personal import DaysToBirthday, Trait
from pipeline.windows.requests import LIFETIME, Count, Largest, Since, Spread, Total, Value, Window
from pipeline.windows.rhythms import Decayed, Gap, Streak
from pipeline.windows.selections import Days, Latest, Newest, Of, Older, Together, Visits, Where
from pipeline.windows.view import Selection


@dataclass(frozen=True)
class Events:
    """Some of a customer's events, and all that can be asked about them; see `pipeline.windows` for exact meanings."""

    selection: Selection

    def where(self, asked: Filter) -> "Events":
        """Return the events for which the filter holds."""
        return Events(Where(self.selection, asked))

    def told_apart(self, field: str, value: str, vocabulary: Vocabulary) -> "Events":
        """Return the events whose field is `value`; for "other", one that the vocabulary does not know."""
        if value == OTHER:
            return self.where(OneOf(field, vocabulary.of(field), other=True))
        return self.where(OneOf(field, (value,)))

    def with_known(self, field: str) -> "Events":
        """Return the events that have the field."""
        return self.where(Known(field))

    def older_than(self, days: float) -> "Events":
        """Return the events that happened more than so many days before the moment."""
        return Events(Older(self.selection, days))

    def visits(self) -> "Events":
        """Return the events that begin a visit, after half an hour of nothing; `visit_seconds` is its length."""
        return Events(Visits(self.selection))

    def by_day(self) -> "Events":
        """Return the newest event of each day."""
        return Events(Days(self.selection))

    def newest_of_each(self, field: str, *, day: int = 1) -> "Events":
        """Return for every value of a field the newest event, or that of its day-th newest day."""
        return Events(Newest(self.selection, field, day))

    def latest(self, count: int) -> "Events":
        """Return the latest events."""
        return Events(Latest(self.selection, count))

    def earliest(self, count: int) -> "Events":
        """Return the earliest events."""
        return Events(Latest(self.selection, count, earliest=True))

    def followed_by(self, by: "Events", *, on: str | None = None, within_days: float | None = None) -> "Events":
        """Return the events after which, or with which, one of `by` came; with `on`, one that agrees in that field."""
        return Events(Followed(self.selection, by.selection, on, within_days))

    def not_followed_by(self, by: "Events", *, on: str | None = None, within_days: float | None = None) -> "Events":
        """Return the events after which none of `by` came, so far as is known."""
        return Events(Followed(self.selection, by.selection, on, within_days, so=False))

    def together(self, field: str) -> "Events":
        """Return one event for all at the same instant, whose number is their sum: a basket for the lines of one."""
        return Events(Together(self.selection, field))

    def count(self, window: Window = LIFETIME) -> Column:
        """How many in the window, 0 without any."""
        return Requested(Count(self.selection, window))

    def total(self, field: str, window: Window = LIFETIME) -> Column:
        """The sum of a number in the window, 0 without events."""
        return Requested(Total(self.selection, field, window))

    def largest(self, field: str, window: Window = LIFETIME) -> Column:
        """The largest value of a number in the window, null without one."""
        return Requested(Largest(self.selection, field, window))

    def spread(self, field: str) -> Column:
        """The standard deviation of a number, null before the second."""
        return Requested(Spread(self.selection, field))

    def last_value(self, field: str) -> Column:
        """The number of the last event that has it, null without one."""
        return Requested(Value(self.selection, field))

    def days(self, window: Window = LIFETIME) -> Column:
        """Days with an event in the window, 0 without any."""
        return self.by_day().count(window)

    def distinct(self, field: str, window: Window = LIFETIME, *, days: int = 1) -> Column:
        """Different values of a field with events on at least `days` days of the window, 0 without any."""
        return self.newest_of_each(field, day=days).count(window)

    def days_since_first(self) -> Column:
        """Days since the first event, null before it."""
        return Requested(Since(self.selection, "first"))

    def days_since_last(self) -> Column:
        """Days since the last event, null before the first."""
        return Requested(Since(self.selection, "last"))

    def gap(self, statistic: str) -> Column:
        """The mean, spread, last, median or longest gap between days with an event; see `Gap` for null."""
        return Requested(Gap(self.selection, statistic))

    def longest_streak(self, window: Window = LIFETIME) -> Column:
        """The most days in a row with an event in the window."""
        return Requested(Streak(self.selection, "longest", window))

    def current_streak(self) -> Column:
        """The days in a row with an event up to the last day or the one before."""
        return Requested(Streak(self.selection, "current"))

    def decayed_count(self, half_life: int) -> Column:
        """Events, each weighing half as much for every `half_life` days of its age."""
        return Requested(Decayed(self.selection, None, half_life))

    def decayed_total(self, field: str, half_life: int) -> Column:
        """The sum of a number, each event weighing half as much for every `half_life` days of its age."""
        return Requested(Decayed(self.selection, field, half_life))

    def concentration(self, field: str, window: Window = LIFETIME) -> Column:
        """How much the events gather on few values of a field, 1 for a single one; null without any."""
        return Requested(Concentration(self.selection, field, window))

    def top_share(self, field: str, window: Window = LIFETIME) -> Column:
        """The share of the events that have the most frequent value of a field; null without any."""
        return Requested(Concentration(self.selection, field, window, largest=True))

    def usual(self, part: str) -> Column:
        """The hour or weekday in which most events fall; null without any."""
        return Requested(Usual(self.selection, part))


@dataclass(frozen=True)
class Customer:
    """Everything that a feature can ask about one customer of a shop with this vocabulary."""

    vocabulary: Vocabulary = field(default_factory=Vocabulary)

    def events(self, *event_types: str) -> Events:
        """Return the customer's events of these types."""
        return Events(Of(event_types))

    def days_to_birthday(self) -> Column:
        """Days to the start of the month of birth, 0 in it; null when it is unknown."""
        return Requested(DaysToBirthday())

    def trait(self, name: str, value: str | None = None) -> Column:
        """A trait's number, or whether it is `value`; null when the customer has none."""
        return Requested(Trait(name, value))
