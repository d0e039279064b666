"""The members of a Mailchimp audience: their merge fields, and what is held of each."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pipeline.errors import BatchRefusedError, DestinationError
from pipeline.publish.destinations.destination import Receipt
from pipeline.publish.destinations.http import Answer, Api
from pipeline.publish.destinations.mailchimp.changes import Change, Held, subscriber_hash
from pipeline.publish.destinations.pacing import Pace
from pipeline.publish.destinations.texts import as_text
from pipeline.publish.plain import Json

ROWS_AT_FAULT = (400, 413, 422)
ABSENT = (404, 410)
MOST = "1000"
AS_THEY_ARE = {"skip_merge_validation": "true"}  # a merge field that the shop requires may stay empty

NOT_A_MEMBER = "not a member of the audience at Mailchimp"


def basic(api_key: str) -> str:
    """Return the header for the key; Mailchimp takes any name of a user."""
    return "Basic " + b64encode(f"segcast:{api_key}".encode()).decode()


@dataclass
class Members:
    """Members of the audience at the path `audience`. Its merge fields are asked for once."""

    api: Api
    pace: Pace
    audience: str
    _kinds: dict[str, str] = field(default_factory=dict)

    def update(self, changes: Sequence[Change]) -> Receipt:
        """Write merge fields of members by address; the receipt's remote ids are those of all who are members.

        A member without fields is named all the same: the answer says whether it is one.
        """
        tags = {tag for change in changes for tag in change.fields}
        filled = {tag for change in changes for tag, value in change.fields.items() if value is not None}
        kinds = self._known(tags, filled)
        members: list[Json] = [_member(change, kinds) for change in changes]
        told: Json = {"members": members, "update_existing": True}
        answer = self.api.request("POST", self.audience, pace=self.pace, params=AS_THEY_ARE, json=told)
        if answer.refused:
            raise self._refusal(answer)
        if added := len(list(entries(answer.body, "new_members"))):
            raise DestinationError(
                f"Expected {self.api.name} to change members of the audience alone, but it added {added}. "
                "Nothing more was sent; look at the newest members there, and tell us."
            )
        return _receipt(changes, answer.body)

    def withdraw(self, change: Change) -> str:
        """Empty fields and take tags away from one contact by its id; return why not, or an empty text."""
        answers = []
        path = f"{self.audience}/members/{quote(change.name, safe='')}"
        if known := [tag for tag in change.fields if tag in self._known(set(change.fields), set())]:
            fields: Json = {"merge_fields": dict.fromkeys(known, "")}
            answers.append(self.api.request("PATCH", path, pace=self.pace, params=AS_THEY_ARE, json=fields))
        if tags := [tag for tag, given in change.tags.items() if not given]:
            taken: list[Json] = [{"name": tag, "status": "inactive"} for tag in tags]
            answers.append(self.api.request("POST", f"{path}/tags", pace=self.pace, json={"tags": taken}))
        refused = [answer for answer in answers if answer.refused and answer.status not in ABSENT]
        return f"Mailchimp refuses it: {reason(refused[0])}" if refused else ""

    def held(self, change: Change) -> Held | None:
        """Return what is held of a member, None if there is none."""
        path = f"{self.audience}/members/{quote(change.name, safe='')}"
        wanted = {"fields": "contact_id,merge_fields,tags,tags_count"}
        told = self._ask(path, wanted)
        if told is None:
            return None
        tags = list(entries(told, "tags"))
        if int(told.get("tags_count") or 0) > len(tags):  # a member's own entry shows 50 of them
            tags = list(entries(self._ask(f"{path}/tags", {"count": MOST}) or {}, "tags"))
        fields = told.get("merge_fields") or {}
        return Held(str(told.get("contact_id") or ""), fields, {str(tag.get("name")).lower() for tag in tags})

    def _known(self, tags: set[str], filled: set[str]) -> Mapping[str, str]:
        """Return the kinds of the audience's merge fields; DestinationError if one that is `filled` is not among them.

        One that is only to be emptied may be gone.
        """
        if tags and not self._kinds:
            told = self._ask(f"{self.audience}/merge-fields", {"count": MOST}) or {}
            self._kinds = {str(each.get("tag")): str(each.get("type")) for each in entries(told, "merge_fields")}
        if lacking := sorted(filled - self._kinds.keys()):
            raise DestinationError(
                f"Expected the audience of {self.api.name} to have the merge fields {', '.join(lacking)}, "
                "but it has none of that tag. Make them at Mailchimp under Audience fields, or correct merge_fields."
            )
        return self._kinds

    def _ask(self, path: str, params: Mapping[str, str]) -> Mapping[str, Any] | None:
        answer = self.api.request("GET", path, pace=self.pace, params=params)
        if answer.status in ABSENT:
            return None
        if answer.refused or not isinstance(answer.body, Mapping):
            raise DestinationError(
                f"Expected {self.api.name} to tell what it holds, got status {answer.status}: {reason(answer)}. "
                "Sync again."
            )
        return answer.body

    def _refusal(self, answer: Answer) -> DestinationError:
        why = f"Expected {self.api.name} to take the members, got status {answer.status}: {reason(answer)}."
        if answer.status in ROWS_AT_FAULT:
            return BatchRefusedError(f"{why} Correct the value, or the rule for it at Mailchimp.")
        return DestinationError(f"{why} Check the id of the audience.")


def entries(body: object, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in a list of an answer, none where it has no such list."""
    told = body.get(name) if isinstance(body, Mapping) else None
    yield from (each for each in told or () if isinstance(each, Mapping))


def reason(answer: Answer) -> str:
    """Return what is wrong by its title and the fields it is about: a detail may repeat an address."""
    title = answer.body.get("title") if isinstance(answer.body, Mapping) else None
    fields = sorted(
        {str(error["field"]).rpartition(".")[2] for error in entries(answer.body, "errors") if error.get("field")}
    )
    return " of ".join(filter(None, (str(title or "no reason given"), ", ".join(fields))))


def _receipt(changes: Sequence[Change], body: object) -> Receipt:
    """Read who was updated: whoever was not is no member, unless a merge field was at fault.

    From who is no member nothing is left to withdraw.
    """
    updated = {_hash(member): str(member.get("contact_id") or "") for member in entries(body, "updated_members")}
    wrong = {_hash(error): str(error["field"]) for error in entries(body, "errors") if error.get("field")}
    hashes = {change.row.customer_id: subscriber_hash(change.row.address or "") for change in changes}
    leaving = {change.row.customer_id for change in changes if change.row.is_withdrawal}
    rejected = {
        customer: f"Mailchimp refuses the merge field {wrong[name]}" if name in wrong else NOT_A_MEMBER
        for customer, name in hashes.items()
        if name not in updated and (name in wrong or customer not in leaving)
    }
    return Receipt(rejected, {customer: updated[name] for customer, name in hashes.items() if name in updated})


def _hash(told: Mapping[str, Any]) -> str:
    return subscriber_hash(str(told.get("email_address") or ""))


def _member(change: Change, kinds: Mapping[str, str]) -> Json:
    fields: Json = {tag: _value(value, kinds[tag]) for tag, value in change.fields.items() if tag in kinds}
    return {"email_address": change.row.address, **({"merge_fields": fields} if fields else {})}


def _value(value: Json, kind: str) -> Json:
    """Return a value as a merge field takes it: numbers as such, all else as text, an empty text to take away."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if kind == "number" and is_number else as_text(value)
