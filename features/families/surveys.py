"""What a customer answers when asked. A score is what the answer's properties call "score", on the shop's own scale."""

from features.column import Column
from features.customer import Customer, Events
from features.feature import feature
from pipeline.events.event_types import SURVEY_ANSWERED
from pipeline.windows.requests import Window

SCORE = "score"
NO_SCORE = "before the first answer with a score"


@feature("answers", "survey", windows=(90, 365))
def surveys_answered(customer: Customer, window: Window) -> Column:
    """Surveys answered in the window."""
    return customer.events(SURVEY_ANSWERED).count(window)


@feature("days", "survey", null="before the first answer")
def days_since_last_survey(customer: Customer) -> Column:
    """Days since the last survey was answered."""
    return customer.events(SURVEY_ANSWERED).days_since_last()


@feature("score", "survey", null=NO_SCORE)
def last_survey_score(customer: Customer) -> Column:
    """Score of the last answer that has one, the highest of several at the same instant."""
    return _scored(customer).last_value(SCORE)


@feature("score", "survey", windows=(365, None), null="without an answer with a score in the window")
def mean_survey_score(customer: Customer, window: Window) -> Column:
    """Score of an answer, on average, in the window."""
    return _mean(customer, window)


@feature("score", "survey", null=NO_SCORE)
def survey_score_change(customer: Customer) -> Column:
    """Score of the last answer less the mean of all scores; below zero, the customer is less content than usual."""
    return _scored(customer).last_value(SCORE) - _mean(customer, Window())


@feature("score", "survey", null="before the second answer with a score")
def survey_score_spread(customer: Customer) -> Column:
    """Standard deviation of all scores."""
    return _scored(customer).spread(SCORE)


def _scored(customer: Customer) -> Events:
    return customer.events(SURVEY_ANSWERED).with_known(SCORE)


def _mean(customer: Customer, window: Window) -> Column:
    return _scored(customer).total(SCORE, window) / _scored(customer).count(window)


FEATURES = (
    surveys_answered,
    days_since_last_survey,
    last_survey_score,
    mean_survey_score,
    survey_score_change,
    survey_score_spread,
)
