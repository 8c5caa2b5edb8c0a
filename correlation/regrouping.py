"""Which stored incident is which of the ones that a refresh found: the same, a part of it now, or gone. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Stretch:
    """An incident of one integration from its onset to its end; `is_noted` where people have written about it."""

    start: datetime
    end: datetime
    is_noted: bool = False


@dataclass(frozen=True, slots=True)
class Regrouping:
    """Positions in the two lists.

    Attributes
    ----------
    same : of a found incident, the stored one that it is; each stored one at most once.
    absorbed : of a stored one that is a part of another one now, the found one that holds it.
    split_off : of a found one that is new, the stored one that it was cut out of.
    lost : stored ones that nothing is near of any more.
    """

    same: dict[int, int]
    absorbed: dict[int, int]
    split_off: dict[int, int]
    lost: list[int]


def regroup(stored: Sequence[Stretch], found: Sequence[Stretch], *, within: timedelta) -> Regrouping:
    """
    Tell which stored incidents of an integration the found ones are.

    Parameters
    ----------
    stored : in any order.
    found : by onset, the end of one at least `within` before the onset of the next.
    within : incidents nearer than this are one by definition. Positive.

    Returns
    -------
    Regrouping
        Every stored one is exactly one of: the same as a found one, absorbed, or lost.

    Notes
    -----
    A stored and a found incident have to do with each other where they overlap or less than `within` lies between
    them. Of these pairs the first are those with one onset, so that no two rows ever swap theirs; then those that
    people have written about, then those that share most of their time. What is left over of the stored ones belongs
    to the found one that it shares most with; what is left over of the found ones is new.
    """
    starts, ends = [one.start for one in found], [one.end for one in found]
    related: list[tuple[tuple[bool, bool, timedelta, timedelta], int, int]] = []
    best: dict[int, int] = {}
    for old, one in enumerate(stored):
        near = range(bisect_right(ends, one.start - within), bisect_left(starts, one.end + within))
        pairs = [(_strength(one, found[new]), old, new) for new in near]
        related += pairs
        if pairs:
            best[old] = max(pairs)[2]
    same: dict[int, int] = {}
    taken: set[int] = set()
    for _, old, new in sorted(related, reverse=True):
        if old not in taken and new not in same:
            same[new] = old
            taken.add(old)
    return Regrouping(
        same=same,
        absorbed={old: new for old, new in best.items() if old not in taken},
        split_off={
            new: old for (_, _, shared, _), old, new in related if new not in same and shared > timedelta(0)
        },
        lost=[old for old in range(len(stored)) if old not in best],
    )  # fmt: skip


def _strength(one: Stretch, other: Stretch) -> tuple[bool, bool, timedelta, timedelta]:
    """Return how much two stretches have to do with each other; the larger, the more."""
    shared = min(one.end, other.end) - max(one.start, other.start)
    return (one.start == other.start, one.is_noted, max(shared, timedelta(0)), min(shared, timedelta(0)))
