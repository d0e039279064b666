import pytest

from models.examples import Examples
from models.model import Model
from models.training import train
from tests.models.shop import AS_OF, CHURN, SPEND, cut_offs, shop


@pytest.fixture(scope="session")
def past() -> Examples:
    return shop(2500, cut_offs(4))


@pytest.fixture(scope="session")
def churn(past: Examples) -> Model:
    return train(CHURN, past, as_of=AS_OF, seed=0)


@pytest.fixture(scope="session")
def spend() -> Model:
    return train(SPEND, shop(2500, cut_offs(2), task=SPEND), as_of=AS_OF, seed=0)
