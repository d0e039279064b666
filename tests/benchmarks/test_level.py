from benchmarks.level import measure, table


def test_small_shops_are_told_what_to_expect_of_a_christmas_that_they_never_saw():
    found = measure("first_year", 800, range(1, 3))
    assert found["held"] == 2
    assert 0.3 < found["mean_width"] < 0.6
    for told in found["seeds"]:
        assert told["as_of"].startswith("2025-10-03")
        assert not told["season_seen"]
        assert told["held"] == (told["expected_share_low"] <= told["came"] <= told["expected_share_high"])
    assert table("first_year", found).splitlines()[0].startswith("first_year: 2 of 2 held, width 0.")
