"""In which order segments are decided that look into one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SettingsError
from pipeline.segments.order import in_order
from pipeline.segments.segment import Segment, Variant


def looking(name: str, *others: str) -> Segment:
    """A segment that looks into others."""
    return Segment(name=name, when=" and ".join(["true", *(f"not in_segment({other})" for other in others)]))


def names(layers: tuple[tuple[Segment, ...], ...]) -> list[list[str]]:
    return [[segment.name for segment in layer] for layer in layers]


def test_a_segment_comes_after_all_that_it_looks_into() -> None:
    given_order = [looking("d", "b", "c"), looking("b", "a"), looking("a"), looking("c"), looking("e", "d")]
    assert names(in_order(given_order)) == [["a", "c"], ["b"], ["d"], ["e"]]


def test_segments_that_look_into_nothing_are_one_layer_in_the_order_given() -> None:
    assert names(in_order([looking("b"), looking("a")])) == [["b", "a"]]
    assert in_order([]) == ()


def test_a_segment_that_is_not_there_is_nothing_to_wait_for() -> None:
    assert names(in_order([looking("a", "cluster_gifts")])) == [["a"]]


@pytest.mark.parametrize(
    ("segments", "circle"),
    [
        ([looking("a", "a")], "a → a"),
        ([looking("a", "b"), looking("b", "a")], "a → b → a"),
        (
            [looking("x"), looking("d", "a"), looking("a", "x", "b"), looking("b", "c"), looking("c", "a")],
            "a → b → c → a",
        ),
    ],
)
def test_a_circle_is_refused_by_name(segments: list[Segment], circle: str) -> None:
    with pytest.raises(SettingsError) as error:
        in_order(segments)
    assert str(error.value) == (
        "segments: expected each in_segment(…) to look into one that does not look back, "
        f"got the circle {circle}. Take in_segment(…) out of one of them."
    )


def test_variants_and_what_keeps_members_count_as_well() -> None:
    by_variant = Segment(name="a", when="true", variants=(Variant(when="in_segment(b)"),))
    by_staying = Segment(name="b", when="true", stay_while="in_segment(c)")
    assert names(in_order([by_variant, by_staying, looking("c")])) == [["c"], ["b"], ["a"]]
    with pytest.raises(SettingsError, match="a → b → a"):
        in_order([by_variant, looking("b", "a")])


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12))
def test_every_segment_has_one_place_after_what_it_looks_into_unless_there_is_a_circle(
    pairs: list[tuple[int, int]],
) -> None:
    segments = [
        looking(f"s{one}", *(f"s{low}" for high, low in pairs if high == one and low < one)) for one in range(8)
    ]
    layers = in_order(segments)
    depth = {segment.name: number for number, layer in enumerate(layers) for segment in layer}
    assert sorted(depth) == [f"s{one}" for one in range(8)]
    assert all(depth[f"s{high}"] > depth[f"s{low}"] for high, low in pairs if low < high)
