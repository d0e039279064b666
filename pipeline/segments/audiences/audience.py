"""An audience: whom a campaign may contact, as segments and what speaks against a contact."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from pipeline.events.event_types import EMAIL_DELIVERED, PUSH_DELIVERED, SMS_DELIVERED
from pipeline.segments.segment import Name
from pipeline.settings.audiences import AudienceSettings, FrequencyCap

EMAIL = "email"
CONTACTS: Mapping[str, str] = MappingProxyType(
    {EMAIL: EMAIL_DELIVERED, "sms": SMS_DELIVERED, "push": PUSH_DELIVERED},
)
"""The event that each channel's contacts are counted by."""
WORDS = {"title", "owner"}

Holdout = Annotated[float, Field(ge=0, lt=1)]
Purpose = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]


def _some(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("expected at least one segment, got none.")
    return names


def _title(given: dict[str, Any]) -> str:
    return str(given["name"]).replace("_", " ").capitalize()


class Audience(AudienceSettings):
    """Whom a campaign may contact: the members of any of `include`, less those for whom something speaks against it.

    Left out are the members of `exclude`; who bought in the days of `recent_buyers`; who had the contacts of
    `frequency_cap`, or one in the days of `quiet`; who did not consent to the purpose `consent`; who has no address for
    it; who is held out. `holdout` is the share that each included segment holds out, where that is to be more than the
    segment itself says.
    """

    name: Name
    include: Annotated[tuple[str, ...], AfterValidator(_some)]
    exclude: tuple[str, ...] = ()
    title: str = Field(default_factory=_title)
    consent: Purpose = EMAIL
    holdout: Holdout | None = None
    owner: str = ""

    @model_validator(mode="after")
    def _nothing_is_asked_for_and_refused(self) -> Self:
        both = [name for name in self.exclude if name in self.include]
        if both:
            raise ValueError(f'expected exclude to name other segments than include, got "{both[0]}" in both.')
        return self

    @property
    def contact_event(self) -> str:
        """The event type whose occurrences are contacts."""
        return CONTACTS.get(self._cap_channel or self.consent, EMAIL_DELIVERED)

    @property
    def definition_version(self) -> str:
        """Twelve hexadecimal digits that change whenever the definition does."""
        return hashlib.sha256(self.model_dump_json(exclude=WORDS).encode()).hexdigest()[:12]

    @property
    def _cap_channel(self) -> str | None:
        cap: FrequencyCap | None = self.frequency_cap
        return None if cap is None else cap.channel
