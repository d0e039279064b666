from pipeline.progress import heard_by, one_by_one, so_far


def test_whoever_listens_hears_each_thing_as_its_turn_comes():
    heard = []
    with heard_by(heard.append):
        done = [(name, list(heard)) for name in one_by_one(("churn", "purchase"), str.upper)]
    assert done == [("churn", ["CHURN, 1 of 2"]), ("purchase", ["CHURN, 1 of 2", "PURCHASE, 2 of 2"])]


def test_counts_are_told_as_a_person_writes_them():
    heard = []
    with heard_by(heard.append):
        so_far(10_000, 20_000, "customers")
    assert heard == ["10,000 of 20,000 customers"]


def test_who_listens_no_more_hears_nothing_and_work_goes_on():
    heard = []
    with heard_by(heard.append):
        pass
    assert list(one_by_one([1, 2], str)) == [1, 2]
    assert heard == []
