"""Which models are in service and which were: numbered versions, and the alias of the one that predicts."""

from models.registry.registry import CLUSTERS, Made, Registry
from models.registry.versions import CHALLENGER, CHAMPION, Version

__all__ = ["CHALLENGER", "CHAMPION", "CLUSTERS", "Made", "Registry", "Version"]
