"""What a trace found, in words, as the command line prints it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flows.cli.explain_words import money, percent
from flows.cli.printing import shown
from pipeline.publish.meanings import CURRENCY, SHARE
from pipeline.publish.report.wording import count_of

SHORT = 12  # digits of a checksum that a person compares
BARE = ("ratio", "index", "score", "UTC", "hour", "weekday", "stage")  # units that say nothing beside a number
ONE = {"searches": "search", "categories": "category", "queries": "query"}
SAID = {True: "yes", False: "no", None: "cannot be said"}
FIGURES = {"roc_auc": "ROC AUC", "gini": "Gini", "ece": "calibration error", "total_ratio": "predicted over actual"}


def publication_in_words(about: Mapping[str, Any]) -> Iterator[str]:
    """Yield where a publication came from, and whether its files are as they were published."""
    yield f"Publication {about['id']}, as of {about['as_of']:%Y-%m-%d %H:%M} UTC"
    yield f"  {_snapshot(about)}"
    same = about["code_version"] == about["code_version_now"]
    now = "the one that runs now" if same else f"now {about['code_version_now']}"
    yield f"  Segcast {about['code_version']}, {now}"
    for name, file in about["files"].items():
        state = "as published" if file["intact"] else "CHANGED OR REMOVED since it was published"
        yield f"  {name}: {state} (SHA-256 {file['sha256'][:SHORT]}…)"
    if about["erased"]:
        people = about["erased"]["people"]
        yield f"  {people:,} {'person' if people == 1 else 'people'} asked to be forgotten, and went, since"


def _snapshot(about: Mapping[str, Any]) -> str:
    number, now = about["data_snapshot"], about["data_snapshot_now"]
    if number == now:
        return f"Event log, version {number}: the newest"
    kept = "still there" if about["data_snapshot_kept"] else "not kept any more"
    return f"Event log, version {number}: {kept}; the newest is {now}"


def rows_in_short(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Yield a line a segment that the customer was in."""
    for row in rows:
        yield row["segment"], row["kind"], f"{row['since']:%Y-%m-%d}", _number(row["score"]), SAID[row["held_out"]]


def predictions_in_words(
    predictions: Mapping[str, Any], units: Mapping[str, str], currency: str
) -> Iterator[tuple[str, str]]:
    """Yield every prediction with its unit."""
    for name, value in predictions.items():
        yield name, in_unit(value, units.get(name, ""), currency)


def segment_in_words(told: Mapping[str, Any], predictions: Mapping[str, Any], currency: str) -> Iterator[str]:
    """Yield everything about one row: the row, what decides, the stay and what campaigns may do."""
    yield from _row(told, currency)
    yield ""
    yield from _decides(told, currency)
    if told["member"]:
        yield ""
        yield from _reasons(told, predictions)
        yield from _stay(told)
    if told["before"]:
        yield f"  {_before(told['before'])}"
    yield from (f"  Audience {one['audience']}: {one['explanation']}" for one in told["audiences"])


def _row(told: Mapping[str, Any], currency: str) -> Iterator[str]:
    if not told["member"]:
        yield f"Not in {told['segment']}"
        return
    row = told["list"]
    yield f"In {told['segment']}" + (f": row {row['place']:,} of {row['of']:,} in its list" if row else "")
    if row and "score" in row:
        band = f", {row['risk_band']} risk" if "risk_band" in row else ""
        yield f"  Score {row['score']}{band}"
    if row and "value_at_stake" in row:
        yield f"  At stake: {money(float(row['value_at_stake']), currency)}"
    if told["held_out"]:
        yield "  Held out of campaigns, so that these can be measured"


def _decides(told: Mapping[str, Any], currency: str) -> Iterator[str]:
    by = f", decided by {told['decided_by']}" if told["decided_by"] else ""
    now = "defined so today" if told["defined_so_now"] else "defined otherwise today"
    yield f"A member when {told['when']}"
    yield f"  Version {told['definition_version']}, {now}{by}"
    yield from (f"  {SAID[one['holds']]:<14}  {one['says']}" for one in told["comparisons"])
    if told["stay_while"]:
        yield f"Who was in stays while {told['stay_while']}"
        yield from (f"  {SAID[one['holds']]:<14}  {one['says']}" for one in told["staying"])
    yield "This customer's own values"
    yield from (f"  {one['name']}: {in_unit(one['value'], one['unit'], currency)}" for one in told["reads"])


