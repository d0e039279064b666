"""Working on the parts of a large log in processes beside this one.

Parts and answers travel as files that the other side maps into its memory, which costs a fraction of a pipe's copies.
"""

import mmap
import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from loky import cpu_count, get_reusable_executor
from loky.process_executor import TerminatedWorkerError

from pipeline.errors import FeatureError

CORES: int = cpu_count()
_IDLE_S = 60  # after which a worker without work ends
_ALIGNED = 64  # bytes

_Part = TypeVar("_Part")
_Answer = TypeVar("_Answer")


def spread(work: Callable[[_Part], _Answer], parts: Iterable[_Part]) -> Iterator[_Answer]:
    """Yield what `work` makes of each part, in order, while the workers are at the next ones.

    `work`, the parts and the answers are pickled. FeatureError when a worker ends before its work does.
    """
    pool = get_reusable_executor(CORES, timeout=_IDLE_S)
    for _ in range(CORES):
        pool.submit(_begin, work)  # the workers start while the first part is read
    ahead: deque[Future[Path]] = deque()
    with tempfile.TemporaryDirectory(prefix="segcast-shares-") as name:
        paths = (Path(name, str(number)) for number in count())
        try:
            for part in parts:
                ahead.append(pool.submit(_work, work, sealed(part, next(paths)), next(paths)))
                if len(ahead) > CORES:
                    yield opened(ahead.popleft().result())
            while ahead:
                yield opened(ahead.popleft().result())
        except TerminatedWorkerError as error:
            raise FeatureError(
                "Expected the processes that work on the event log to finish, got one that the system ended, most "
                "likely for want of memory. Try again with more memory, or with fewer other programs running."
            ) from error
        finally:
            _stop(ahead)


def stop_workers() -> None:
    """End the workers now rather than when they have been without work for a while."""
    get_reusable_executor(CORES, timeout=_IDLE_S).shutdown(wait=True)


def sealed(told: object, path: Path) -> Path:
    """Write anything that can be pickled, its arrays as they lie in memory, and return the path."""
    buffers: list[pickle.PickleBuffer] = []
    frame = pickle.dumps(told, protocol=5, buffer_callback=buffers.append)
    raw = [buffer.raw() for buffer in buffers]
    with path.open("wb") as file:
        pickle.dump((frame, [each.nbytes for each in raw]), file)
        for each in raw:
            file.write(bytes(-file.tell() % _ALIGNED))
            file.write(each)
    return path


def opened(path: Path) -> Any:  # noqa: ANN401 - whatever was sealed
    """Read what was sealed and remove the file; arrays are read when they are first looked at."""
    with path.open("rb") as file:
        frame, sizes = pickle.load(file)  # noqa: S301 - written by this program a moment ago
        start = file.tell()
        whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    path.unlink()
    return pickle.loads(frame, buffers=_slices(whole, start, sizes))  # noqa: S301 - as above


def _slices(whole: memoryview, start: int, sizes: Iterable[int]) -> Iterator[memoryview]:
    for size in sizes:
        start += -start % _ALIGNED
        yield whole[start : start + size]
        start += size


def _begin(work: Callable[[_Part], _Answer]) -> None:
    """Do nothing, where all that `work` needs has been imported to get here."""


def _work(work: Callable[[_Part], _Answer], part: Path, answer: Path) -> Path:
    return sealed(work(opened(part)), answer)


def _stop(ahead: Iterable[Future[Path]]) -> None:
    """Let no work begin or go on that nobody waits for."""
    for future in ahead:
        if not future.cancel():
            future.exception()
