"""Why a customer is in an audience or not, in one sentence or two."""

from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.rules import days_in_words, last_days, purpose_in_words


def included_in_words(audience: Audience) -> str:
    """Return the sentence about somebody who is to be contacted."""
    member = f"a member of {_any(audience.include)} who agreed to {purpose_in_words(audience.consent)}"
    return f"To be contacted: {member}, and nothing speaks against it."


def left_out_in_words(audience: Audience, rule: str, reason: str) -> str:
    """Return the sentence about somebody whom a rule leaves out, by the reason recorded and what is asked."""
    return f"Not contacted: {reason.replace('excluded segment', 'a member of')}; {_because(audience, rule)}."


def no_member_in_words(audience: Audience) -> str:
    """Return the sentence about a customer who is no member."""
    members = _any(audience.include)
    return f"Not in this audience: it is made of the members of {members}, and this customer was not one."


def _because(audience: Audience, rule: str) -> str:  # noqa: PLR0911 - one sentence a rule
    match rule:
        case "excluded":
            return f"the audience leaves out the members of {_any(audience.exclude)}"
        case "recent_buyer" if audience.recent_buyers is not None:
            return f"the audience leaves out who bought in {last_days(audience.recent_buyers)}"
        case "frequency_cap" if audience.frequency_cap is not None:
            return f"the audience allows at most {audience.frequency_cap.contacts} in that time"
        case "quiet" if audience.quiet is not None:
            return f"the audience leaves who was contacted in peace for {days_in_words(audience.quiet.days)}"
        case "no_consent":
            return "an audience never holds anybody without it"
        case "no_address":
            return "there is nowhere to write to"
    return "what contacting the others brings is measured against those who are"


def _any(names: tuple[str, ...]) -> str:
    """Return "a", "a or b", "a, b or c"."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
