"""Which runs of a Testmo project there are, and which of them are to be read now."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from correlation.models import TestmoProject, TestmoRun
from correlation.models.testmo import TestmoRunKind, TestmoRunState
from correlation.testmo_client import TestmoClient
from correlation.testmo_rows import RunRow, run_row

# What is committed late in Testmo can be older than what was seen of it before.
OVERLAP = timedelta(minutes=5)
# Open runs in which nothing happens are looked into less often: there may be hundreds of them.
BUSY_FOR = timedelta(days=2)
IDLE_EVERY = timedelta(hours=6)
FORGET_AFTER = timedelta(days=30)
_PATHS = {TestmoRunKind.MANUAL: "runs", TestmoRunKind.AUTOMATION: "automation/runs"}
_OPEN = {TestmoRunKind.MANUAL: {"is_closed": 0}, TestmoRunKind.AUTOMATION: {"status": 4}}
# Only the manual runs' column to sort by is documented.
_ORDER: dict[TestmoRunKind, dict[str, Any]] = {
    TestmoRunKind.MANUAL: {"sort": "runs:created_at"},
    TestmoRunKind.AUTOMATION: {},
}


def utc_text(moment: datetime) -> str:
    """Return a time as Testmo's filters read it, whole seconds downwards."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Forward:
    """A cursor that moves with each page as long as their rows come in the order of time, else with the last one."""

    def __init__(self, cursor: datetime | None, *, latest: datetime) -> None:
        self.cursor = self.newest = cursor
        self.latest = latest
        self.before: datetime | None = None
        self.in_order = True

    def after(self, times: list[datetime], *, last: bool) -> datetime | None:
        """Return where the cursor stands after a page of rows with these times; never in the future."""
        self.in_order = self.in_order and times == sorted(times) and not (self.before and times[:1] < [self.before])
        self.before = max(times, default=self.before)
        self.newest = max([*times, *([self.newest] if self.newest else [])], default=None)
        if (self.in_order or last) and self.newest:
            self.cursor = min(self.newest, self.latest)
        return self.cursor


def find_runs(
    project: TestmoProject, kind: TestmoRunKind, client: TestmoClient, *, now: datetime, horizon: datetime
) -> None:
    """Bring the list of known runs up to date: those that are new, and which of the others are still open.

    Parameters
    ----------
    now : the cursor never stands in the future, whatever Testmo's clock says.
    horizon : runs that were created and closed before are left out; results before it would not be kept.

    Notes
    -----
    A run may be created and closed between two visits, so new ones are looked for by their creation; and it may stay
    open for months, so all open ones are listed as well. A known run that is no longer among the open ones was closed
    or deleted, and is read once more to its end.
    """
    path = f"/projects/{project.testmo_id}/{_PATHS[kind]}"
    automated = kind == TestmoRunKind.AUTOMATION
    cursor_name = f"{kind.value}_cursor"
    since = max(horizon, (getattr(project, cursor_name) or horizon) - OVERLAP)
    place = Forward(getattr(project, cursor_name), latest=now)
    for page in client.pages(path, created_after=utc_text(since), order="asc", **_ORDER[kind]):
        rows = [row for given in page.rows if (row := run_row(given, automated=automated))]
        with transaction.atomic():
            _remember(project, kind, rows)
            setattr(project, cursor_name, place.after([row.created_at for row in rows], last=page.next_number is None))
            project.save(update_fields=[cursor_name, "updated_at"])
    open_ids = set()
    for page in client.pages(path, order="asc", **_OPEN[kind]):
        rows = [row for given in page.rows if (row := run_row(given, automated=automated))]
        rows = [row for row in rows if row.is_open and (not automated or row.created_at >= horizon)]
        _remember(project, kind, rows)
        open_ids |= {row.run_id for row in rows}
    known = project.runs.filter(kind=kind, state=TestmoRunState.OPEN).exclude(run_id__in=open_ids)
    known.update(state=TestmoRunState.CLOSED, page=1)
    done = project.runs.filter(kind=kind, state=TestmoRunState.DONE)
    done.filter(began_at__lt=horizon - FORGET_AFTER).delete()


def _remember(project: TestmoProject, kind: TestmoRunKind, rows: Iterable[RunRow]) -> None:
    by_id = {row.run_id: row for row in rows}
    known = {run.run_id: run for run in project.runs.filter(kind=kind, run_id__in=by_id)}
    new = []
    for run_id, row in by_id.items():
        run = known.get(run_id)
        if run is None:
            run = TestmoRun(project=project, kind=kind, run_id=run_id, began_at=row.created_at)
            run.state = TestmoRunState.CLOSED
            new.append(run)
        run.changed = run.changed or run.counts != row.counts
        run.name, run.counts = row.name, row.counts
        if row.is_open:
            run.state = TestmoRunState.OPEN
        elif run.state == TestmoRunState.OPEN:
            run.state, run.page = TestmoRunState.CLOSED, 1
    TestmoRun.objects.bulk_create(new)
    TestmoRun.objects.bulk_update(known.values(), ["name", "counts", "changed", "state", "page"])


def runs_to_read(project: TestmoProject, kind: TestmoRunKind, *, now: datetime) -> list[TestmoRun]:
    """Return the runs that may hold something new, those first that have waited for longest."""
    runs = project.runs.filter(kind=kind).exclude(state=TestmoRunState.DONE)
    due = [run for run in runs if is_due(run, now=now)]
    return sorted(due, key=lambda run: (run.read_at is not None, run.read_at or run.began_at, run.pk))


def is_due(run: TestmoRun, *, now: datetime) -> bool:
    """Return whether a run is worth a request: closed lately, never read, changed, busy, or idle for long enough."""
    if run.state == TestmoRunState.CLOSED or run.read_at is None or run.changed:
        return True
    return now - (run.cursor or run.began_at) < BUSY_FOR or now - run.read_at >= IDLE_EVERY
