"""The data dictionary that lies in every publication, and how a column finds its meaning."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import PurePosixPath

import pyarrow as pa

from pipeline.publish.edition import Edition
from pipeline.publish.meanings import CURRENCY, LIST, MEANINGS, Meaning
from pipeline.publish.published import MANIFEST

DICTIONARY = "columns.csv"
SCHEMA = pa.schema({field.name: pa.string() for field in fields(Meaning)})
ONLY_IF = ("erased",)  # entries of the manifest that most do not have
PLACE = re.compile("<([a-z]+)>")
PARTS: Mapping[str, str] = {"task": "[a-z][a-z0-9_]*", "number": "[0-9]+"}
UNTOLD = Meaning("", "", "as it is stored", "", "Written by a model of the shop's own.", "no model speaks", "")


def dictionary(columns: Mapping[str, Sequence[str]], edition: Edition) -> pa.Table:
    """Return one row a file and column of a publication, with its meaning; money is said to be in the shop's currency.

    `columns` are those of every table by `entry_of` its file, in their order; the dictionary's own come after them.
    """
    told = [meaning_of(file, column) for file, names in columns.items() for column in names]
    told += [*columns_of(DICTIONARY), *(entry for entry in columns_of(MANIFEST) if entry.column not in ONLY_IF)]
    rows = [asdict(_in_currency(meaning, edition.shop.currency)) for meaning in told]
    return pa.Table.from_pylist([{name: value or None for name, value in row.items()} for row in rows], SCHEMA)


def meaning_of(file: str, column: str) -> Meaning:
    """Return what a column of a file means, under the column's own name; of several that fit, the most literal one."""
    fitting = [one for one in columns_of(file) if _pattern(one.column).fullmatch(column)]
    like = max(fitting, key=lambda one: len(PLACE.sub("", one.column)), default=UNTOLD)
    return replace(like, file=file, column=column)


def columns_of(file: str) -> tuple[Meaning, ...]:
    """Return the meanings of a file's columns, in their order; those of any list under `lists/<segment>.csv`."""
    return tuple(meaning for meaning in MEANINGS if meaning.file == file)


def entry_of(file: str) -> str:
    """Return under which name the dictionary has a file: all lists are one."""
    return LIST if PurePosixPath(file).parent.name == "lists" else file


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(PLACE.sub(lambda place: PARTS[place[1]], name))


def _in_currency(meaning: Meaning, currency: str) -> Meaning:
    return replace(meaning, unit=currency) if meaning.unit == CURRENCY else meaning
