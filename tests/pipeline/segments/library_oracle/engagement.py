"""How customers respond to e-mail, or where there is none, whether they come by."""

from tests.features.oracle.past import Past
from tests.pipeline.segments.library_oracle.shop import SITE, Rule, Shop, count, of, visits

SENT, OPENED, CLICKED = "email_delivered", "email_opened", "email_clicked"


def _is_written_to(past: Past, mails: int = 1) -> bool:
    return count(past, SENT, 90) >= mails


def _is_not_highly_engaged(who: str, shop: Shop) -> bool:
    return who not in shop.members["highly_engaged"]


def _reacts(past: Past, *reactions: str) -> bool:
    return any(count(past, one, 90) for one in reactions)


RULES = {
    "highly_engaged": (
        Rule(
            of(lambda past: _is_written_to(past) and count(past, CLICKED, 30) >= 1),
            needs=(SENT, CLICKED),
        ),
        Rule(of(lambda past: _is_written_to(past) and count(past, OPENED, 30) >= 3), needs=(SENT, OPENED)),
        Rule(of(lambda past: len(visits(past, 30)) >= 4), needs=(SITE,)),
    ),
    "moderately_engaged": (
        Rule(
            lambda who, shop: (
                _is_written_to(shop.pasts[who])
                and _reacts(shop.pasts[who], OPENED, CLICKED)
                and _is_not_highly_engaged(who, shop)
            ),
            needs=(SENT, OPENED, CLICKED),
        ),
        Rule(
            lambda who, shop: (
                _is_written_to(shop.pasts[who])
                and _reacts(shop.pasts[who], OPENED)
                and _is_not_highly_engaged(who, shop)
            ),
            needs=(SENT, OPENED),
        ),
        Rule(
            lambda who, shop: bool(visits(shop.pasts[who], 90)) and _is_not_highly_engaged(who, shop),
            needs=(SITE,),
        ),
    ),
    "not_engaged": (
        Rule(
            of(lambda past: _is_written_to(past, 3) and not _reacts(past, OPENED, CLICKED)),
            needs=(SENT, OPENED, CLICKED),
        ),
        Rule(of(lambda past: _is_written_to(past, 3) and not _reacts(past, OPENED)), needs=(SENT, OPENED)),
        Rule(of(lambda past: not visits(past, 90) and len(visits(past, 365)) >= 1), needs=(SITE,)),
    ),
    "opens_never_clicks": (
        Rule(
            of(lambda past: count(past, OPENED, 90) >= 3 and not count(past, CLICKED, 365)),
            needs=(OPENED, CLICKED),
        ),
    ),
}
