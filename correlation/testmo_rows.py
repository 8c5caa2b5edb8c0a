"""What Testmo answers, read: runs, results, automated tests and statuses into our own terms. Pure.

Rows are plain JSON of another system: whatever is missing or odd in one makes that row unusable, never the sync.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from correlation.choices import ExecutionSource, ExecutionStatus
from correlation.executions import DURATION_MAX_MS, NAME_MAX, SUITE_MAX, ExecutionInput

ID_LIMIT = 2**63
IGNORED = "ignored"
Statuses = Mapping[int, str | None]
# Ids that Testmo ships with; 1 untested, 4 retest and 5 blocked say nothing about the product.
_SHIPPED: dict[int, str | None] = {2: ExecutionStatus.PASSED, 3: ExecutionStatus.FAILED, 6: ExecutionStatus.SKIPPED}
# Of automated tests: neutral, success, failure; 4 is still running.
_AUTOMATED: dict[int, str | None] = {
    1: ExecutionStatus.SKIPPED,
    2: ExecutionStatus.PASSED,
    3: ExecutionStatus.FAILED,
}
_UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One manual or automation run as Testmo lists it; `counts` changes with its results."""

    run_id: int
    name: str
    created_at: datetime
    is_open: bool
    counts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where rows belong: the project, its name, the run as we call it, and the time of rows without one."""

    project_id: int
    project_name: str
    run: str
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """One result: the execution to store, None where it tells nothing; `case_id` where it belongs to a test case."""

    execution: ExecutionInput | None
    at: datetime | None
    case_id: int | None = None


def moment_of(value: Any) -> datetime | None:
    """Return a time of Testmo's as aware UTC; None for anything else.

    >>> moment_of("2026-01-10T10:30:00.000000Z").isoformat(), moment_of("soon")
    ('2026-01-10T10:30:00+00:00', None)
    """
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def id_of(value: Any) -> int | None:
    """Return a row id, None for anything that cannot be one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < ID_LIMIT else None


def text_of(value: Any, longest: int) -> str:
    """Return text that can be stored, on one line; empty for anything else."""
    return " ".join(_UNFIT.sub(" ", value).split())[:longest] if isinstance(value, str) else ""


def run_row(row: Mapping[str, Any], *, automated: bool) -> RunRow | None:
    """Return a run; None where it was deleted or has no id or time."""
    run_id, created_at = id_of(row.get("id")), moment_of(row.get("created_at"))
    if run_id is None or created_at is None or row.get("deleted_at"):
        return None
    counts = {key: value for key, value in row.items() if key.endswith("_count") or key == "updated_at"}
    return RunRow(
        run_id=run_id,
        name=text_of(row.get("name"), 300),
        created_at=created_at,
        is_open=_is_running(row) if automated else not row.get("is_closed"),
        counts=hashlib.sha256(repr(sorted(counts.items())).encode("utf-8", "replace")).hexdigest()[:16],
    )


def _is_running(row: Mapping[str, Any]) -> bool:
    completed = row.get("is_completed")
    return not completed if isinstance(completed, bool) else row.get("status") == 4


def status_overrides(given: Sequence[str]) -> dict[int, str | None]:
    """Return TESTMO_STATUSES read.

    >>> status_overrides(["7=failed", "9=ignored"])
    {7: 'failed', 9: None}

    Raises
    ------
    ValueError : for an entry that is not `id=passed|failed|skipped|ignored`.
    """
    found: dict[int, str | None] = {}
    for entry in given:
        id_, _, meaning = entry.strip().partition("=")
        if not re.fullmatch(r"[0-9]{1,18}", id_) or meaning not in {*ExecutionStatus.values, IGNORED}:
            raise ValueError(f"{entry!r} is not an id and one of passed, failed, skipped, ignored")
        found[int(id_)] = None if meaning == IGNORED else meaning
    return found


def statuses_of(objects: Iterable[Any], overrides: Mapping[int, str | None]) -> Statuses:
    """Return what each status id means: by its flags, for those without by the ids that Testmo ships with.

    None means that results of this status are not executions: untested, blocked, to be tested again.
    """
    found = dict(_SHIPPED)
    for status in objects:
        id_ = id_of(status.get("id")) if isinstance(status, Mapping) else None
        if id_ is None:
            continue
        if status.get("is_failed"):
            found[id_] = ExecutionStatus.FAILED
        elif status.get("is_passed"):
            found[id_] = ExecutionStatus.PASSED
        elif status.get("is_untested") or id_ not in _SHIPPED:
            found[id_] = None
    return found | dict(overrides)


def result_row(row: Mapping[str, Any], place: Place, statuses: Statuses) -> ReadRow:
    """Return one result of a manual run."""
    at, case_id = moment_of(row.get("created_at")), id_of(row.get("case_id"))
    status = statuses.get(row["status_id"]) if id_of(row.get("status_id")) else None
    if at is None or case_id is None or status is None or row.get("deleted_at"):
        return ReadRow(execution=None, at=at)
    given = _execution(row, place, at=at, status=status, test_case_id=str(case_id), name="", suite=place.project_name)
    return ReadRow(execution=given, at=at, case_id=case_id)


def automated_row(row: Mapping[str, Any], place: Place) -> ReadRow:
    """Return one test of an automation run: as the test case it is linked with, else as one by its folder and name."""
    at = moment_of(row.get("created_at")) or place.started_at
    status = _AUTOMATED.get(row["status"]) if id_of(row.get("status")) else None
    name, folder = text_of(row.get("name"), NAME_MAX), text_of(row.get("folder"), SUITE_MAX)
    case_id = _linked_case(row)
    if status is None or (case_id is None and not name):
        return ReadRow(execution=None, at=at)
    identity = f"{folder}::{name}"
    digest = hashlib.sha256(f"{place.project_id}\n{identity}".encode()).hexdigest()[:24]
    given = _execution(
        row,
        place,
        at=at,
        status=status,
        test_case_id=f"testmo:{digest}" if case_id is None else str(case_id),
        name=name,
        suite=folder or place.project_name,
        identity=identity,
    )
    return ReadRow(execution=given, at=at, case_id=case_id)


def _linked_case(row: Mapping[str, Any]) -> int | None:
    several = row.get("repository_case_ids")
    ids = [row.get("repository_case_id"), *(several if isinstance(several, list) else [])]
    return next((found for value in ids if (found := id_of(value))), None)


def _execution(
    row: Mapping[str, Any],
    place: Place,
    *,
    at: datetime,
    status: str,
    test_case_id: str,
    name: str,
    suite: str,
    identity: str = "",
) -> ExecutionInput:
    elapsed = row.get("elapsed")  # in microseconds
    known = isinstance(elapsed, int) and 0 <= elapsed <= DURATION_MAX_MS * 1000
    return ExecutionInput(
        test_case_id=test_case_id,
        test_case_name=name,
        status=status,
        executed_at=at,
        run_id=place.run,
        source=ExecutionSource.TESTMO,
        duration_ms=elapsed // 1000 if known else None,  # type: ignore[operator]  # `known` says that it is a number
        suite=suite,
        identity=identity,
    )
