"""A little Mailchimp that keeps one audience, its merge fields and its tags, and answers as its documentation says."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any
from urllib.parse import quote

from tests.loopback import Received, Reply

API_KEY = "0123456789abcdef-us21"
AUDIENCE = "a1b2c3"
LISTS = "/3.0/lists/"
LIMIT = 500
SHOWN_TAGS = 50


@dataclass
class Member:
    """One contact of the audience."""

    address: str
    contact_id: str
    status: str = "subscribed"
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class LittleMailchimp:
    """Members by the hash of their address, the kinds of merge fields by tag, members' hashes by tag's name.

    Who is in `unfit` gets an error for the merge field `field`; nobody gets a tag of `closed`.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    unfit: Mapping[str, str] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    members: dict[str, Member] = field(default_factory=dict)
    tags: dict[str, set[str]] = field(default_factory=dict)

    def __call__(self, request: Received) -> Reply:
        """Answer one request."""
        if request.headers.get("authorization") != "Basic " + b64encode(f"segcast:{API_KEY}".encode()).decode():
            return _problem(401, "API Key Invalid")
        audience, *rest = request.path.removeprefix(LISTS).split("/")
        match request.method, rest if audience == AUDIENCE else ["not found"]:
            case "POST", []:
                return self._update(request.json["members"], request.json.get("update_existing"))
            case "GET", ["merge-fields"]:
                return Reply(200, {"merge_fields": [{"tag": tag, "type": kind} for tag, kind in self.kinds.items()]})
            case method, ["segments", *tag]:
                return self._segment(request, *tag)
            case method, ["members", name, *rest]:
                return self._member(method, self._found(name), rest, request.json)
        return _problem(404, "Resource Not Found")

    def joined(self, address: str, status: str = "subscribed", **fields: object) -> Member:
        """Let somebody be a member."""
        member = Member(address, f"contact{len(self.members) + 1}", status, fields)
        self.members[_hash(address)] = member
        return member

    def tags_of(self, address: str) -> set[str]:
        """The tags of a member."""
        return {name for name, held in self.tags.items() if _hash(address) in held}

    def _update(self, members: list[Mapping[str, Any]], update_existing: object) -> Reply:
        addresses = [told["email_address"] for told in members]
        assert update_existing is True
        if len(members) > LIMIT or len({_hash(address) for address in addresses}) < len(members):
            return _problem(400, "Invalid Resource", {"field": "members", "message": "Duplicate items found"})
        updated, errors = [], []
        for told in members:
            address, fields = told["email_address"], told.get("merge_fields", {})
            held = self.members.get(_hash(address))
            if held is None:
                errors.append(
                    {"email_address": address, "error": f"{address} has no status", "error_code": "ERROR_GENERIC"}
                )
            elif (wrong := self.unfit.get(address)) in fields:
                errors.append({"email_address": address, "error": "is no number", "field": wrong})
            else:
                held.fields |= {tag: value for tag, value in fields.items() if tag in self.kinds}
                updated.append(_told(held))
        counts = {"total_created": 0, "total_updated": len(updated), "error_count": len(errors)}
        return Reply(200, {"new_members": [], "updated_members": updated, "errors": errors, **counts})

    def _segment(self, request: Received, tag: str = "") -> Reply:
        if tag:
            return self._tag(self._name(tag), request.json["members_to_add"], request.json["members_to_remove"])
        if request.method == "GET":
            return self._segments(int(request.params["offset"]), int(request.params["count"]))
        name = request.json["name"]
        if name in self.tags:
            return _problem(400, "Bad Request")
        self.tags[name] = set()
        return Reply(200, {"id": self._id(name), "name": name})

    def _segments(self, offset: int, count: int) -> Reply:
        names = sorted(self.tags)[offset : offset + count]
        return Reply(200, {"segments": [{"id": self._id(name), "name": name} for name in names]})

    def _tag(self, name: str, joining: list[str], leaving: list[str]) -> Reply:
        if name not in self.tags:
            return _problem(404, "Resource Not Found")
        assert max(len(joining), len(leaving)) <= LIMIT
        held = self.tags[name]
        known = [address for address in joining if _hash(address) in self.members and name not in self.closed]
        added = [address for address in known if _hash(address) not in held]
        removed = [address for address in leaving if _hash(address) in held]
        self.tags[name] = (held | {_hash(address) for address in known}) - {_hash(address) for address in leaving}
        left = [address for address in (*joining, *leaving) if address not in (*added, *removed)]
        errors = [{"email_addresses": left, "error": "Emails are not members, or have the tag already"}] if left else []
        told = {"members_added": _members(added), "members_removed": _members(removed), "errors": errors}
        return Reply(200, {**told, "error_count": len(errors)})

    def _member(self, method: str, member: Member | None, rest: list[str], told: Any) -> Reply:
        if member is None:
            return _problem(404, "Resource Not Found")
        names = sorted(self.tags_of(member.address))
        match method, rest:
            case "GET", []:
                shown = [{"id": self._id(name), "name": name} for name in names[:SHOWN_TAGS]]
                return Reply(200, {**_told(member), "tags": shown, "tags_count": len(names)})
            case "GET", ["tags"]:
                return Reply(200, {"tags": [{"id": self._id(name), "name": name} for name in names]})
            case "PATCH", []:
                member.fields |= told["merge_fields"]
                return Reply(200, _told(member))
            case "POST", ["tags"]:
                for tag in told["tags"]:
                    held = self.tags.setdefault(tag["name"], set())
                    (held.add if tag["status"] == "active" else held.discard)(_hash(member.address))
                return Reply(204)
        return _problem(405, "Method Not Allowed")

    def _found(self, name: str) -> Member | None:
        """Members go by hash, by address or by contact id."""
        by_contact = {member.contact_id: member for member in self.members.values()}
        return self.members.get(name) or by_contact.get(name)

    def _id(self, name: str) -> int:
        return int(md5(name.encode(), usedforsecurity=False).hexdigest()[:6], 16)

    def _name(self, tag: str) -> str:
        return next((name for name in self.tags if str(self._id(name)) == quote(tag)), "")


def _hash(address: str) -> str:
    return md5(address.lower().encode(), usedforsecurity=False).hexdigest()


def _told(member: Member) -> dict[str, Any]:
    names = {"id": _hash(member.address), "contact_id": member.contact_id, "email_address": member.address}
    return {**names, "status": member.status, "merge_fields": member.fields}


def _members(addresses: list[str]) -> list[dict[str, str]]:
    return [{"id": _hash(address), "email_address": address} for address in addresses]


def _problem(status: int, title: str, *errors: Mapping[str, str]) -> Reply:
    detail = "The resource submitted by ann@shop.example could not be validated."
    return Reply(status, {"title": title, "status": status, "detail": detail, "errors": list(errors)})
