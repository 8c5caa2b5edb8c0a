"""Which failures of a correlated test case belong to which incident. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from correlation.engine import Correlations
from correlation.incidents import Incidents
from correlation.inputs import Executions


@dataclass(frozen=True)
class Warnings:
    """Columns: index of the test case, index of the incident, first red run within the window, POSIX seconds."""

    test: NDArray[np.int64]
    incident: NDArray[np.int64]
    first_red: NDArray[np.float64]


def warnings_of(found: Correlations, incidents: Incidents, executions: Executions, window: float) -> Warnings:
    """Return the first red run of every correlated test case within `window` seconds of each incident's onset.

    One row per correlated pair and incident where there is such a run; nothing of pairs that are not correlated.
    """
    red = executions.red
    test, time = executions.test[red], executions.time[red]
    order = np.lexsort((time, test))
    test, time = test[order], time[order]
    columns: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
    for pair in np.flatnonzero(found.correlated):
        own = np.flatnonzero(incidents.integration == found.integration[pair])
        first, past = np.searchsorted(test, [found.test[pair], found.test[pair] + 1])
        times = time[first:past]
        onset = incidents.onset[own]
        at = np.searchsorted(times, onset - window)
        earliest = np.append(times, np.inf)[at]
        hit = earliest <= onset + window
        columns.append((np.full(int(hit.sum()), found.test[pair], dtype=np.int64), own[hit], earliest[hit]))
    if not columns:
        nothing = np.empty(0, dtype=np.int64)
        return Warnings(nothing, nothing, np.empty(0))
    return Warnings(*(np.concatenate(parts) for parts in zip(*columns, strict=True)))
