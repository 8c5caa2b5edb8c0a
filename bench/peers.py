"""The counts behind the correlation, by other means: pandas, Polars, DuckDB. They must agree with the engine's.

Each is given the same runs, without repeated failures, in order of time, as columns of its own kind, and the same
windows; it answers how many windows around incidents, and how many at their controls, have a run before and after,
a red run before and after, and a last run before and after that is red.

Outside the clock, the peers get a frame or a table filled, DuckDB's in its own storage, and the moments of all
controls. The engine gets the runs as arrays in the same order, and the onsets. Within the clock it sorts the runs by
test case, finds the controls itself, and keeps the counts of each incident apart, which the peers add up at once.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

COUNTS = ("runs_before", "runs_after", "last_before", "any_before", "any_after", "last_after")


@dataclass(frozen=True)
class Task:
    """Runs and windows as plain columns; a window is [moment - width, moment) and [moment, moment + width]."""

    test: NDArray[np.int64]
    time: NDArray[np.float64]
    red: NDArray[np.bool_]
    integration: NDArray[np.int64]
    is_case: NDArray[np.bool_]
    moment: NDArray[np.float64]
    width: float
    n_tests: int
    n_integrations: int

    def empty(self) -> NDArray[np.int64]:
        """Zeros of shape (counts, control or case, integrations, tests)."""
        return np.zeros((len(COUNTS), 2, self.n_integrations, self.n_tests), dtype=np.int64)


def pandas_frames(task: Task) -> tuple[pd.DataFrame, pd.DataFrame]:
    runs = pd.DataFrame({"test": task.test, "time": task.time, "red": task.red})
    windows = pd.DataFrame({"integration": task.integration, "is_case": task.is_case, "moment": task.moment})
    return runs, windows


def count_with_pandas(frames: tuple[pd.DataFrame, pd.DataFrame], task: Task) -> NDArray[np.int64]:
    runs, windows = frames
    low = runs["time"].searchsorted(windows["moment"] - task.width, side="left")
    high = runs["time"].searchsorted(windows["moment"] + task.width, side="right")
    window = np.repeat(np.arange(len(windows)), high - low)
    position = np.arange(len(window)) - np.repeat(np.cumsum(high - low) - (high - low), high - low) + low[window]
    joined = runs.iloc[position].reset_index(drop=True)
    joined["window"] = window
    is_before = joined["time"].to_numpy() < windows["moment"].to_numpy()[window]
    counts = task.empty()
    for mask, columns in ((is_before, (0, 2, 3)), (~is_before, (1, 5, 4))):
        per_window = joined[mask].groupby(["window", "test"])["red"].agg(["last", "max"]).reset_index()
        per_window = per_window.join(windows, on="window")
        sums = per_window.groupby(["is_case", "integration", "test"]).agg(
            runs=("last", "size"), last=("last", "sum"), any=("max", "sum")
        )
        case, integration, test = (sums.index.get_level_values(level).to_numpy() for level in range(3))
        for column, name in zip(columns, ("runs", "last", "any"), strict=True):
            counts[column, case.astype(int), integration, test] = sums[name].to_numpy()
    return counts


def polars_frames(task: Task) -> tuple[pl.DataFrame, pl.DataFrame]:
    runs = pl.DataFrame({"test": task.test, "time": task.time, "red": task.red})
    windows = pl.DataFrame({"integration": task.integration, "is_case": task.is_case, "moment": task.moment})
    return runs, windows


def count_with_polars(frames: tuple[pl.DataFrame, pl.DataFrame], task: Task) -> NDArray[np.int64]:
    runs, windows = frames
    time = runs["time"]
    bounds = windows.with_columns(
        low=time.search_sorted(windows["moment"] - task.width, side="left"),
        high=time.search_sorted(windows["moment"] + task.width, side="right"),
    ).with_row_index("window")
    joined = (
        bounds.lazy()
        .filter(pl.col("low") < pl.col("high"))
        .with_columns(row=pl.int_ranges("low", "high"))
        .explode("row")
        .with_columns(
            test=pl.lit(runs["test"]).gather(pl.col("row")),
            red=pl.lit(runs["red"]).gather(pl.col("row")),
            before=pl.lit(time).gather(pl.col("row")) < pl.col("moment"),
        )
    )
    per_window = joined.group_by("window", "test", "before").agg(
        pl.col("is_case", "integration").first(), last=pl.col("red").last(), any=pl.col("red").any()
    )
    sums = per_window.group_by("is_case", "integration", "test", "before").agg(
        runs=pl.len(), last=pl.col("last").sum(), any=pl.col("any").sum()
    )
    return _from_sums(task, sums.collect().to_dict(as_series=False))


def duckdb_connection(task: Task) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    runs, windows = pandas_frames(task)
    connection.register("runs_in", runs)
    connection.register("windows_in", windows)
    connection.execute("create table runs as select * from runs_in")
    connection.execute("create table windows as select row_number() over () as id, * from windows_in")
    return connection


def count_with_duckdb(connection: duckdb.DuckDBPyConnection, task: Task) -> NDArray[np.int64]:
    result = connection.execute(
        """
        with joined as (
            select w.id, w.is_case, w.integration, r.test, r.time < w.moment as before, r.time, r.red
            from windows w join runs r on r.time >= w.moment - $width and r.time <= w.moment + $width
        ), per_window as (
            select id, is_case, integration, test, before, arg_max(red, time) as last, bool_or(red) as any_red
            from joined group by all
        )
        select is_case, integration, test, before, count(*) as runs, count(*) filter (last) as last,
               count(*) filter (any_red) as "any"
        from per_window group by all
        """,
        {"width": task.width},
    ).fetchnumpy()
    return _from_sums(task, result)


def _from_sums(task: Task, sums: dict[str, object]) -> NDArray[np.int64]:
    counts = task.empty()
    column = {name: np.asarray(values) for name, values in sums.items()}
    case, before = column["is_case"].astype(np.int64), column["before"].astype(np.bool_)
    for mask, rows in ((before, (0, 2, 3)), (~before, (1, 5, 4))):
        for row, name in zip(rows, ("runs", "last", "any"), strict=True):
            counts[row, case[mask], column["integration"][mask], column["test"][mask]] = column[name][mask]
    return counts
