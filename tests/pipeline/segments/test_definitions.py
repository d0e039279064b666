from datetime import UTC, datetime, timedelta

from pipeline.segments.definitions import Definition, definitions_over

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return FIRST + timedelta(days=number)


def test_a_definition_is_in_force_from_the_run_that_first_decided_by_it() -> None:
    runs = [(day(0), {"vip": "a"}), (day(1), {"vip": "a", "new": "n"}), (day(2), {"vip": "b", "new": "n"})]
    assert definitions_over(runs).of == {
        "vip": (Definition(day(0), "a"), Definition(day(2), "b")),
        "new": (Definition(day(1), "n"),),
    }


def test_of_several_runs_of_one_moment_the_last_counts_whatever_their_order() -> None:
    runs = [(day(1), {"vip": "b"}), (day(0), {"vip": "x"}), (day(0), {"vip": "a"})]
    assert definitions_over(runs).of["vip"] == (Definition(day(0), "a"), Definition(day(1), "b"))


def test_a_run_that_left_a_segment_out_says_nothing_of_it() -> None:
    runs = [(day(0), {"vip": "a"}), (day(1), {}), (day(2), {"vip": "a"})]
    assert definitions_over(runs).of["vip"] == (Definition(day(0), "a"),)


def redefined(*days: int, until: int) -> int:
    """How often a segment counts as redefined that got another definition on each of these days."""
    runs = [(day(number), {"vip": str(number)}) for number in days]
    return definitions_over([*runs, (day(until), {"vip": str(days[-1])})]).redefined_within(timedelta(days=90))["vip"]


def test_a_definition_that_stood_long_enough_may_be_given_up() -> None:
    assert redefined(0, 90, until=91) == 0
    assert redefined(0, 89, until=91) == 1


def test_what_was_redefined_long_ago_counts_no_more() -> None:
    assert redefined(0, 10, until=99) == 1
    assert redefined(0, 10, until=100) == 0


def test_every_hasty_change_counts_also_one_back() -> None:
    runs = [(day(number), {"vip": version}) for number, version in enumerate("abab")]
    assert definitions_over(runs).redefined_within(timedelta(days=90)) == {"vip": 3}
