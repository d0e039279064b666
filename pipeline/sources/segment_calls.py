"""Exports of the Segment event spec as one table of calls, whatever shape they have.

An export is JSON lines of calls, with `properties` of their own, or a table in which properties are columns; a table is
one of many events, or of one event after which it is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
from ibis.backends.duckdb import Backend
from ibis.util import gen_name

from pipeline.settings.sources import SegmentSource
from pipeline.sources.json_paths import (
    first_of,
    found_at,
    list_or_null,
    look_up,
    object_or_null,
    over,
    plain_fields,
    pointer,
)
from pipeline.sources.json_text import RAW, json_merge_patch, to_json
from pipeline.sources.mapped import LINE
from pipeline.sources.reading import UNREAD
from pipeline.sources.scratch import Scratch
from pipeline.sources.segment_spec import (
    CALL_OF_TABLE,
    CALLS,
    EVENT_TYPE_OF,
    OF_ITS_PROPERTIES,
    OF_THE_CALL,
    PAGE,
    PERSONAL,
    SCREEN,
    STRUCTURE,
    TRACK,
    paths,
    snake_case,
)

DETAIL, BAG = "detail", "bag"
_TAKEN = {name.split(".")[0] for names in OF_ITS_PROPERTIES.values() for name in names} - {"name"}
# Our names for what the spec calls otherwise.
_CALLED = {"customer_id": "user_id", "event_type": "event"}

Texts = dict[str, ibis.Value]
Paths = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Export:
    """A file of an export: how it is to be read, its name without endings, and its columns, none for JSON."""

    source: SegmentSource
    stem: str
    columns: tuple[str, ...]

    def path(self, theirs: str) -> str:
        """Return where a field that the settings name lies: a column, or in JSON steps such as properties.sku."""
        if self.columns:
            return pointer(theirs)
        return theirs if theirs.startswith("$") else pointer(*theirs.split("."))

    @property
    def one_event(self) -> str | None:
        """The event that all rows are, when the table is named after it."""
        named = self.columns and not any(name in self.columns for name in (*OF_THE_CALL["event"], "type"))
        named = named and "event_type" not in {**self.source.columns, **self.source.constants}
        return self.stem if named and self.stem not in CALL_OF_TABLE else None


def calls_of(scratch: Scratch, lines: ibis.Table, export: Export) -> ibis.Table:
    """Return each line's call, in a table of the scratch: `line`, `unread` and, as text, all that the spec names.

    `lines` have `raw` and, in `detail`, what further files say of the event. `call` is never null. `plain` is what else
    the call says, `traits` what it says of a person, `pieces` the products of it, as objects.
    """
    engine = scratch.engine
    bags = worked_out(engine, lines.select(LINE, UNREAD, RAW, **{BAG: _bag(lines, export)}))
    places = _places(export)
    texts = {"of_the_call": RAW, "of_its_properties": BAG, "own": RAW, "own_properties": BAG}
    found = {name: found_at(bags[text], places[name]) for name, text in texts.items()}
    read = worked_out(engine, bags.select(LINE, UNREAD, BAG, **found), instead_of=bags)
    told = _told({name: first_of(read[name], places[name]) for name in texts}, export)
    named = worked_out(engine, read.select(LINE, UNREAD, BAG, **told, **_named(told, export)), instead_of=read)
    more = {"event_type": _event_type(named, export), "plain": _plain(named, export), "pieces": _pieces(named, export)}
    return worked_out(engine, named.mutate(**more), instead_of=named)


def worked_out(engine: Backend, rows: ibis.Table, instead_of: ibis.Table | None = None) -> ibis.Table:
    """Return rows as a table of their own, and drop the one that they were worked out from.

    In one expression what lies deep would be worked out as often as it is named.
    """
    table = engine.create_table(gen_name("segment"), rows)
    if instead_of is not None:
        engine.drop_table(instead_of.op().name)
    return table


def _places(export: Export) -> dict[str, Paths]:
    own = {_CALLED.get(ours, ours): (export.path(theirs),) for ours, theirs in export.source.columns.items()}
    of_its_properties, of_the_call = paths(OF_ITS_PROPERTIES), paths(OF_THE_CALL)
    return {"of_the_call": of_the_call, "of_its_properties": of_its_properties, "own": own, "own_properties": own}


def _bag(lines: ibis.Table, export: Export) -> ibis.Value:
    """Return the object that properties lie in: in a table the columns, with what a column of JSON adds."""
    properties = object_or_null(look_up(lines[RAW], {"properties": (pointer("properties"),)})["properties"])
    own = over(lines[RAW], properties) if export.columns else ibis.coalesce(properties, lines[RAW])
    return over(lines[DETAIL], own) if DETAIL in lines.columns else own


def _told(read: Mapping[str, Texts], export: Export) -> Texts:
    """Return what is told, the settings' places before the properties, and those before the call itself."""
    own = {name: ibis.coalesce(value, read["own_properties"][name]) for name, value in read["own"].items()}
    of_the_call, of_its_properties = read["of_the_call"], read["of_its_properties"]
    told = {**of_the_call, **of_its_properties, "amount": ibis.null("string")}
    for name in of_the_call.keys() & of_its_properties.keys():
        told[name] = ibis.coalesce(of_its_properties[name], of_the_call[name])
    if export.stem == "users":
        told["user_id"] = ibis.coalesce(told["user_id"], told["event_id"])
    constant = export.source.constants.get("event_type")
    return {**told, **own, **({"event": ibis.literal(constant)} if constant else {})}


def _named(told: Texts, export: Export) -> Texts:
    """Return which call it is, the `label` of what happened, and that in snake case."""
    kind = told["type"].lower()
    is_call = kind.isin(CALLS)
    by_name = ibis.literal(CALL_OF_TABLE.get(export.stem, TRACK))
    call = ibis.coalesce(ibis.ifelse(is_call, kind, ibis.null("string")), by_name)
    name = ibis.coalesce(
        told["event"],
        ibis.ifelse(is_call, ibis.null("string"), told["type"]),
        ibis.literal(export.one_event, type="string"),
    )
    label = ibis.ifelse(call.isin((PAGE, SCREEN)), call, name)
    return {"call": call, "label": label, "snake": snake_case(label)}


def _event_type(calls: ibis.Table, export: Export) -> ibis.Value:
    ours = calls.snake.substitute(EVENT_TYPE_OF)
    if not export.source.event_types:
        return ours
    return ibis.coalesce(calls.label.substitute(export.source.event_types, else_=ibis.null("string")), ours)


def _plain(calls: ibis.Table, export: Export) -> ibis.Value:
    """Return what else the call says. A name is kept where it is a product's: it could be anybody's."""
    named = {theirs.split(".")[-1] for theirs in export.source.columns.values()}
    whole = {RAW} if export.source.pattern else set()
    nameless = json_merge_patch(calls[BAG], ibis.literal('{"name":null}'))
    bag = ibis.ifelse(calls.product_id.notnull(), calls[BAG], nameless)
    return plain_fields(bag, _TAKEN | named | whole | set(export.source.items), f"{STRUCTURE}|{PERSONAL}")


def _pieces(calls: ibis.Table, export: Export) -> ibis.Value:
    products = list_or_null(calls.products)
    if not export.source.items:
        return products
    items = look_up(calls[BAG], {name: (export.path(name),) for name in export.source.items})
    objects = ['{"product_id":' + to_json(value).cast("string") + "}" for value in items.values()]
    return ibis.coalesce(products, ibis.array(objects).filter(lambda piece: piece.notnull()))
