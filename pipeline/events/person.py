"""Who is meant when a person is to be forgotten, and whether a value names them."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from pipeline.events.pseudonyms import pseudonym
from pipeline.events.rows import values_in

PERSON_FIELDS = ("customer_id", "alias", "email", "phone")
# Letters of a column's name, or of the last two steps of a path, in which exports keep ids and addresses of people.
_HOLDERS = frozenset(
    {
        *("alias", "anonymousid", "clientid", "cookieid", "deviceid", "distinctid", "previousid", "visitorid", "who"),
        *("contactid", "customer", "customerid", "memberid", "personid", "profileid", "user", "userid", "userpseudoid"),
        *("customeremail", "email", "emailaddress", "useremail"),
        *("customerphone", "phone", "phonenumber", "userphone"),
    }
)
# A letter, and a digit or an @: what nobody would write for a quantity, a date or a word.
_TELLING = re.compile(r"(?=.*[^\W\d_])(?=.*[\d@]).{6,}", re.DOTALL)


@dataclass(frozen=True)
class Person:
    """All that names one person: `ids` and aliases in every form that they rest in, and `contacts`.

    `contacts` are e-mail addresses and telephone numbers that nobody else has, in small letters. With `key`, ids rest
    as pseudonyms, and a source's own id names the person when its pseudonym does.

    A short id such as "12" may also be a quantity. It counts only where ids are kept; a *telling* one, and an e-mail
    address, count wherever they stand.
    """

    ids: frozenset[str]
    contacts: frozenset[str] = frozenset()
    key: bytes | None = None

    @cached_property
    def telling(self) -> frozenset[str]:
        """The ids and contacts that nothing else would be."""
        return frozenset(value for value in self.ids | self.contacts if _TELLING.fullmatch(value))

    @property
    def can_be_searched_for(self) -> bool:
        """Whether bytes without the ids in them cannot name the person; a pseudonym does not give its id away."""
        return self.key is None

    def is_named(self, value: str) -> bool:
        """Tell whether the whole value, from a place where ids or addresses are kept, is the person's."""
        plain = value.strip()
        # What a spreadsheet would take for a formula is published with an apostrophe before it.
        for form in (plain, plain.removeprefix("'")):
            if form in self.ids or form.casefold() in self.contacts:
                return True
        return self.key is not None and plain != "" and pseudonym(plain, self.key) in self.ids

    def is_number(self, value: float) -> bool:
        """Tell whether a number is the person's id; a table with gaps has 12.0 where 12 was meant."""
        return self.is_named(str(value)) or (float(value).is_integer() and self.is_named(str(int(value))))

    def is_told(self, value: str) -> bool:
        """Tell whether the whole value, from any place, can only be the person's."""
        plain = value.strip()
        return plain in self.telling or (plain.casefold() in self.contacts and plain.casefold() in self.telling)

    def is_in(
        self,
        value: Any,  # noqa: ANN401 - whatever JSON holds
        *,
        holder: bool = False,
        place: str = "",
    ) -> bool:
        """Tell whether a value, as JSON has it, names the person, itself or in anything that it holds.

        `holder` says that ids are kept there; of a field its name tells.
        """
        match value:
            case str():
                return self.is_told(value) or (holder and self.is_named(value)) or self._is_in_json(value)
            case bool() | None:
                return False
            case int() | float():
                return holder and self.is_number(value)
            case Mapping():
                return any(
                    self.is_in(inner, holder=holds_people(name, place), place=name) for name, inner in value.items()
                )
            case Iterable():
                return any(self.is_in(inner, holder=holder, place=place) for inner in value)
        return False

    def is_in_row(self, text: str) -> bool:
        """Tell whether a row that could not be kept, as JSON or broken, holds an id or address as a whole value."""
        return any(map(self.is_named, values_in(text)))

    def is_mentioned(self, text: str) -> bool:
        """Tell whether longer text holds a telling value, between other words or in an address."""
        return self._mentions.search(text) is not None

    def without_mentions(self, text: str, instead: str) -> str:
        """Return longer text with something else in place of every telling value."""
        return self._mentions.sub(lambda _: instead, text)

    @cached_property
    def mention_patterns(self) -> tuple[str, ...]:
        """Regular expressions of which one finds every text with a telling value, and some texts without."""
        return _alternatives({form for value in self.telling for form in (value, quote(value, safe=""))})

    @cached_property
    def value_patterns(self) -> tuple[str, ...]:
        """Regular expressions of which one finds every text that names the person by an id or address."""
        return _alternatives({form for value in self.ids | self.contacts for form in _spellings(value)})

    def may_be_in(self, text: str) -> bool:
        """Tell quickly whether text holds the letters of an id or address; whether as a whole value is left open."""
        return self._values.search(text) is not None

    def searched(self, encoding: str) -> re.Pattern[bytes]:
        """Return what every text that names the person has somewhere in its bytes."""
        spelt = {form for value in self.ids | self.contacts for form in _spellings(value)}
        coded = sorted(re.escape(form.encode(encoding, "surrogatepass")) for form in spelt if _fits(form, encoding))
        return re.compile(b"|".join(coded) or b"(?!)", re.IGNORECASE)

    @cached_property
    def _values(self) -> re.Pattern[str]:
        return re.compile("|".join(self.value_patterns) or "(?!)", re.IGNORECASE)

    @cached_property
    def _mentions(self) -> re.Pattern[str]:
        spelt = "|".join(self.mention_patterns) or "(?!)"
        return re.compile(rf"(?<![\w+-])(?:{spelt})(?![\w-]|\.\w)", re.IGNORECASE)

    def _is_in_json(self, text: str) -> bool:
        if text.lstrip()[:1] not in {"{", "["}:
            return False
        try:
            return self.is_in(json.loads(text))
        except ValueError:
            return False


def holds_people(name: str, within: str = "") -> bool:
    """Tell whether a column or field of this name, in a field called `within`, keeps ids or addresses of people."""
    own, outer = _letters(name), _letters(within)
    return own in _HOLDERS or outer + own in _HOLDERS


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _alternatives(spelt: Iterable[str]) -> tuple[str, ...]:
    """Return patterns of some hundred alternatives each: an engine refuses one that is too long."""
    escaped = [re.escape(form) for form in sorted(spelt)]
    return tuple("|".join(escaped[start : start + 200]) for start in range(0, len(escaped), 200))


def _spellings(value: str) -> tuple[str, ...]:
    """Return how CSV and JSON write a value."""
    escaped = json.dumps(value)[1:-1]
    return (
        value,
        value.replace('"', '""'),
        escaped,
        escaped.replace("/", "\\/"),
        json.dumps(value, ensure_ascii=False)[1:-1],
    )


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding, "surrogatepass")
    except UnicodeEncodeError:
        return False
    return True