def _reasons(told: Mapping[str, Any], predictions: Mapping[str, Any]) -> Iterator[str]:
    task = (told["decided_by"] or "").split(" ")[0]
    named = (predictions.get(f"{task}_reason_{number}") for number in (1, 2, 3))
    yield from (f"  • {reason}" for reason in named if reason)


def _stay(told: Mapping[str, Any]) -> Iterator[str]:
    stay = told["stay"]
    through = count_of(stay["publications"], "publication")
    yield f"  In since {stay['since']:%Y-%m-%d}, through {through} that are here, from {stay['first_kept']} on"


def _before(before: Mapping[str, Any]) -> str:
    name = before["publication"]
    if not before["kept"]:
        return f"The publication before, {name}, is not kept any more."
    if not before["decided"]:
        return f"The publication before, {name}, did not decide it."
    said = "had the customer in it" if before["member"] else "did not have the customer in it"
    score = f", with score {_number(before['score'])}" if before["score"] is not None else ""
    defined = "" if before["defined_so"] else ", by another definition"
    return f"The publication before, {name}, {said}{score}{defined}."


def models_in_words(models: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Yield a line a model: what it was made from, and how its backtest came out."""
    for one in models:
        features = f", {one['features']} features" if one["features"] else ""
        day = str(one["trained_as_of"])[:10]
        made = f"as of {day}, log version {one['data_snapshot']}{features}, Segcast {one['code_version']}"
        figures = [f"{FIGURES[name]} {value:.3f}" for name, value in one["backtest"].items() if name in FIGURES]
        among = f" on {one['backtest']['n']:,.0f} customers" if "n" in one["backtest"] and figures else ""
        service = "" if one["in_service_now"] else " (replaced since)"
        yield f"{one['task']} {one['version']}{service}", made, ", ".join(figures) + among or "none"


def proof_in_words(proof: Mapping[str, Any], units: Mapping[str, str], currency: str) -> Iterator[str]:
    """Yield whether everything comes out the same when it is worked out again, what differs and why it may."""
    compared = count_of(proof["compared"], "value")
    if proof["same"]:
        yield f"Worked out again from {proof['log']}: the same, {compared} compared"
        yield from (f"  {note}" for note in proof["notes"])
        return
    yield f"Worked out again from {proof['log']}: {len(proof['differences'])} of {compared} differ"
    for one in proof["differences"]:
        unit = units.get(one["what"], "")
        published, again = (in_unit(one[when], unit, currency) for when in ("published", "again"))
        yield f"  {one['what']}: published {published}, now {again}"
    why = proof["why"] or ["Nothing that is recorded explains it."]
    yield from (f"  {line}" for line in (*why, *proof["notes"]))


def in_unit(value: object, unit: str, currency: str) -> str:  # noqa: PLR0911 - one case a kind of value
    """Return a value as people write it: 62 %, £75.50, 4.5 days."""
    match value:
        case None:
            return "unknown"
        case bool() | str() | datetime():
            return shown(value)
        case int() | float() if unit in {CURRENCY, "money"}:
            return money(float(value), currency)
        case int() | float() if unit in {SHARE, "share", "probability"}:
            return percent(float(value)) if 0 < value < 1 and round(float(value), 2) not in {0, 1} else _number(value)
        case list():
            return ", ".join(map(str, value)) or "none"
    if unit == "flag":
        return SAID[bool(value)]
    return f"{_number(value)} {_noun(unit, value)}".strip()


def _noun(unit: str, value: Any) -> str:  # noqa: ANN401 - a number
    if unit in BARE:
        return ""
    return ONE.get(unit, unit.removesuffix("s")) if value == 1 else unit


def _number(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4f}"
    return shown(value)
