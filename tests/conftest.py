"""What holds for every test: the clock of UTC, and no haste on a busy machine."""

import os
import time

from hypothesis import HealthCheck, settings

os.environ["TZ"] = "UTC"
time.tzset()

settings.register_profile("segcast", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("segcast")
