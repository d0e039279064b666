"""The tags of a Mailchimp audience, which it keeps as static segments: given and taken by five hundred members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import DestinationError
from pipeline.publish.destinations.http import Answer, Api
from pipeline.publish.destinations.mailchimp.changes import Change, subscriber_hash
from pipeline.publish.destinations.mailchimp.members import Members, entries, reason
from pipeline.publish.destinations.pacing import Pace
from pipeline.publish.plain import Json

PAGE = 1000


@dataclass
class Tags:
    """Tags of the audience at the path `audience`, by names without regard to upper case.

    Their ids are asked for once. A tag is made when somebody gets it who is the first.
    """

    api: Api
    pace: Pace
    audience: str
    _ids: dict[str, str] | None = None

    def set(self, changes: Sequence[Change], members: Members) -> dict[str, str]:
        """Give and take the tags of changes, all of which are of members; return who was refused one, and why."""
        rejected: dict[str, str] = {}
        for name in sorted({name for change in changes for name in change.tags}):
            joining = [change for change in changes if change.tags.get(name) is True]
            leaving = [change for change in changes if change.tags.get(name) is False]
            tag = self._id(name) or (self._make(name) if joining else "")
            doubtful = self._change(name, tag, joining, leaving) if tag else []
            lacking = [change for change in doubtful if not _has(change, name, members)]
            rejected |= {change.row.customer_id: f"Mailchimp refuses the tag {name}" for change in lacking}
        return rejected

    def _change(self, name: str, tag: str, joining: Sequence[Change], leaving: Sequence[Change]) -> list[Change]:
        """Change one tag; return those who were to get it and are named among the errors.

        Some of them have it already, which Mailchimp also calls an error. Whoever was to lose it and did not has none.
        """
        told: Json = {
            "members_to_add": [change.row.address for change in joining],
            "members_to_remove": [change.row.address for change in leaving],
        }
        answer = self.api.request("POST", f"{self.audience}/segments/{tag}", pace=self.pace, json=told)
        if answer.refused:
            raise self._refusal(answer, name)
        given = {subscriber_hash(str(member.get("email_address"))) for member in entries(answer.body, "members_added")}
        named = {
            subscriber_hash(str(address))
            for error in entries(answer.body, "errors")
            for address in error.get("email_addresses") or ()
        }
        return [change for change in joining if change.name in named - given]

    def _id(self, name: str) -> str:
        """Return the id of a tag, or an empty text if the audience has none of that name."""
        if self._ids is None:
            self._ids = self._known()
        return self._ids.get(name.lower(), "")

    def _known(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for offset in range(0, PAGE * PAGE, PAGE):
            wanted = {
                "type": "static",
                "count": str(PAGE),
                "offset": str(offset),
                "fields": "segments.id,segments.name",
            }
            answer = self.api.request("GET", f"{self.audience}/segments", pace=self.pace, params=wanted)
            if answer.refused:
                raise self._refusal(answer, "")
            page = list(entries(answer.body, "segments"))
            found |= {str(tag.get("name")).lower(): str(tag.get("id")) for tag in page}
            if len(page) < PAGE:
                break
        return found

    def _make(self, name: str) -> str:
        """Make a tag and return its id; one whose answer was lost is there already."""
        empty: Json = {"name": name, "static_segment": []}
        answer = self.api.request("POST", f"{self.audience}/segments", pace=self.pace, json=empty)
        made = answer.body.get("id") if isinstance(answer.body, Mapping) else None
        self._ids = {**(self._ids or {}), name.lower(): str(made)} if made else self._known()
        if name.lower() not in self._ids:
            raise self._refusal(answer, name)
        return self._ids[name.lower()]

    def _refusal(self, answer: Answer, name: str) -> DestinationError:
        what = f'the tag "{name}"' if name else "its tags"
        why = f"Expected {self.api.name} to change {what}, got status {answer.status}: {reason(answer)}."
        return DestinationError(f"{why} Check the id of the audience, and that nobody deleted the tag meanwhile.")


def _has(change: Change, name: str, members: Members) -> bool:
    held = members.held(change)
    return held is not None and name.lower() in held.tags
