"""How long to leave a server alone that does not answer as it should. Pure."""

from datetime import timedelta

LONGEST = timedelta(minutes=5)
LONGEST_ASKED = timedelta(hours=24)


def wait_after(failures: int, *, interval: timedelta, chance: float, retry_after: float | None = None) -> timedelta:
    """Return how long to wait after so many failures in a row.

    Twice as long after each, from one interval to 5 min (or one interval, where that is longer), and up to a tenth
    more by chance, so that many clients do not come back together; longer where the server asks for it, at most a day.

    Parameters
    ----------
    failures : 1 after the first one.
    chance : from 0 up to 1.
    retry_after : seconds.

    Examples
    --------
    >>> minute = timedelta(minutes=1)
    >>> [wait_after(count, interval=minute, chance=0).seconds // 60 for count in (1, 2, 3, 4, 5, 90)]
    [1, 2, 4, 5, 5, 5]
    """
    doubled = interval * 2 ** (min(max(failures, 1), 20) - 1)
    wait: timedelta = min(doubled, max(interval, LONGEST))
    asked: timedelta = min(timedelta(seconds=retry_after or 0), LONGEST_ASKED)
    return max(wait, asked) * (1 + chance / 10)
