"""The top of the page: one sentence, and what follows from it."""

from statistics import median

from pipeline.publish.edition import Edition
from pipeline.publish.report.focus import Focus, also_among, by_name
from pipeline.publish.report.wording import Wording, count_of, number, sentence

BEST_CUSTOMERS = "vip"


def headline(edition: Edition, focus: Focus | None) -> tuple[str, str, str]:
    """Return the opening sentence as what comes before its figure, the figure, and what comes after."""
    if focus is not None and focus.predicted:
        who = f"{_customers_are(focus.size)} unlikely to order again in the next {focus.horizon_days} days"
        return f"{who}. At stake: ", focus.total, "."
    customers, segments = count_of(len(edition.profiles), "customer"), count_of(len(edition.decided), "segment")
    missing = "a prediction of who may leave" if edition.models else "predictions"
    return "", customers, f" sorted into {segments}, by rules and without {missing} this time."


def lead(edition: Edition, focus: Focus | None, words: Wording) -> tuple[str, ...]:
    """Return what follows: the edition's notes, then who is new, who matters most and how early they were named."""
    notes = tuple(sentence(note) for note in edition.notes)
    if focus is None:
        return notes
    return (*notes, *_new(edition, focus, words), *_best(edition, focus), *_early(edition, focus))


def _new(edition: Edition, focus: Focus, words: Wording) -> tuple[str, ...]:
    if edition.earlier is None or focus.change is None or not focus.change.entered:
        return ()
    since = words.date(edition.earlier.as_of)
    return (f"{_customers_are(focus.change.entered)} new in “{focus.segment.title}” since {since}.",)


def _best(edition: Edition, focus: Focus) -> tuple[str, ...]:
    best = by_name(edition, BEST_CUSTOMERS)
    shared = also_among(edition, focus.segment, BEST_CUSTOMERS)
    if best is None or not shared:
        return ()
    which = f"{number(shared)} of the {number(focus.size)} in “{focus.segment.title}”"
    return (f"{which} {'is' if shared == 1 else 'are'} also in “{best.title}”: start there.",)


def _early(edition: Edition, focus: Focus) -> tuple[str, ...]:
    """Say for how many the list was earlier than the first rule beside it, and by how much."""
    titles = {segment.name: segment.title for segment in edition.segments}
    pairs = [pair for pair in edition.record.against_rules if pair.predicted == focus.segment.name and pair.lead_days]
    return tuple(
        f"Of {number(len(pair.lead_days) + pair.same_day + pair.later)} named by both it and the rule "
        f"“{titles.get(pair.rule, pair.rule)}”, the prediction was first for {number(len(pair.lead_days))}, "
        f"for half of these by {count_of(round(median(pair.lead_days)), 'day')} or more."
        for pair in pairs[:1]
    )


def _customers_are(count: int) -> str:
    return f"{count_of(count, 'customer')} {'is' if count == 1 else 'are'}"
