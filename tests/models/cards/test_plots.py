from models.cards.plots import SIDE, blocks, gains_points, reliability_dots


def test_a_group_that_came_as_said_stands_on_the_line():
    half, most = reliability_dots([(0.5, 0.5, 10), (0.9, 0.6, 40)], ["half", "most"], highest=1.0)
    assert (half.x, half.y) == (SIDE / 2, SIDE / 2)
    assert (most.x, most.y) == (180, 80)
    assert most.radius == 2 * half.radius


def test_amounts_reach_to_their_highest():
    (dot,) = reliability_dots([(50.0, 100.0, 3)], ["fifty"], highest=100.0)
    assert (dot.x, dot.y) == (100, 0)


def test_the_gains_go_from_nobody_to_everybody():
    assert gains_points([0.6, 1.0]) == "0.0,200.0 100.0,80.0 200.0,0.0"


def test_gains_of_nothing_stay_on_the_ground():
    assert gains_points([None, None]) == "0.0,200.0 100.0,200.0 200.0,200.0"


def test_the_tallest_block_fills_the_plot():
    first, second = blocks([2, 8], ["few", "many"])
    assert (first.height, second.height, second.y) == (50, 200, 0)
    assert (first.y, first.label) == (150, "few")
    assert second.x > first.x + first.width
