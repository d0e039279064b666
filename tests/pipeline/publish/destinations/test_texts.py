import pytest

from pipeline.publish.destinations.texts import as_text, kind_of, same_text
from pipeline.publish.plain import Json


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        (None, "", ""),
        (True, "true", "single checkbox"),
        (False, "false", "single checkbox"),
        (0, "0", "number"),
        (120, "120", "number"),
        (-3.0, "-3", "number"),
        (0.07, "0.07", "number"),
        (1e-7, "0.0000001", "number"),
        (1e15, "1000000000000000", "number"),
        ("2026-03-09", "2026-03-09", "date"),
        ("2026-03-09T23:30:00-02:00", "2026-03-10", "date"),
        ("2026-03-09T23:30:00Z", "2026-03-09", "date"),
        ("2026-13-09", "2026-13-09", "single-line text"),
        ("high", "high", "single-line text"),
        ("", "", "single-line text"),
    ],
)
def test_a_value_becomes_a_text_of_a_kind(value: Json, text: str, kind: str) -> None:
    assert (as_text(value), kind_of(value)) == (text, kind)


@pytest.mark.parametrize("value", [[], {}, ["high"]])
def test_several_values_are_no_text(value: Json) -> None:
    with pytest.raises(TypeError, match="Expected a single value"):
        as_text(value)


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        (None, None),
        (None, ""),
        (False, "false"),
        (True, True),
        (0.41, "0.41"),
        (0.41, "0.410"),
        (0.41, 0.41),
        (120, "120.0"),
        ("2026-03-09", "2026-03-09T00:00:00Z"),
        ("2026-03-09", "1773014400000"),
        ("slowing down", " slowing down "),
    ],
)
def test_a_platform_may_write_the_same_in_another_way(wanted: Json, held: object) -> None:
    assert same_text(wanted, held)


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        (None, "0"),
        (False, None),
        (False, "true"),
        (0, None),
        (0.41, "0.42"),
        (0.41, "high"),
        ("2026-03-09", "2026-03-10"),
        ("2026-03-09", "1773100800000"),
        ("2026-03-09", None),
        ("high", "low"),
    ],
)
def test_what_differs_is_not_the_same(wanted: Json, held: object) -> None:
    assert not same_text(wanted, held)
