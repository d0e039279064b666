"""A condition as the SQL that decides it."""

from datetime import datetime

import ibis

from pipeline.conditions.check import check, check_truth
from pipeline.conditions.compile import INSTANT, compile_condition
from pipeline.conditions.known import Kind, Known
from pipeline.conditions.nodes import Node, columns
from pipeline.conditions.questions import asked, text_of

TYPES = {
    Kind.NUMBER: "float64",
    Kind.TEXT: "string",
    Kind.TEXTS: "array<string>",
    Kind.TRUTH: "boolean",
    Kind.MOMENT: INSTANT,
}
AS_OF = "as_of"


def as_sql(node: Node, known: Known, moment: datetime | None = None, table: str = "profiles") -> str:
    """Return the query in DuckDB's SQL that finds the customers for whom a condition is true.

    It reads a table of one row a customer, in which each question stands answered in a column named as its text.
    Without a moment, the column `as_of` says when the condition is decided. Raises ConditionError as `check` does.
    """
    check_truth(node, known)
    questions = {question: text_of(question) for question in sorted(asked(node), key=text_of)}
    kinds = {name: known.columns[name] for name in sorted(columns(node))}
    answers = {text: check(question, known) for question, text in questions.items()}
    schema = {name: TYPES[kind] for name, kind in (kinds | answers).items()}
    rows = ibis.table({"customer_id": "string", AS_OF: INSTANT, **schema}, name=table)
    truth = compile_condition(
        node, rows, {question: rows[text] for question, text in questions.items()}, moment or rows[AS_OF]
    )
    return str(ibis.to_sql(rows.filter(truth).select("customer_id"), dialect="duckdb"))
