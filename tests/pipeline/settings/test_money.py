import pytest
from pydantic import ValidationError

from pipeline.settings.money import MoneySettings


def test_what_a_shop_does_not_state_is_left_open() -> None:
    assert MoneySettings().model_dump() == dict.fromkeys(("margin", "contact_cost", "offer_cost", "save_rate"))


def test_what_a_shop_states_is_kept() -> None:
    stated = {"margin": 0.4, "contact_cost": 0.02, "offer_cost": 5.0, "save_rate": 0.1}
    assert MoneySettings.model_validate(stated).model_dump() == stated


@pytest.mark.parametrize(
    ("name", "value"),
    [("margin", 40), ("margin", -0.1), ("save_rate", 1.1), ("contact_cost", -1), ("offer_cost", float("nan"))],
)
def test_a_share_is_at_most_one_and_a_cost_at_least_nothing(name: str, value: float) -> None:
    with pytest.raises(ValidationError, match=name):
        MoneySettings.model_validate({name: value})


def test_a_misspelt_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="margins"):
        MoneySettings.model_validate({"margins": 0.4})
