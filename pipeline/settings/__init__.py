"""The settings of a project folder: `segcast.toml`, typed, frozen, unknown keys refused."""

from pipeline.settings.load import SETTINGS_FILE, load_settings
from pipeline.settings.money import MoneySettings
from pipeline.settings.shop import (
    FeatureSettings,
    PrivacySettings,
    Settings,
    ShopSettings,
    TaskSettings,
    TrainingSettings,
)
from pipeline.settings.sources import AnySource, ColumnsSource, OrderLinesSource
from pipeline.settings.values import parse_duration

__all__ = [
    "SETTINGS_FILE",
    "AnySource",
    "ColumnsSource",
    "FeatureSettings",
    "MoneySettings",
    "OrderLinesSource",
    "PrivacySettings",
    "Settings",
    "ShopSettings",
    "TaskSettings",
    "TrainingSettings",
    "load_settings",
    "parse_duration",
]
