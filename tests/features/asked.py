"""One customer's features, asked of a few hand-written rows."""

from features.builder import build_features
from pipeline.events.history import history_of
from tests.features.logs import SHOP
from tests.features.oracle.agreement import told
from tests.rows import AS_OF, table


def asked(features, *rows, as_of=AS_OF, zone="UTC", answers=()):
    """The columns of some features, by name, of the one customer whom the rows are about."""
    matrix = build_features(history_of(table(list(rows)), as_of, zone, told(answers)), (), SHOP, features)
    (values,) = matrix.values.tolist()
    return dict(zip(matrix.names, values, strict=True))
