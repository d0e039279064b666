import pytest

from models.judging.digits import told_apart


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (0.05, 0.091, ("0.050", "0.091")),
        (0.0914, 0.0906, ("0.0914", "0.0906")),
        (0.09104, 0.09101, ("0.09104", "0.09101")),
        (0.7, 0.7, ("0.700", "0.700")),
        (0.7, 0.70000004, ("0.700000", "0.700000")),
    ],
)
def test_two_figures_that_differ_do_not_read_equal(first, second, told):
    assert told_apart(first, second) == told


def test_a_ratio_beyond_its_bound_does_not_read_as_on_it():
    assert told_apart(1.2004, 1.2, digits=2) == ("1.2004", "1.2000")
