"""Small worlds for the tests of the engine; all times count from a Monday, 00:00 UTC."""

import numpy as np

from correlation.engine import correlate
from correlation.inputs import DAY, HIGH, HOUR, Events, Executions, Floats
from correlation.results import Correlations

MONDAY = 1_704_067_200.0  # 2024-01-01
MINUTE = 60.0
DAYS = 42
NOW = MONDAY + DAYS * DAY
ONSETS = MONDAY + np.array([2, 7, 11, 15, 21, 25, 30, 36]) * DAY + 10 * HOUR  # eight work days, 10:00


def every(minutes: float, *, offset: float = 5, days: int = DAYS) -> Floats:
    """Times of a test that runs at this cadence."""
    return np.arange(MONDAY + offset * MINUTE, MONDAY + days * DAY, minutes * MINUTE)


def red_around(time: Floats, onsets: Floats, start: float, end: float) -> np.ndarray:
    """Which runs lie from `start` to `end` minutes after an onset."""
    offset = time[:, np.newaxis] - onsets
    return ((offset >= start * MINUTE) & (offset < end * MINUTE)).any(axis=1)


def runs(*tests: tuple[Floats, np.ndarray]) -> Executions:
    """Executions of tests 0, 1, ... from their times and colours."""
    index = np.repeat(np.arange(len(tests)), [len(time) for time, _ in tests])
    return Executions(index, np.concatenate([t for t, _ in tests]), np.concatenate([r for _, r in tests]))


def bursts(onsets: Floats, *, integration: int = 0, size: int = 6, severity: int = HIGH) -> Events:
    """One event a minute from each onset."""
    time = (np.asarray(onsets)[:, np.newaxis] + MINUTE * np.arange(size)).ravel()
    return Events(np.full(len(time), integration), time, np.full(len(time), severity))


def together(*parts: Events) -> Events:
    return Events(
        np.concatenate([part.integration for part in parts]),
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.severity for part in parts]),
    )


def no_events() -> Events:
    return Events(np.empty(0, dtype=int), np.empty(0), np.empty(0, dtype=int))


def no_runs() -> Executions:
    return Executions(np.empty(0, dtype=int), np.empty(0), np.empty(0, dtype=bool))


def correlate_one(executions: Executions, events: Events, **others: object) -> Correlations:
    """Correlate one test with one integration, unless told otherwise."""
    options = {"n_tests": 1, "n_integrations": 1, "now": NOW} | others
    return correlate(executions, events, **options)


def warned(start: float = -25, end: float = 60, *, cadence: float = 20, onsets: Floats = ONSETS) -> Executions:
    """One test that is red from `start` to `end` minutes around each onset."""
    time = every(cadence)
    return runs((time, red_around(time, onsets, start, end)))
