"""The results of one Testmo run into executions: each page with the place where the next visit goes on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from correlation.executions import ExecutionInput, execution_errors
from correlation.models import TestmoRun
from correlation.models.testmo import TestmoRunKind, TestmoRunState
from correlation.services import link_test_cases, placeholder_name, record_executions
from correlation.testmo_client import TestmoClient
from correlation.testmo_names import CaseNames
from correlation.testmo_rows import Place, ReadRow, automated_row, result_row, statuses_of
from correlation.testmo_runs import OVERLAP, Forward, utc_text
from qa_observability.outgoing import OutgoingError

log = structlog.get_logger(__name__)


class TestsNotOfferedError(Exception):
    """This Testmo is too old to tell the single tests of automation runs."""

    __test__ = False


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What all runs of one visit share.

    horizon : results before it would not be kept, so they are not read.
    time_is_up : tells whether the visit has lasted for long enough; a run is then left at the page that it is at.
    case_url : template of the address of a test case, with {url}, {project_id} and {case_id}; empty: none.
    """

    client: TestmoClient
    names: CaseNames
    statuses: Mapping[int, str | None]
    case_url: str
    now: datetime
    horizon: datetime
    time_is_up: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Batch:
    """What one page holds: executions, and the addresses of their test cases."""

    executions: list[ExecutionInput]
    addresses: dict[str, str]


def read_run(run: TestmoRun, reading: Reading) -> int:
    """Store what is new in a run; return how many executions that were.

    Safe to be killed at any line: a page and the place behind it are stored together, and the same page again changes
    nothing.

    Raises
    ------
    TestsNotOfferedError : for an automation run of an older Testmo.
    OutgoingError, TestmoPausedError : where Testmo does not answer.
    """
    try:
        return _read_manual(run, reading) if run.kind == TestmoRunKind.MANUAL else _read_automated(run, reading)
    except OutgoingError as error:
        if error.status != 404:
            raise
        if run.kind == TestmoRunKind.AUTOMATION and _is_there(run, reading.client):
            raise TestsNotOfferedError from error
        _finish(run, reading, state=TestmoRunState.DONE)  # deleted in Testmo
        return 0


def _read_manual(run: TestmoRun, reading: Reading) -> int:
    """Read results from the newest one that is stored, and a little before it."""
    place = _place(run)
    since = max(reading.horizon, run.cursor - OVERLAP) if run.cursor else reading.horizon
    forward, stored = Forward(run.cursor, latest=reading.now), 0
    params: dict[str, Any] = {"created_after": utc_text(since), "order": "asc", "expands": "statuses"}
    for page in reading.client.pages(f"/runs/{run.run_id}/results", **params):
        expanded = page.expands.get("statuses")
        statuses = statuses_of(expanded if isinstance(expanded, list) else [], reading.statuses)
        rows = [result_row(row, place, statuses) for row in page.rows]
        batch = _batch(rows, place, reading)
        with transaction.atomic():
            stored += _store(batch, reading)
            run.cursor = forward.after([row.at for row in rows if row.at], last=page.next_number is None)
            run.save(update_fields=["cursor"])
        if page.next_number and reading.time_is_up():
            return stored
    _finish(run, reading)
    return stored


def _read_automated(run: TestmoRun, reading: Reading) -> int:
    """Read tests from the first page that was not complete; a run that has ended, once more from its first page."""
    place, stored = _place(run), 0
    for page in reading.client.pages(f"/automation/runs/{run.run_id}/tests", start=run.page):
        batch = _batch([automated_row(row, place) for row in page.rows], place, reading)
        with transaction.atomic():
            stored += _store(batch, reading)
            run.page = page.next_number or run.page
            run.save(update_fields=["page"])
        if page.next_number and reading.time_is_up():
            return stored
    _finish(run, reading)
    return stored


def _batch(rows: Iterable[ReadRow], place: Place, reading: Reading) -> Batch:
    """Return what is to be stored of a page, with names; it may ask Testmo for these, so no transaction is open yet."""
    found = [(row.case_id, row.execution) for row in rows if row.execution]
    found = [(case_id, execution) for case_id, execution in found if execution.executed_at >= reading.horizon]
    names = reading.names.of({case_id for case_id, _ in found if case_id})
    given = [
        replace(
            execution, test_case_name=names.get(case_id) or execution.test_case_name or placeholder_name(str(case_id))
        )
        if case_id
        else execution
        for case_id, execution in found
    ]
    good = [execution for execution in given if not execution_errors(execution, now=reading.now)]
    if len(good) < len(given):
        log.warning("testmo_rows_unusable", run=place.run, rows=len(given) - len(good))
    cases = {case_id for case_id, _ in found if case_id} if reading.case_url else set()
    return Batch(good, {str(case_id): _address(case_id, place, reading) for case_id in cases})


def _store(batch: Batch, reading: Reading) -> int:
    recorded = record_executions(batch.executions, now=reading.now)
    link_test_cases(batch.addresses)
    return recorded.created


def _address(case_id: int, place: Place, reading: Reading) -> str:
    root = reading.client.base.removesuffix("/api/v1")
    filled = reading.case_url.replace("{url}", root).replace("{project_id}", str(place.project_id))
    return filled.replace("{case_id}", str(case_id))


def _place(run: TestmoRun) -> Place:
    return Place(
        project_id=run.project.testmo_id,
        project_name=str(run.project),
        run=f"testmo:{'automation:' if run.kind == TestmoRunKind.AUTOMATION else ''}{run.run_id}",
        started_at=run.began_at,
    )


def _finish(run: TestmoRun, reading: Reading, *, state: TestmoRunState | None = None) -> None:
    """Note that a run was read to its end; one that was closed before it was read will not change any more."""
    closed = run.state == TestmoRunState.CLOSED
    run.state = state or (TestmoRunState.DONE if closed else TestmoRunState(run.state))
    run.read_at, run.changed = reading.now, False
    run.save(update_fields=["state", "read_at", "changed"])


def _is_there(run: TestmoRun, client: TestmoClient) -> bool:
    try:
        client.one(f"/automation/runs/{run.run_id}")
    except OutgoingError as error:
        if error.status == 404:
            return False
        raise
    return True
