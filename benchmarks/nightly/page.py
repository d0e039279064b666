"""The figures of unattended nights for a person."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

NAMED = ("amiss", "failed")  # each on a line of its own
UNSHOWN = ("moments",)


def of(figures: Mapping[str, Any]) -> str:
    """Return figures by name."""
    return "\n".join(f"  {name:28} {_shown(value)}" for name, value in figures.items())


def of_kills(figures: Mapping[str, Any]) -> str:
    """Return what came of the kills, and all that is amiss by name."""
    named = [f"  amiss: {one}" for name in NAMED for one in figures[name]]
    told = {name: value for name, value in figures.items() if name not in (*NAMED, *UNSHOWN)}
    return "\n".join([of(told), *named])


def of_a_month(month: Mapping[str, Any]) -> str:
    """Return the table by night, what became of each trouble, and the false alarms."""
    return "\n".join([*_nights(month["table"]), *_troubles(month)])


def _nights(nights: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "  night  planted                   exit  published            trained  caught"
    for one in nights:
        published = one["in_force"] if one["is_new"] else f"({one['in_force']})"
        trained, planted = "yes" if one["trained"] else "", ", ".join(one["planted"])
        caught = ", ".join(one["caught"])
        yield f"  {one['night']:5}  {planted:24}  {one['exit_code']:4}  {published:19}  {trained:7}  {caught}".rstrip()


def _troubles(month: Mapping[str, Any]) -> Iterator[str]:
    for name, became in month["troubles"].items():
        caught = "no night" if became["caught_on"] is None else f"night {became['caught_on']}"
        yield f"  {name:28} from night {became['first_night']}, caught on {caught}"
    alarms = ", ".join(f"{count} {severity}" for severity, count in month["false_alarms"].items())
    yield f"  nights with false alarms     {alarms}, of {month['quiet_nights']} quiet nights"


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
    return f"{value:,}" if isinstance(value, int | float) else str(value)
