"""Random conditions of every kind that the language has."""

from hypothesis import assume
from hypothesis import strategies as st

from tests.pipeline.conditions import said
from tests.pipeline.conditions.said import DAYS, NUMBERS, TEXTS, Said, column, literal, question

SOME = st.sampled_from
TYPES = SOME(["product_viewed", "order_placed", "'Page Viewed'"])
SIGNS, EQUALITY, QUANTIFIERS = SOME(list(said.COMPARISONS)), SOME(["=", "!="]), SOME(["any", "all"])
PARTS = st.lists(SOME(["x", "IT", "ö", "Gr", "e"]), min_size=1, max_size=3)
MEMBERS = st.lists(SOME(TEXTS), min_size=1, max_size=2)
PERIODS = [
    SOME(["", "within => '90 days'", "within => '36 hours'"]),
    SOME(["", "before => '1 day'", "before => '90 minutes'"]),
    SOME(["", "since => '2026-01-01'", "since => '2026-01-01T00:00:00+00:00'"]),
    SOME(["", "until => '2026-02-01'", "until => '2026-02-01T12:30:00'"]),
    SOME(["", "anniversary => '14 days'"]),
]
EVENTS_FIELDS = st.recursive(
    SOME(
        [
            "category = 'boots'",
            "category != query",
            "price > 50",
            "month = 12",
            "hour between 8 and 17",
            "(amount + discount) / 2 > price",
            "quantity in (1, 2)",
            "device is null",
            "query contains any ('x', 'y')",
            "properties.colour = 'red'",
            "-properties.size < 3",
            "properties.'shoe size' is null",
        ]
    ),
    lambda inner: (
        st.builds("({}) and ({})".format, inner, inner)
        | st.builds("({}) or ({})".format, inner, inner)
        | inner.map("not ({})".format)
        | st.builds("({}) = ({})".format, inner, inner)
    ),
    max_leaves=4,
)
WHERES = st.just("") | EVENTS_FIELDS


@st.composite
def calls(draw, function, fields=("",)):
    """A question about events of one type."""
    where = draw(WHERES)
    first = [draw(TYPES), draw(SOME(fields))]
    named = [*(draw(part) for part in PERIODS), f"where => {where}" if where else ""]
    return f"{draw(function)}({', '.join(part for part in (*first, *named) if part)})"


@st.composite
def sequences(draw):
    """A sequence of two to four steps, of which some must not happen."""
    steps, came = [draw(TYPES)], True
    for _ in range(draw(st.integers(1, 3))):
        came = not came or draw(st.booleans())
        step = draw(TYPES)
        assume(came or step != steps[-1])  # it would stand against itself
        steps.append(("" if came else "not ") + step)
    told = [f"{step} where {where}" if (where := draw(WHERES)) else step for step in steps]
    named = ["limit => '30 hours'", *(draw(part) for part in PERIODS)]
    return f"sequence({', '.join(part for part in (*told, *named) if part)})"


def asking(texts, kind):
    return texts.map(lambda text: question(text, kind))


asked_numbers = asking(
    calls(st.just("count"))
    | calls(st.just("sum"), ("amount", "quantity"))
    | calls(SOME(["first", "last"]), ("amount", "price", "month")),
    "number",
)
asked_truths = asking(
    calls(SOME(["happened", "never"]))
    | sequences()
    | SOME(["in_segment(vip)", "in_segment(new)", "consented('email')"]),
    "truth",
)
moments = st.just(column("m")) | asking(calls(SOME(["first", "last"])), "moment")
texts = st.just(column("t")) | asking(calls(SOME(["first", "last"]), ("category", "device")), "text")
days = SOME(DAYS)
PLAIN_NUMBERS = st.recursive(
    st.one_of(
        SOME(["a", "b"]).map(column),
        SOME(NUMBERS).map(literal),
        asked_numbers,
        SOME(["spring", "it's"]).map(said.bucket),
        st.builds(said.days, SOME(["days_since", "days_until"]), moments | days.map(literal)),
    ),
    lambda inner: st.builds(said.arithmetic, inner, SOME("+-*/"), inner) | inner.map(said.negative),
    max_leaves=4,
)


@st.composite
def plain_numbers(draw):
    """Numbers that stand in no place; a function, so that what is made of them has a short repr."""
    return draw(PLAIN_NUMBERS)


def conditions_over(numbers):
    """Conditions of any depth, whose numbers are these."""
    predicates = st.one_of(
        st.builds(said.comparison, numbers, SIGNS, numbers),
        st.builds(said.between, numbers, numbers, numbers),
        st.builds(said.one_of, numbers, st.lists(SOME(NUMBERS), min_size=1, max_size=3)),
        st.builds(said.is_null, numbers | texts | moments | st.just(column("l"))),
        st.just(column("f")) | asked_truths,
        st.booleans().map(literal),
        st.builds(said.comparison, texts, EQUALITY, SOME(TEXTS).map(literal) | texts),
        st.builds(said.one_of, texts, st.lists(SOME(TEXTS), min_size=1, max_size=3)),
        st.builds(said.matches, texts, SOME(list(said.MATCHES)), PARTS, QUANTIFIERS),
        st.builds(said.has, st.just(column("l")), MEMBERS, QUANTIFIERS),
        st.builds(said.comparison, moments, SIGNS, days.map(literal) | moments),
        st.builds(said.between, moments, days.map(literal), days.map(literal)),
    )
    return st.recursive(
        predicates,
        lambda inner: (
            st.builds(said.conjunction, inner, inner)
            | st.builds(said.disjunction, inner, inner)
            | inner.map(said.negation)
            | inner.map(said.is_null)
            | st.builds(said.comparison, inner.map(said.bracketed), EQUALITY, inner.map(said.bracketed))
            | st.builds(said.one_of, inner.map(said.bracketed), st.lists(st.booleans(), min_size=1, max_size=2))
        ),
        max_leaves=4,
    )


PLAIN_CONDITIONS = conditions_over(plain_numbers())


@st.composite
def plain_conditions(draw):
    """Conditions without percentile and rank."""
    return draw(PLAIN_CONDITIONS)


varied = st.builds(said.arithmetic, SOME(["a", "b"]).map(column), SOME("+-*/"), plain_numbers())
placed = st.builds(said.compared, SOME(["percentile", "rank"]), varied, st.none() | plain_conditions())
conditions: st.SearchStrategy[Said] = conditions_over(plain_numbers() | placed)
