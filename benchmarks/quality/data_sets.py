"""The logs that are judged: where each comes from, what is predicted there, and the bars that it is held to.

The same code and defaults everywhere. From log to log only the sources, the cut-off, the horizon and who is judged
differ, as the published protocols have them.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.quality.bars import Bar
from flows.demo import END as DEMO_END
from flows.demo import TEMPLATES, make_shop
from models.tasks import Task, find_task
from pipeline.settings import SETTINGS_FILE
from pipeline.shop.textbook.write import write_textbook
from pipeline.shop.write import write_shop

EXAMPLES = Path(__file__).parents[2] / "examples"
A_QUARTER = timedelta(days=90)
BUYS = replace(find_task("purchase"), horizon=A_QUARTER)
LEAVES = replace(find_task("churn"), horizon=A_QUARTER)
SPENDS = replace(find_task("spend"), horizon=A_QUARTER)
EVERYBODY = "orders_lifetime >= 1"
CHRISTMAS = datetime(2026, 1, 1, tzinfo=UTC)  # the end of a simulated shop, two years after its start

Lay = Callable[[Path, Path], None]


@dataclass(frozen=True)
class DataSet:
    """A log, what is predicted of its customers as of a moment, and what the figures are held to.

    `lay` makes a project of a folder, given the folder of public data, of which it needs the file `needs`; null for a
    simulated log. `about` says in words what the log is.
    """

    name: str
    about: str
    lay: Lay
    task: Task
    as_of: datetime
    needs: Path | None = None
    bars: tuple[Bar, ...] = ()


def _example(name: str, folder: str) -> Lay:
    """Lay out the example of a public log, its files linked."""

    def lay(data: Path, project: Path) -> None:
        shutil.copy(EXAMPLES / name / SETTINGS_FILE, project)
        for path in (data / folder).resolve().iterdir():
            (project / path.name).symlink_to(path)

    return lay


def _cdnow(data: Path, project: Path) -> None:
    """Lay out CDNOW, where everything that is bought on a day counts as one purchase, as in the published figures."""
    shutil.copy(EXAMPLES / "cdnow" / SETTINGS_FILE, project)
    head, *lines = (data / _CDNOW).read_text(encoding="utf-8").splitlines()
    days: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for customer, day, cds, dollars in map(str.split, lines):
        before = days.get((customer, day), (0, Decimal(0)))
        days[customer, day] = before[0] + int(cds), before[1] + Decimal(dollars)
    told = [f"{customer} {day} {cds} {dollars}" for (customer, day), (cds, dollars) in days.items()]
    (project / _CDNOW.name).write_text("\n".join([head, *told, ""]), encoding="utf-8")


def _simulated(customers: int, seed: int) -> Lay:
    return lambda _, project: make_shop(project, customers, seed)


def _until_christmas(customers: int, seed: int, *, start: datetime) -> Lay:
    def lay(_: Path, project: Path) -> None:
        write_shop(project / "data", customers, start, CHRISTMAS, seed)
        shutil.copy(TEMPLATES / "demo.toml", project / SETTINGS_FILE)

    return lay


def _textbook(customers: int, seed: int) -> Lay:
    def lay(_: Path, project: Path) -> None:
        write_textbook(project / "data", customers, TEXTBOOK_START, DEMO_END, seed)
        # Its customers have one id each: the last source of the demo, of ids that join, would find no file.
        told = (TEMPLATES / "demo.toml").read_text(encoding="utf-8").rpartition("[[sources]]")[0]
        (project / SETTINGS_FILE).write_text(told, encoding="utf-8")

    return lay


SHOP_CUSTOMERS, SHOP_SEED = 5_000, 1
TEXTBOOK_START, TEXTBOOK_CUSTOMERS, TEXTBOOK_SEED = datetime(2024, 7, 1, tzinfo=UTC), 20_000, 1
TEXTBOOK_BARS = (Bar("below_best", at_most=0.01), Bar("ece", at_most=0.02))
_RETAIL, _CDNOW = Path("online_retail_2009_2010/transactions.parquet"), Path("cdnow/CDNOW_master.txt")
_retail = _example("online_retail", "online_retail_2009_2010")
_RETAIL_CUT = datetime(2010, 9, 10, tzinfo=UTC)
_CDNOW_CUT = datetime(1997, 10, 1, tzinfo=ZoneInfo("America/New_York"))
_39_WEEKS = timedelta(weeks=39)

DATA_SETS: tuple[DataSet, ...] = (
    DataSet(
        "online_retail",
        "A gift wholesaler's first year, who buys within 90 days",
        _retail,
        BUYS,
        _RETAIL_CUT,
        _RETAIL,
        (
            Bar("roc_auc", at_least=0.728),
            Bar("auc_difference.recency.low", at_least=0.06),
            Bar("auc_difference.rfm.low", at_least=0.0),
            Bar("ece", at_most=0.06),
        ),
    ),
    DataSet(
        "online_retail_spend",
        "The same wholesaler, what is spent within 90 days",
        _retail,
        SPENDS,
        _RETAIL_CUT,
        _RETAIL,
        (
            Bar("spearman", at_least=0.51),
            Bar("gini", at_least=0.775),
            Bar("total_ratio", at_least=0.8, at_most=1.2),
        ),
    ),
    DataSet(
        "cdnow",
        "A record shop's customers of one quarter, who buys within 39 weeks",
        _cdnow,
        replace(BUYS, population=EVERYBODY, horizon=_39_WEEKS),
        _CDNOW_CUT,
        _CDNOW,
        (
            Bar("roc_auc", at_least=0.773),
            Bar("auc_difference.rfm.low", at_least=0.0),
            Bar("auc_difference.bgnbd.low", at_least=0.0),
            Bar("ece", at_most=0.05),
        ),
    ),
    DataSet(
        "cdnow_transactions",
        "The same customers, how often each buys within 39 weeks",
        _cdnow,
        Task("transactions", EVERYBODY, "count(order_placed)", _39_WEEKS),
        _CDNOW_CUT,
        _CDNOW,
        (
            Bar("mae", at_most=0.815),
            Bar("pearson", at_least=0.68),
            Bar("total_ratio", at_least=0.8, at_most=1.2),
        ),
    ),
    DataSet(
        "tmall",
        "Clicks of 884 people, who buys within 31 days",
        _example("tmall", "tmall"),
        replace(BUYS, population="active_days_365d >= 1", horizon=timedelta(days=31)),
        datetime(2014, 7, 16, tzinfo=ZoneInfo("Asia/Shanghai")),
        Path("tmall/t_alibaba_data.csv"),
    ),
    DataSet(
        "simulated_shop",
        "The simulated shop of 5,000 customers, who buys within 90 days",
        _simulated(SHOP_CUSTOMERS, SHOP_SEED),
        BUYS,
        DEMO_END - A_QUARTER,
        bars=(Bar("auc_difference.recency.low", at_least=0.0), Bar("ece", at_most=0.06)),
    ),
    DataSet(
        "simulated_spend",
        "The same shop, what is spent within 90 days",
        _simulated(SHOP_CUSTOMERS, SHOP_SEED),
        SPENDS,
        DEMO_END - A_QUARTER,
        bars=(Bar("total_ratio", at_least=0.9, at_most=1.1),),
    ),
    DataSet(
        "christmas",
        "A simulated shop at the start of a Christmas quarter, with the one before in its log",
        _until_christmas(5_000, seed=1, start=datetime(2024, 1, 1, tzinfo=UTC)),
        BUYS,
        CHRISTMAS - A_QUARTER,
        bars=(Bar("ece", at_most=0.04),),
    ),
    DataSet(
        "textbook_purchase",
        "A BG/NBD process with known parameters, who buys within 90 days",
        _textbook(TEXTBOOK_CUSTOMERS, TEXTBOOK_SEED),
        BUYS,
        DEMO_END - A_QUARTER,
        bars=TEXTBOOK_BARS,
    ),
    DataSet(
        "textbook_churn",
        "The same process, who does not",
        _textbook(TEXTBOOK_CUSTOMERS, TEXTBOOK_SEED),
        LEAVES,
        DEMO_END - A_QUARTER,
        bars=TEXTBOOK_BARS,
    ),
)
