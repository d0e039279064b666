"""Where customers stand by their chance of no further order."""

from dataclasses import replace

import pyarrow as pa

from pipeline.publish.edition import Edition
from pipeline.publish.report.spread import HEIGHT, WIDTH, spread


def of(edition: Edition, *rows: tuple[float | None, str | None]) -> Edition:
    table = pa.table(
        {
            "customer_id": [f"c-{place}" for place in range(len(rows))],
            "churn_probability": pa.array([chance for chance, _ in rows], pa.float64()),
            "churn_band": pa.array([band for _, band in rows], pa.string()),
        }
    )
    return replace(edition, profiles=replace(edition.profiles, table=table))


def test_the_tallest_column_is_as_high_as_the_box_and_bands_stand_on_one_another(today: Edition) -> None:
    told = spread(of(today, (0.02, "low"), (0.61, "high"), (0.62, "medium"), (0.63, "high"), (1.0, "high")))
    assert told is not None
    first, medium, high, last = told.pillars
    assert (first.x, first.height) == (0.0, HEIGHT / 3)
    assert (medium.band, high.band, medium.x, high.x) == ("medium", "high", 240.0, 240.0)
    assert (high.y, high.y + high.height, medium.y + medium.height) == (0.0, medium.y, HEIGHT)
    assert last.x == WIDTH * 0.95


def test_each_band_says_how_many_and_where_it_begins(today: Edition) -> None:
    told = spread(of(today, (0.1, "low"), (0.2, "low"), (0.61, "high"), (0.81, "high"), (None, None)))
    assert told is not None
    assert [(band.name, band.count, band.share, band.starts) for band in told.bands] == [
        ("low", "2", "50%", "10%"),
        ("high", "2", "50%", "61%"),
    ]
    assert told.scored == "4"


def test_without_a_churn_model_there_is_none(unpredicted: Edition) -> None:
    assert spread(unpredicted) is None
