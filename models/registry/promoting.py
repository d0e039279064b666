"""Which version is in service: putting one there, and returning to the one before."""

from models.artefacts import read_card
from models.registry.versions import CHAMPION, Version, Versions
from pipeline.errors import ModelError

ROLLED_BACK = "rolled back"  # noted of a version: somebody returned from it to the one before
REPLACED = "replaced"  # noted of a version: the champion before it, to which a rollback returns


class Promotions(Versions):
    """Versions of which one of each name is the champion."""

    def promote(self, name: str, number: int) -> Version:
        """Make a version the champion, remembering which one it replaces."""
        before = self.find(name, CHAMPION)
        version = next((version for version in self.versions(name) if version.number == number), None)
        if version is None:
            known = ", ".join(str(version.number) for version in self.versions(name)) or "none"
            raise ModelError(f"Expected a version of the {name} model to promote, one of {known}, got {number}.")
        read_card(version.folder)
        if before and before.number != number:
            self.note(name, number, REPLACED, str(before.number))
        return self.point(name, number)

    def settle(self, version: Version, *, promote: bool) -> Version:
        """Put the newest version where it belongs, if the process that registered it died before it could.

        One from which somebody rolled back stays out of service.
        """
        newest = self.versions(version.name)[-1]
        if version.number != newest.number:
            return version
        if newest.aliases == (CHAMPION,):
            return newest
        wanted = promote and ROLLED_BACK not in self.noted(version.name, version.number)
        if wanted or CHAMPION in newest.aliases:  # of which it died before it was no challenger any more
            return self.promote(version.name, version.number)
        self.challenge(version.name, version.number)
        return newest

    def rollback(self, name: str) -> Version:
        """Return to the champion that the present one replaced."""
        present = self.find(name, CHAMPION)
        if present is None:
            raise ModelError(f"Expected a champion of {name} to roll back from, got none. Train and promote one first.")
        noted = self.noted(name, present.number)
        if REPLACED not in noted:
            raise ModelError(
                f"Version {present.number} of the {name} model replaced no other. Promote one by its number."
            )
        self.note(name, present.number, ROLLED_BACK, "yes")
        return self.point(name, int(noted[REPLACED]))
