"""Whether a list that a marketer works from holds the same customers from one night to the next."""

from datetime import timedelta
from itertools import pairwise

from flows.demo import END
from flows.segmenting.scoring import score
from pipeline.segments.asking import ask
from pipeline.segments.membership import assign
from pipeline.segments.moves import moves

NIGHTS = [END - timedelta(days=days) for days in (3, 2, 1, 0)]


def came_and_went(segments, nights):
    """How many customers entered or left a segment from each night to the next, in all."""
    published = [None]
    for profiles, answers in nights:
        published.append(assign(segments, profiles, published[-1], answers=answers))
    changes = (moves(before, now).values() for before, now in pairwise(published[1:]))
    return sum(len(one.entered) + len(one.left) for change in changes for one in change)


def test_members_who_may_stay_a_while_come_and_go_less_often(project):
    segments = [one for one in project.segments() if one.stay_while is not None]
    bare = [one.model_copy(update={"stay_while": None}) for one in segments]
    answers = [ask(segments, project.history(night), project.store.consents(night)) for night in NIGHTS]
    nights = list(zip([score(project, night) for night in NIGHTS], answers, strict=True))
    staying, flapping = came_and_went(segments, nights), came_and_went(bare, nights)
    assert staying <= 0.9 * flapping
