"""How unsteady a test case is: runs with two results, and runs that differ from the one before. Pure."""

from collections.abc import Sequence
from itertools import pairwise

ENOUGH_RUNS = 20
FLAKY_FLIP_RATE = 0.20


def flip_rate(runs: int, flips: int) -> float | None:
    """Return the share of runs whose result differs from the one before; None under 20 runs.

    >>> flip_rate(101, 25), flip_rate(5, 4)
    (0.25, None)
    """
    return flips / (runs - 1) if runs >= ENOUGH_RUNS else None


def is_flaky(runs: int, flips: int, flaky_runs: int) -> bool:
    """Return whether a test case deserves the word: enough runs, and a fifth of them flip or have two results."""
    return runs >= ENOUGH_RUNS and (flips / (runs - 1) >= FLAKY_FLIP_RATE or flaky_runs / runs >= FLAKY_FLIP_RATE)


def count_flips(results: Sequence[object]) -> int:
    """Return how many results differ from the one before.

    >>> count_flips(["passed", "passed", "failed", "passed"])
    2
    """
    return sum(one != other for one, other in pairwise(results))
