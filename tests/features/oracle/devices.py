"""On what the shop is visited, naively."""

from tests.features.oracle.pages import ON_PAGES, visits
from tests.features.oracle.past import Past, counts, distinct, over
from tests.features.oracle.sequence import in_order, known, matches, share


def expected(past: Past) -> dict[str, float]:
    used = in_order(known(past.of(*ON_PAGES), "device"))
    year = known(past.within(visits(past), 365), "device")
    each = counts(year, lambda row: row["device"]).values()
    terms = past.vocabulary.terms["device"]
    told = {
        "visit_device_concentration_365d": over(sum(count**2 for count in each), len(year) ** 2),
        **{f"devices_used_{days}d": len(distinct(past.within(used, days), "device")) for days in (90, 365)},
    }
    for device in (*terms, "other"):
        is_it = matches("device", device, terms)
        told[f"visit_device_share_{device}_365d"] = share(year, is_it)
        told[f"last_device_{device}"] = share(used[-1:], is_it)
    return told
