"""Everything that can be asked of events, answered a second time in plain Python from the events as they came."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.conditions import nodes
from pipeline.conditions.figures import figures
from pipeline.conditions.nodes import Column, Value
from pipeline.conditions.questions import EVENT_FUNCTIONS, EventCall, Period, Sequence, Step
from pipeline.events.history import history_of
from tests.pipeline.conditions.event_oracle import Past
from tests.rows import AS_OF, days_before, event, table

TYPES = ("product_viewed", "cart_added", "order_placed")
CUSTOMERS = ("ann", "bob")
MICROSECOND = timedelta(microseconds=1)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Auckland"])
EDGES = (0.5, 1, 2, 7, 30, 365, 366, 730)
TEXTS = {"category": ["boots", "Boots & more", "tea"], "country": ["DE", "NZ"], "order_id": ["o1", "o2"]}
NUMBERS = {
    "amount": [0.1, 9.99, 100.0],
    "quantity": [1.0, 3.0],
    "price": [0.0333, 3.33, 100.0],
    "hour": [0.0, 13.0],
    "weekday": [0.0, 6.0],
    "month": [1.0, 2.0, 12.0],
}
LITERALS = {**TEXTS, **NUMBERS, "properties.colour": ["red", "blue"], "properties.score": [7.0, 9.5]}
ORDERED = (*NUMBERS, "properties.score")
PROPERTIES = [None, '{"colour": "red"}', '{"colour": "blue", "score": 7}', '{"score": 9.5}', '{"score": "7"}']
SOME = st.sampled_from


NO_WHERE = st.none()


def nothing_or(*values):
    return SOME([None, *values])


@st.composite
def moments(draw, latest=0.0):
    days = draw(st.one_of(SOME([edge for edge in EDGES if edge >= latest]), st.floats(latest, latest + 10)))
    return days_before(days) + draw(SOME([-1, 0, 1])) * MICROSECOND


@st.composite
def events(draw):
    occurred_at = draw(moments())
    return event(
        draw(SOME(CUSTOMERS)),
        occurred_at,
        draw(SOME(TYPES)),
        received_at=occurred_at + timedelta(days=draw(SOME([0, 0, 0, 3]))),
        amount=draw(nothing_or("0.1", "9.99", "100")),
        quantity=draw(nothing_or("1", "3")),
        category=draw(nothing_or(*TEXTS["category"])),
        country=draw(nothing_or(*TEXTS["country"])),
        order_id=draw(nothing_or(*TEXTS["order_id"])),
        properties=draw(SOME(PROPERTIES)),
    )


@st.composite
def comparisons(draw):
    name = draw(SOME(list(LITERALS)))
    of, told = Column(name), LITERALS[name]
    literals = [Value(one) for one in told]
    one, two = draw(SOME(literals)), draw(SOME(literals))
    equal = nodes.Comparison(of, draw(SOME(["=", "!="])), one)
    choices = [equal, nodes.OneOf(of, (one, two)), nodes.IsNull(of), nodes.Comparison(one, "=", of)]
    if name in ORDERED:
        choices += [nodes.Comparison(of, how, one) for how in ("<", "<=", ">", ">=")]
        choices += [nodes.Between(of, one, two), nodes.Comparison(nodes.Negative(of), "<", nodes.Negative(one))]
        choices += [nodes.Comparison(nodes.Arithmetic(Column(name), how, Column("amount")), "<", one) for how in "+-*/"]
    else:
        half = Value(str(one.value)[:2].upper())
        choices += [
            nodes.Matches(of, how, (half, two), draw(st.booleans())) for how in ("contains", "starts with", "ends with")
        ]
    return draw(SOME(choices))


TWO_FIELDS = st.just(nodes.Comparison(Column("category"), "=", Column("country")))
WHERES = st.recursive(
    st.one_of(comparisons(), comparisons(), TWO_FIELDS, st.booleans().map(Value)),
    lambda inner: st.one_of(
        inner.map(nodes.Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: nodes.All(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: nodes.Any(tuple(parts))),
    ),
    max_leaves=4,
)


@st.composite
def dates(draw):
    date = draw(moments())
    return draw(SOME([date, date.replace(tzinfo=None), datetime(date.year, date.month, date.day)]))  # noqa: DTZ001


DURATIONS = st.one_of(st.none(), SOME([timedelta(days=edge) for edge in EDGES]), st.just(timedelta(hours=36)))
PERIODS = st.builds(Period, DURATIONS, DURATIONS, st.none() | dates(), st.none() | dates(), DURATIONS)
FEW_PERIODS = st.one_of(
    st.just(Period()),
    DURATIONS.map(lambda length: Period(within=length)),
    DURATIONS.map(lambda length: Period(before=length)),
    dates().map(lambda date: Period(since=date)),
    dates().map(lambda date: Period(until=date)),
    DURATIONS.map(lambda length: Period(anniversary=length)),
    PERIODS,
)


@st.composite
def calls(draw):
    function = draw(SOME(list(EVENT_FUNCTIONS)))
    fields = {"sum": ["amount", "quantity"], "first": [None, *TEXTS, *NUMBERS], "last": [None, *TEXTS, *NUMBERS]}
    field = draw(SOME(fields.get(function, [None])))
    return EventCall(function, draw(SOME(TYPES)), field, draw(st.none() | WHERES), draw(FEW_PERIODS))


@st.composite
def sequences(draw, wheres=NO_WHERE):
    steps = [Step(draw(SOME(TYPES)), draw(wheres))]
    for _ in range(draw(st.integers(1, 4))):
        happened = not steps[-1].happened or draw(st.booleans())
        steps.append(Step(draw(SOME(TYPES)), draw(wheres), happened))
    limit = draw(DURATIONS)
    return Sequence(tuple(steps), limit, draw(FEW_PERIODS))


@st.composite
def trails(draw):
    """Events of one customer close together, some at one instant, so that sequences come about."""
    hours = draw(st.lists(st.tuples(st.integers(0, 14), SOME(TYPES)), min_size=2, max_size=14))
    late = st.integers(0, 9).map(lambda draw: draw == 0)
    return [
        event("ann", at, kind, received_at=AS_OF if draw(late) else at)
        for hour, kind in hours
        for at in [days_before(5) + timedelta(hours=12 * hour) + draw(SOME([-1, 0, 0, 0, 1])) * MICROSECOND]
    ]


def found(rows, questions, as_of=AS_OF, zone="UTC"):
    asked = figures(history_of(table(rows), max(as_of, AS_OF), zone), questions, as_of)
    beside = asked.beside(["zoe", *CUSTOMERS])
    return {question: beside[name].to_pylist() for question, name in asked.names.items()}


def expected(rows, questions, as_of=AS_OF, zone="UTC"):
    pasts = [Past([row for row in rows if row["customer_id"] == who], as_of, zone) for who in ("zoe", *CUSTOMERS)]
    return {question: [past.answer(question) for past in pasts] for question in questions}


LOGS = st.lists(events(), min_size=1, max_size=14)
QUESTIONS = st.lists(st.one_of(calls(), calls(), sequences(st.none() | comparisons())), min_size=1, max_size=8)


@settings(max_examples=150)
@given(LOGS, QUESTIONS, st.one_of(st.just(AS_OF), moments()), ZONES)
def test_every_figure_is_what_plain_python_finds(rows, questions, as_of, zone):
    assert found(rows, questions, as_of, zone) == expected(rows, questions, as_of, zone)


@settings(max_examples=150)
@given(trails(), st.lists(sequences(), min_size=1, max_size=10))
def test_every_sequence_is_what_trying_all_events_finds(rows, questions):
    assert found(rows, questions) == expected(rows, questions)


@settings(max_examples=60)
@given(LOGS, st.lists(events(), max_size=5), QUESTIONS)
def test_what_arrives_late_changes_nothing_before_it_arrived(rows, others, questions):
    late = [{**row, "received_at": AS_OF} for row in others]
    to_come = [{**row, "occurred_at": AS_OF, "received_at": AS_OF} for row in others]
    assert found([*rows, *late, *to_come], questions) == found(rows, questions)


@settings(max_examples=60)
@given(LOGS, QUESTIONS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(rows, questions, random):
    known = [{**row, "received_at": min(row["received_at"], AS_OF - MICROSECOND)} for row in rows]
    shuffled = random.sample(known, len(known))
    delays = random.choices([timedelta(0), timedelta(minutes=1), timedelta(days=400)], k=len(known))
    arrived = [
        {**row, "received_at": min(row["received_at"] + delay, AS_OF - MICROSECOND)}
        for row, delay in zip(shuffled, delays, strict=True)
    ]
    assert found(arrived, questions) == found(known, questions)


@given(calls(), LOGS)
def test_a_figure_does_not_depend_on_what_else_is_asked(call, rows):
    others = [replace(call, event_type=kind, where=None) for kind in TYPES]
    assert found(rows, [call, *others])[call] == found(rows, [call])[call]
