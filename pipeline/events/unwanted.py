"""Reasons for which a row is set aside that say nothing against the data: nobody wants such a row any more."""

FORGOTTEN, PAST_RETENTION = "forgotten", "past retention"
UNWANTED = (FORGOTTEN, PAST_RETENTION)
