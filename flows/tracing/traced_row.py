"""One row of a published list: what decided it, the customer's own values, the stay and what campaigns may do."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flows.project import Project
from flows.publishing.published_audiences import explain_member
from flows.tracing.comparisons import comparisons, values_read
from flows.tracing.proving import Again
from pipeline.errors import PublicationError
from pipeline.publish.past import rows_of_customer
from pipeline.publish.published import Publication, publications, read_publication
from pipeline.publish.tables import model_version
from pipeline.segments.facts import Facts
from pipeline.segments.segment import Segment

UNSHOWN = ("customer_id", "email")


@dataclass(frozen=True)
class Asked:
    """Whose row of which segment in which publication, and everything worked out again; `units` are by column."""

    project: Project
    publication: Publication
    customer_id: str
    segment: str
    again: Again
    units: Mapping[str, str]

    @cached_property
    def row(self) -> dict[str, Any] | None:
        """The row as it was published, None for a customer who was not in the segment."""
        return next(iter(rows_of_customer(self.publication, self.customer_id, self.segment)), None)

    @cached_property
    def before(self) -> Publication | None:
        """The publication that this one was compared with, None where it was the first or is not kept."""
        name, folder = self.publication.manifest["previous"], self.project.published
        return read_publication(folder / name) if name and (folder / name).is_dir() else None

    @cached_property
    def definition(self) -> Segment:
        """The segment as it was defined when it was published; PublicationError where nothing says so any more."""
        told, same = self.publication.manifest["segments"][self.segment], self.same_today
        if "when" in told:
            written = same or self.today or Segment(name=self.segment, when=told["when"])
            return written.model_copy(update={"when": told["when"], "stay_while": told["stay_while"], "variants": ()})
        if same is None:
            raise PublicationError(
                f'Expected the publication {self.publication.publication_id} to say how "{self.segment}" was defined, '
                "but it was made before publications did, and the segment is not defined so any more. "
                "Try `segcast trace` without --segment, or a newer --publication."
            )
        return same.model_copy(update={"variants": ()})

    @property
    def unremembered(self) -> bool:
        """Whether who was in it before decided too, and the publication that says so is not kept."""
        forgotten = bool(self.publication.manifest["previous"]) and self.before is None
        return forgotten and self.definition.stay_while is not None

    @cached_property
    def same_today(self) -> Segment | None:
        """The definition of today, of the segment or a variant, that decides as the published one did, if any does."""
        version = self.publication.definitions[self.segment]
        definitions = self.today.definitions if self.today else ()
        return next((one for one in definitions if one.definition_version == version), None)

    @cached_property
    def today(self) -> Segment | None:
        """The segment as it is defined today, if it is."""
        segments, _ = self.project.sound_segments(self.again.project.registry.clusters())
        return next((one for one in segments if one.name == self.segment), None)

    @cached_property
    def facts(self) -> Facts:
        """All that decides the segment."""
        return self.again.facts(self.definition, self.publication, self.before)

    @property
    def place(self) -> int:
        """The customer's row in what was worked out again, -1 for somebody who is not there any more."""
        return self.again.place(self.customer_id)


def trace_row(asked: Asked) -> dict[str, Any]:
    """Return everything about one row; of a customer who was not in the segment, why not."""
    row, publication = asked.row, asked.publication
    return {
        "segment": asked.segment,
        "member": row is not None,
        **(row or {}),
        "definition_version": publication.definitions[asked.segment],
        "defined_so_now": asked.same_today is not None,
        "when": asked.definition.when,
        "stay_while": asked.definition.stay_while,
        "decided_by": model_version(asked.definition, publication.manifest["model_versions"]),
        "list": row and _list_row(asked),
        "stay": row and _stay(asked, row["since"]),
        "before": _said_before(asked),
        "audiences": list(_audiences(asked)),
        **(_conditions(asked) if asked.place >= 0 else {"reads": [], "comparisons": [], "staying": []}),
    }


def _conditions(asked: Asked) -> dict[str, Any]:
    """Return what the conditions read, and whether each comparison is so."""
    segment, facts, place = asked.definition, asked.facts, asked.place
    staying = () if segment.staying is None else comparisons(segment, segment.staying, facts, place)
    return {
        "reads": [asdict(one) for one in values_read(segment, facts, place, asked.units)],
        "comparisons": [asdict(one) for one in comparisons(segment, segment.condition, facts, place)],
        "staying": [asdict(one) for one in staying],
    }


def _list_row(asked: Asked) -> dict[str, Any] | None:
    """Return the customer's row of the list and its place, the best first."""
    name = f"lists/{asked.segment}.csv"
    path, rows = asked.publication.path / name, asked.publication.manifest["files"][name]["rows"]
    if not path.is_file():
        return None
    with path.open(encoding="utf-8-sig", newline="") as file:
        for place, row in enumerate(csv.DictReader(file), 1):
            # What a spreadsheet would run as a formula stands after an apostrophe.
            if asked.customer_id in {row["customer_id"], row["customer_id"].removeprefix("'")}:
                shown = {key: value for key, value in row.items() if key not in UNSHOWN and value}
                return {"place": place, "of": rows, **shown}
    return None


def _stay(asked: Asked, since: datetime) -> dict[str, Any]:
    """Return since when the customer is in, and through how many publications that are still here."""
    through = [asked.publication.publication_id]
    for one in reversed(publications(asked.project.published, before=asked.publication.as_of)):
        gone = asked.segment not in one.definitions or not rows_of_customer(one, asked.customer_id, asked.segment)
        if one.as_of < since or gone:
            break
        through.append(one.publication_id)
    return {"since": since, "publications": len(through), "first_kept": through[-1]}


def _said_before(asked: Asked) -> dict[str, Any] | None:
    """Return what the publication before said of the customer and the segment; null where there was none."""
    name, before = asked.publication.manifest["previous"], asked.before
    if name is None:
        return None
    if before is None or asked.segment not in before.definitions:
        return {"publication": name, "kept": before is not None, "decided": False}
    row = next(iter(rows_of_customer(before, asked.customer_id, asked.segment)), None)
    return {
        "publication": name,
        "kept": True,
        "decided": True,
        "as_of": before.as_of,
        "member": row is not None,
        "score": row and row["score"],
        "defined_so": before.definitions[asked.segment] == asked.publication.definitions[asked.segment],
    }


def _audiences(asked: Asked) -> Iterator[Mapping[str, Any]]:
    """Yield what every audience that takes members of the segment decided about the customer."""
    for audience, told in asked.publication.manifest["audiences"].items():
        if "definition" in told and asked.segment in told["definition"]["include"]:
            found = explain_member(asked.publication, audience, asked.customer_id)
            yield {key: found[key] for key in ("audience", "member", "included", "reason", "explanation")}
