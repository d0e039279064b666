"""One customer, as the models and segments see them."""

from datetime import datetime
from typing import Any

import pyarrow.compute as pc

from flows.pressing import score
from flows.project import Project
from pipeline.errors import UserError
from pipeline.segments.membership import assign
from pipeline.segments.profiles import PREDICTIONS, Profiles
from pipeline.segments.segment import read_by


def explain_customer(project: Project, customer_id: str, as_of: datetime) -> dict[str, Any]:
    """Return the customer's features, predictions with their reasons, and segments, at a moment.

    Percentiles are among all customers, so everyone is scored. UserError for a customer not known at the moment.
    """
    profiles = score(project, as_of)
    rows = profiles.table.filter(pc.field("customer_id") == customer_id).to_pylist()
    if not rows:
        raise UserError(
            f"Expected a customer known before {as_of:%Y-%m-%d %H:%M}, got an id that is not. Try a later --as-of."
        )
    known = {name: value for name, value in rows[0].items() if value is not None and name != "customer_id"}
    return {
        "as_of": as_of,
        "predictions": {name: value for name, value in known.items() if name in PREDICTIONS},
        "features": {name: value for name, value in known.items() if name not in PREDICTIONS},
        "segments": _segments(project, profiles, customer_id),
    }


def _segments(project: Project, profiles: Profiles, customer_id: str) -> list[str]:
    segments = project.segments(project.registry.clusters())
    members = assign(segments, profiles.completed(read_by(segments)), None).table
    own = members.filter(pc.field("customer_id") == customer_id)
    return [str(name) for name in own["segment"].to_pylist()]
