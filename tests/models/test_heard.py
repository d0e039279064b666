from dataclasses import replace

import pytest

from features.catalogue import describe
from models.heard import require_heard
from models.ready import READY
from models.tasks import TASKS, find_task
from pipeline.errors import NotEnoughDataError


def lacking(*names):
    return [column for column in describe() if column.name in names]


def test_a_shop_that_logs_no_use_is_told_which_events_usage_churn_needs():
    with pytest.raises(NotEnoughDataError, match="usage_churn model expected a log with feature_used or logged_in"):
        require_heard(find_task("usage_churn", READY), ["order_placed"], ())


def test_a_population_that_cannot_be_known_is_named_with_what_it_needs():
    purchase = find_task("purchase_7d", READY)
    with pytest.raises(NotEnoughDataError, match=r"with .*page_viewed.* so that it is known whether days_since_last_v"):
        require_heard(purchase, ["order_placed"], lacking("days_since_last_visit"))


def test_an_event_type_that_nobody_knows_is_answered_with_the_nearest():
    mine = replace(find_task("churn"), target="never(order_placed) and never(box_retruned)")
    with pytest.raises(NotEnoughDataError, match=r'got "box_retruned"\. Did you mean "box_returned"'):
        require_heard(mine, ["order_placed", "box_returned"], ())


def test_one_of_several_features_may_be_lacking():
    require_heard(find_task("usage_churn", READY), ["logged_in"], lacking("feature_uses_30d"))


def test_a_shop_that_logs_what_is_asked_is_heard():
    require_heard(find_task("churn", TASKS), ["order_placed"], lacking("feature_uses_30d"))
