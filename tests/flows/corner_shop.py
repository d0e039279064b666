"""A shop with three customers."""

from pathlib import Path

SETTINGS = """[shop]
name = "Corner shop"
[[sources]]
name = "orders"
format = "columns"
files = "orders.csv"
constants = { event_type = "order_placed" }
[sources.columns]
customer_id = "who"
occurred_at = "at"
amount = "total"
"""
ORDERS = """who,at,total
ann,2025-11-02,20
ann,2026-01-05,30
bob,2026-02-20,15
eve,2025-06-01,80
"""


def write_corner_shop(folder: Path) -> Path:
    """Write its settings and its export into a folder, and return that."""
    (folder / "segcast.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return folder
