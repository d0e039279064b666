"""Taking back publications that must not be kept."""

import shutil
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.publish.folder import one_writer, point
from pipeline.publish.published import LATEST, Publication, publications


def withdraw(folder: Path, customer_id: str) -> int:
    """Remove every publication that names a customer; return how many.

    A publication is never altered: one that must not be kept goes as a whole, and the next run publishes anew. `LATEST`
    names one that stays before any goes.
    """
    if not folder.exists():
        return 0
    with one_writer(folder):
        stored = publications(folder)
        naming = [publication for publication in stored if _names(publication, customer_id)]
        staying = [publication for publication in stored if publication not in naming]
        if staying:
            point(folder / LATEST, staying[-1].publication_id)
        else:
            (folder / LATEST).unlink(missing_ok=True)
        for publication in naming:
            shutil.rmtree(publication.path)
    return len(naming)


def _names(publication: Publication, customer_id: str) -> bool:
    tables = (publication.path / name for name in ("predictions.parquet", "memberships.parquet"))
    return any(
        pq.ParquetFile(path).read(columns=["customer_id"]).filter(pc.field("customer_id") == customer_id).num_rows
        for path in tables
    )
