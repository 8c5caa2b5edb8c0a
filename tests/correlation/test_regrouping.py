"""Which stored incident is which of the found ones."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from correlation.regrouping import Regrouping, Stretch, regroup

WITHIN = timedelta(hours=1)
MIDNIGHT = datetime(2026, 3, 18, tzinfo=UTC)


def stretch(first: int, last: int, *, noted: bool = False) -> Stretch:
    """From one minute of the day to another."""
    return Stretch(MIDNIGHT + timedelta(minutes=first), MIDNIGHT + timedelta(minutes=last), noted)


def grouped(stored: list[Stretch], found: list[Stretch]) -> Regrouping:
    return regroup(stored, found, within=WITHIN)


def test_one_that_grew_is_the_same():
    assert grouped([stretch(100, 120)], [stretch(90, 200)]) == Regrouping({0: 0}, {}, {}, [])


def test_one_that_moved_by_less_than_the_window_is_the_same():
    assert grouped([stretch(100, 105)], [stretch(120, 160)]).same == {0: 0}
    assert grouped([stretch(100, 105)], [stretch(165, 170)]) == Regrouping({}, {}, {}, [0])


def test_two_that_became_one_keep_the_row_that_has_notes():
    merged = grouped([stretch(0, 60), stretch(130, 140, noted=True)], [stretch(0, 140)])
    assert merged.same == {0: 0}  # the same onset
    merged = grouped([stretch(5, 60), stretch(130, 140, noted=True)], [stretch(0, 140)])
    assert merged == Regrouping({0: 1}, {0: 0}, {}, [])


def test_one_that_fell_apart_stays_the_larger_part():
    split = grouped([stretch(0, 300, noted=True)], [stretch(2, 30), stretch(120, 300)])
    assert split == Regrouping({1: 0}, {}, {0: 0}, [])


def test_what_nothing_is_near_of_is_lost():
    assert grouped([stretch(0, 10), stretch(600, 610)], [stretch(600, 650)]).lost == [0]
    assert grouped([], [stretch(0, 10)]) == Regrouping({}, {}, {}, [])


def test_rows_never_swap_their_onsets():
    stored = [stretch(0, 45), stretch(100, 240)]
    groups = grouped(stored, [stretch(100, 110), stretch(180, 240)])
    assert groups.same[0] == 1


def lists_of(gap: int, **options: object) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Lists of (length, distance from the one before), in minutes."""
    return st.lists(st.tuples(st.integers(0, 200), st.integers(gap, 300)), max_size=8)


def laid_out(parts: list[tuple[int, int]], noted: list[bool]) -> list[Stretch]:
    found, at = [], 0
    for index, (length, gap) in enumerate(parts):
        at += gap
        found.append(stretch(at, at + length, noted=bool(noted[index % len(noted)]) if noted else False))
        at += length
    return found


@given(lists_of(1), lists_of(60), st.lists(st.booleans(), max_size=8))
def test_every_stored_one_has_exactly_one_fate(before, after, noted):
    stored, found = laid_out(before, noted), laid_out(after, [])
    groups = grouped(stored, found)
    fates = [*groups.same.values(), *groups.absorbed, *groups.lost]
    assert sorted(fates) == list(range(len(stored)))
    assert set(groups.absorbed.values()) <= set(groups.same)
    for new, one in enumerate(found):
        twin = next((old for old, other in enumerate(stored) if other.start == one.start), None)
        assert twin is None or groups.same[new] == twin


@given(lists_of(60), st.lists(st.booleans(), max_size=8))
def test_what_has_not_changed_is_the_same(parts, noted):
    stored = laid_out(parts, noted)
    assert grouped(stored, stored) == Regrouping({at: at for at in range(len(stored))}, {}, {}, [])
