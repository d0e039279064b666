"""A little Braze for a loopback server: users by external id, as its documentation says they are."""

from dataclasses import dataclass, field
from typing import Any

from tests.loopback import Received, Reply

KEY = "braze-little"
TRACK_ROWS, BULK_ROWS, BULK_BYTES, EXPORT_ROWS = 75, 1000, 2_000_000, 50


@dataclass
class LittleBraze:
    """Keeps `users` by external id, their custom attributes. Whoever is in `rejects` is left out with an error.

    `tells_index`: whether an error says which object it is about. `as_moments`: whether dates are shown as moments.
    """

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    rejects: set[str] = field(default_factory=set)
    tells_index: bool = True
    as_moments: bool = False
    tracked: int = 0

    def __call__(self, request: Received) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Reply(401, {"message": "Invalid API Key"})
        assert request.method == "POST"
        match request.path:
            case "/users/track":
                return self._track(request, TRACK_ROWS)
            case "/users/track/bulk":
                assert len(request.body) <= BULK_BYTES
                return self._track(request, BULK_ROWS)
            case "/users/export/ids":
                return self._export(request)
        return Reply(404, {"message": "Invalid URL"})

    def _track(self, request: Received, rows: int) -> Reply:
        told = request.json["attributes"]
        if not 0 < len(told) <= rows:
            return Reply(400, {"message": "Too many attributes of ann@example.org"})
        errors = []
        for index, attributes in enumerate(told):
            if attributes["external_id"] in self.rejects:
                place = {"input_array": "attributes", "index": index} if self.tells_index else {}
                errors.append({"type": "ann@example.org is not a valid value", **place})
            else:
                self._set(attributes)
        self.tracked += len(told)
        told_errors = {"errors": errors} if errors else {}
        return Reply(201, {"message": "success", "attributes_processed": len(told) - len(errors), **told_errors})

    def _set(self, attributes: dict[str, Any]) -> None:
        names = {
            name: value for name, value in attributes.items() if name not in ("external_id", "_update_existing_only")
        }
        external_id = attributes["external_id"]
        if attributes.get("_update_existing_only") and external_id not in self.users:
            return
        user = self.users.setdefault(external_id, {})
        for name, value in names.items():
            user.pop(name, None)
            if value is not None:
                user[name] = value

    def _export(self, request: Received) -> Reply:
        ids = request.json["external_ids"]
        assert len(ids) <= EXPORT_ROWS
        assert request.json["fields_to_export"] == ["external_id", "custom_attributes"]
        users = [{"external_id": each, "custom_attributes": self._shown(each)} for each in ids if each in self.users]
        return Reply(
            201, {"message": "success", "users": users, "invalid_user_ids": sorted(set(ids) - set(self.users))}
        )

    def _shown(self, external_id: str) -> dict[str, Any]:
        def shown(value: Any) -> Any:
            return f"{value}T00:00:00.000Z" if self.as_moments and str(value).startswith("20") else value

        return {name: shown(value) for name, value in self.users[external_id].items()}
