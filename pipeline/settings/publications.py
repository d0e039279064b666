"""The settings of publications: for how long they are kept, and how their lists are written."""

from pipeline.settings.values import Duration, Frozen


class PublicationSettings(Frozen):
    """How publications rest.

    Those of moments longer ago than `retention` are removed, never the newest and the one before it; none by default.
    With `byte_order_mark`, CSV files begin with one, so that Excel reads them as UTF-8 when they are double-clicked.
    """

    retention: Duration | None = None
    byte_order_mark: bool = False
