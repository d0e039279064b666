"""What a platform is to hold, by the newest publication and by who may be told of today."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.publish.audiences import AUDIENCES
from pipeline.publish.destinations.destination import MEMBER, PROFILES, Kept, Part
from pipeline.publish.destinations.telling.addresses import Addresses
from pipeline.publish.destinations.telling.names import chosen, named, refuse_twins, require
from pipeline.publish.destinations.telling.property_texts import property_texts
from pipeline.publish.published import Publication
from pipeline.settings.destinations import PlatformSettings

CHUNK_ROWS = 50_000
NOBODY = pa.array([], pa.string())


@dataclass(frozen=True)
class WantedPart:
    """What a part is to hold of the customers in `customer_id`, in order and each once.

    `columns` has an array of JSON texts for each of `names`, null where there is nothing to tell, or of truths. The
    names in `kept` were not decided this time: they stay as they are at the platform. `staying` are customers who are
    not wanted but stay too if they are held, as what they are in for was not decided.
    """

    part: Part
    customer_id: pa.Array
    columns: Mapping[str, pa.Array]
    kept: frozenset[str] = frozenset()
    staying: pa.Array = field(default_factory=lambda: NOBODY)

    @property
    def names(self) -> tuple[str, ...]:
        """The properties in alphabetical order."""
        return tuple(sorted(self.columns))

    @property
    def told_names(self) -> tuple[str, ...]:
        """The properties that may be held after this part was told."""
        return tuple(sorted({*self.columns, *self.kept}))

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
        """Yield `customer_id` and `entries`, the values in the order of `names` as one JSON array."""
        for start in range(0, len(self.customer_id), rows):
            texts = [self.columns[name].slice(start, rows).cast(pa.string()) for name in self.names]
            nothing = pa.array([""] * min(rows, len(self.customer_id) - start), pa.string())
            joined = pc.binary_join_element_wise(
                *(texts or [nothing]), ",", null_handling="replace", null_replacement="null"
            )
            entries = pc.binary_join_element_wise("[", joined, "]", "")
            yield pa.table({"customer_id": self.customer_id.slice(start, rows), "entries": entries})


@dataclass(frozen=True)
class Wanted:
    """All that is wanted of a platform: the profiles, then the lists; who is `withheld` from each, counted by why."""

    parts: tuple[WantedPart, ...]
    withheld: Mapping[Part, Mapping[str, int]]

    @property
    def told_of(self) -> pa.Array:
        """The ids of all of whom profiles are wanted."""
        return self.parts[0].customer_id

    @property
    def told_names(self) -> tuple[str, ...]:
        """The properties that a profile may hold."""
        return self.parts[0].told_names


def wanted(publication: Publication, settings: PlatformSettings, addresses: Addresses) -> Wanted:
    """Return what a platform is to hold; SettingsError for what the settings name and the publication does not have."""
    require(settings, "lists", settings.lists, publication.manifest.get("audiences", {}), publication)
    reachable = addresses.reachable
    everybody = pq.read_table(publication.path / "predictions.parquet", columns=["customer_id"])["customer_id"]
    profiles = wanted_profiles(publication, settings, reachable)
    refuse_twins(settings, profiles.told_names)
    lists = [_wanted_list(publication, name, remote, reachable) for name, remote in settings.lists.items()]
    withheld = {PROFILES: addresses.withheld(everybody.combine_chunks())}
    withheld |= {one.part: addresses.withheld(included) for one, included in lists}
    return Wanted((profiles, *(one for one, _ in lists)), withheld)


def no_more_wanted(everything: Wanted, held: Iterable[Part]) -> Iterator[WantedPart]:
    """Yield the parts that are held and not named by the settings any more: nobody is wanted in them.

    A list is what the platform calls it: one whose audience got another name is the same list.
    """
    known = {(one.part.kept, one.part.remote) for one in everything.parts}
    for part in held:
        if (part.kept, part.remote) not in known:
            yield WantedPart(part, NOBODY, {MEMBER: NOBODY})


def wanted_profiles(publication: Publication, settings: PlatformSettings, reachable: pa.Array) -> WantedPart:
    """Return what the profiles are to hold: of each reachable customer the properties, and true or false by segment.

    Probabilities are rounded to whole per cents and amounts to whole units, so that a night's tremble tells nothing;
    moments become dates in the shop's time zone. SettingsError for a property or segment that there is not.
    """
    properties, decided, left_out = chosen(publication, settings)
    predictions = pq.read_table(publication.path / "predictions.parquet", columns=["customer_id", *properties])
    told = predictions.filter(pc.is_in(predictions["customer_id"], reachable)).sort_by("customer_id").combine_chunks()
    customers = told["customer_id"].combine_chunks()
    zone = ZoneInfo(publication.manifest["shop"]["time_zone"])
    texts = [(name, property_texts(name, told[name], zone)) for name in properties]
    columns = named(settings, [*texts, *_memberships(publication, decided, customers)])
    return WantedPart(PROFILES, customers, columns, frozenset(named(settings, [(name, None) for name in left_out])))


def _wanted_list(publication: Publication, name: str, remote: str, reachable: pa.Array) -> tuple[WantedPart, pa.Array]:
    """Return who is to be on a list, as far as they may be told of, and whom its audience includes.

    Of an audience that was left out, everybody stays; of one whose segments were decided in part, whoever is no member
    of the others.
    """
    told = publication.manifest["audiences"][name]
    part = Part(Kept.LIST, name, remote)
    if "left_out" in told:
        return WantedPart(part, NOBODY, {MEMBER: NOBODY}, staying=reachable), NOBODY
    table = pq.read_table(publication.path / AUDIENCES, filters=[("audience", "=", name)])
    members = table["customer_id"].combine_chunks()
    included = members.filter(table["included"].combine_chunks())
    customers = included.filter(pc.is_in(included, reachable))
    customers = customers.take(pc.sort_indices(customers))
    left_out = {entry["segment"] for entry in publication.manifest["left_out"]}
    undecided = not left_out.isdisjoint(told["definition"]["include"])
    staying = reachable.filter(pc.invert(pc.is_in(reachable, members))) if undecided else NOBODY
    return WantedPart(
        part, customers, {MEMBER: pa.repeat(pa.scalar(value=True), len(customers))}, staying=staying
    ), included


def _memberships(
    publication: Publication, segments: Sequence[str], customers: pa.Array
) -> Iterator[tuple[str, pa.Array]]:
    """Yield each segment with whether every customer is in it."""
    table = pq.read_table(publication.path / "memberships.parquet", columns=["customer_id", "segment"])
    row = pc.index_in(table["customer_id"], value_set=customers).combine_chunks()
    column = pc.index_in(table["segment"].cast(pa.string()), value_set=pa.array(segments, pa.string())).combine_chunks()
    known = pc.and_(pc.is_valid(row), pc.is_valid(column))
    inside: npt.NDArray[np.bool_] = np.zeros((len(segments), len(customers)), np.bool_)
    inside[column.filter(known).to_numpy(), row.filter(known).to_numpy()] = True
    for place, name in enumerate(segments):
        yield name, pa.array(inside[place])
