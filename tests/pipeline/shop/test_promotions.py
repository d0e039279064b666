import numpy as np
import pytest

from pipeline.shop.promotions import PROMOTIONS, on_promotion


@pytest.mark.parametrize(
    ("date", "sale"),
    [
        ("2024-01-26", False),
        ("2024-01-27", True),
        ("2024-02-06", True),
        ("2024-02-07", False),
        ("2025-07-26", False),
        ("2025-07-27", True),
        ("2025-11-28", True),
        ("2025-11-29", False),
        ("2025-12-24", False),
    ],
)
def test_a_sale_begins_on_its_day_and_ends_after_its_last(date: str, sale: bool) -> None:  # noqa: FBT001  # a table's column
    assert on_promotion(np.array([date], "datetime64[D]")).tolist() == [sale]


def test_every_year_has_the_same_days_of_sale() -> None:
    for year in range(2015, 2031):
        days = np.arange(np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01"))
        assert on_promotion(days).sum() == sum(promotion.days for promotion in PROMOTIONS)
