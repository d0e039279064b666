"""What customers allow: an answer for each purpose on signing up, and for some a withdrawal later."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.events.tables import CONSENTS
from pipeline.shop.arrays import Floats, Ints, Truths
from pipeline.shop.calendar import Calendar
from pipeline.shop.rows import customer_ids, instants


@dataclass(frozen=True)
class Purpose:
    """A purpose of use, the share of customers who allow it, and the share of those who withdraw within a year."""

    name: str
    granted_share: float
    withdrawn_share: float


PROFILING = Purpose("profiling", 0.93, 0.02)
EMAIL = Purpose("email", 0.74, 0.02)  # and some because of a mail too many: see campaigns.py
SMS = Purpose("sms", 0.28, 0.05)


@dataclass(frozen=True)
class Answers:
    """What customers said about one purpose, each of shape (customers,).

    `withdrawn` is in days, for most far beyond the end, and of no meaning where `granted` is false.
    """

    purpose: Purpose
    granted: Truths
    joined: Floats
    withdrawn: Floats


def ask(rng: np.random.Generator, purpose: Purpose, joined: Floats) -> Answers:
    """Draw the answers of customers who joined on these days."""
    mean_days = 365 / -np.log1p(-purpose.withdrawn_share)
    withdrawn = joined + 1 + rng.standard_exponential(len(joined)) * mean_days
    return Answers(purpose, rng.random(len(joined)) < purpose.granted_share, joined, withdrawn)


def consent_rows(calendar: Calendar, answers: Answers, number: Ints) -> pa.Table:
    """Return the answers as rows of the consents table, those on signing up first; `number` as in Population."""
    withdraws = np.flatnonzero(answers.granted & (answers.withdrawn < calendar.end_days))
    customer = np.concatenate([np.arange(len(answers.granted)), withdraws])
    granted = np.concatenate([answers.granted, np.zeros(len(withdraws), bool)])
    at = calendar.instants(np.concatenate([answers.joined, answers.withdrawn[withdraws]]))
    purpose = pa.repeat(answers.purpose.name, len(customer))
    columns = [customer_ids(number[customer]), purpose, pa.array(granted), instants(at), instants(at)]
    return pa.Table.from_arrays(columns, schema=CONSENTS.schema)
