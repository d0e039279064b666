"""How many threads linear algebra works with while models are fitted."""

from contextlib import AbstractContextManager

from threadpoolctl import threadpool_limits


def alone() -> AbstractContextManager[object]:
    """Let linear algebra work on one thread.

    Fitting is hundreds of small sums, for which threads wait longer than they work; and what is summed by one thread is
    the same on every machine. Trees have threads of their own.
    """
    limits: AbstractContextManager[object] = threadpool_limits(limits=1, user_api="blas")
    return limits
