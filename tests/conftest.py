"""What holds for every test: the clock of UTC, and no deadline on a busy machine."""

import os
import time

from hypothesis import settings

os.environ["TZ"] = "UTC"
time.tzset()

settings.register_profile("segcast", deadline=None)
settings.load_profile("segcast")
