"""The settings of publications: for how long they are kept, and how their lists are written."""

from pipeline.settings.values import Duration, Frozen


class PublicationSettings(Frozen):
    """How publications rest.

    Those of moments longer than `retention` before the newest one's are removed after a publication, never the newest
    and the one before it; none by default. What earlier predictions came to is told from publications at least as old
    as the longest horizon, and a definition counts as steady once publications show it for 90 days: keep them for the
    longest horizon and a week more, or those parts of the report stay empty. Since when a customer is in a segment
    needs only the publication before. With `byte_order_mark`, CSV files begin with one, so that Excel reads them as
    UTF-8 when they are double-clicked.
    """

    retention: Duration | None = None
    byte_order_mark: bool = False
