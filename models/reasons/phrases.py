"""What can truthfully be said about a customer, topic by topic, for and against staying."""

from models.reasons.contact_phrases import CONTACT_PHRASES
from models.reasons.order_phrases import ORDER_PHRASES
from models.reasons.visit_phrases import VISIT_PHRASES

PHRASES = (*ORDER_PHRASES, *VISIT_PHRASES, *CONTACT_PHRASES)
"""The first phrase of a topic and direction that holds is the one used; a topic without one is passed over."""

READ_BY_PHRASES = tuple(dict.fromkeys(name for phrase in PHRASES for name in phrase.reads))
