"""Splunk searches: window after window is fetched and imported; one that could not be is fetched later."""

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from integrations import splunk_rest
from integrations.jobs import try_job
from integrations.models import SplunkSearch
from integrations.splunk.lines import SplunkError
from integrations.splunk.times import TimeError, resolve
from integrations.splunk_imports import ExportFile, ImportRefusedError, ImportReport, import_exports
from qa_observability.backoff import wait_after
from qa_observability.outgoing import OutgoingError
from qa_observability.spoken import SpokenError, storable

# No further window is begun once a run has taken so long; with the patience of one, a task stays under its 300 s.
ENOUGH = timedelta(seconds=150)
# What a worker missed for longer than this is not made up for.
FARTHEST_BACK = timedelta(days=7)
SHORT_TRY = (
    f"A try ends after {splunk_rest.TRYING.seconds:g} s or {splunk_rest.TRYING.most_bytes // 1024**2} MiB; "
    "the scheduled fetch has 2 min, and may still succeed."
)
CUT = "no `lastrow` at the end: probably a truncated download"


@dataclass(frozen=True, slots=True)
class Window:
    """What a search is run over; rows without a time of their own stand for its end."""

    earliest: datetime
    latest: datetime


def run_due(*, now: datetime) -> int:
    """Run the searches that are due, one after the other; return the rows that were read."""
    if splunk_rest.what_is_missing():
        return 0
    read = 0
    until = now + ENOUGH
    for row in list(SplunkSearch.objects.due(now)):
        moment = timezone.now()
        if moment > until:
            break
        claimed = SplunkSearch.objects.filter(pk=row.pk, next_run_at=row.next_run_at)
        if claimed.update(next_run_at=moment + row.every):
            read += try_job(row.job, lambda row=row, moment=moment: run(row, now=moment, until=until), now=moment)  # type: ignore[misc]  # bound by defaults, which mypy cannot infer
    return read


def run(row: SplunkSearch, *, now: datetime, until: datetime | None = None) -> int:
    """Fetch and import every window of a search that is over and was not fetched yet; return the rows read.

    The moment that windows are reckoned from moves on in the transaction that stores their rows: what a run that
    fails or is killed has not stored, the next one fetches.

    until : no further window is begun after this moment; the next run goes on there.

    Raises
    ------
    SpokenError : where a window could not be fetched; those before it are stored.
    """
    reckoned, read = _begin(row, now=now), 0
    try:
        while reckoned <= now:
            read += _import_window(row, reckoned, then=reckoned + row.every, now=now)
            reckoned += row.every
            if until is not None and timezone.now() > until:
                break
    except SpokenError as error:
        _failed(row, error, now=now)
        raise
    except Exception:
        _failed(row, SpokenError("The result could not be worked up; the log says more."), now=now)
        raise
    SplunkSearch.objects.filter(pk=row.pk).update(succeeded_at=now, failing_since=None, failures=0, error="")
    return read


def window_of(row: SplunkSearch, *, reckoned: datetime) -> Window:
    """Return the window of a search.

    Raises
    ------
    SpokenError : where its ends are no times, or the wrong way round.
    """
    try:
        window = Window(resolve(row.earliest, reckoned), resolve(row.latest, reckoned))
    except TimeError as error:
        raise SpokenError(str(error)) from None
    if window.earliest >= window.latest:
        raise SpokenError("The window ends before it begins.")
    return window


def try_out(row: SplunkSearch, *, now: datetime) -> tuple[Window, ImportReport]:
    """Fetch the newest window of a search and tell what would be stored, storing nothing.

    Somebody waits for it: it ends long before a scheduled fetch would give up.

    Raises
    ------
    SpokenError : where that does not work.
    """
    window = window_of(row, reckoned=now)
    try:
        with _fetched(row, window, splunk_rest.TRYING) as export:
            return window, _imported(row, export, window, now=now, dry_run=True)
    except OutgoingError as error:
        if error.kind in {"timeout", "too_large"}:
            raise SpokenError(f"{error} {SHORT_TRY}") from None
        raise


def test_connection() -> str:
    """Ask Splunk who we are."""
    return f"Splunk answers, and knows the token as {splunk_rest.who_am_i()}."


test_connection.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's


def what_is_missing() -> list[str]:
    """Return what has to be there before a search can run."""
    searches = [] if SplunkSearch.objects.in_use().exists() else ["an active search"]
    return [*splunk_rest.what_is_missing(), *searches]


def names_of_jobs() -> list[str]:
    """Return the names of the job runs of all searches in use."""
    return [row.job for row in SplunkSearch.objects.in_use()]


def _begin(row: SplunkSearch, *, now: datetime) -> datetime:
    if row.reckoned_from is None:
        return now
    missed = max(now - FARTHEST_BACK - row.reckoned_from, timedelta())
    return row.reckoned_from + -(-missed // row.every) * row.every


def _import_window(row: SplunkSearch, reckoned: datetime, *, then: datetime, now: datetime) -> int:
    window = window_of(row, reckoned=reckoned)

    def move_on(warnings: Sequence[str]) -> None:
        if any(text.startswith(CUT) for text in warnings):
            raise SpokenError("Splunk broke off in the middle of the result.")
        SplunkSearch.objects.filter(pk=row.pk).update(reckoned_from=then, next_run_at=then)

    with _fetched(row, window, splunk_rest.fetching()) as export:
        return _imported(row, export, window, now=now, confirm=move_on).rows


@contextmanager
def _fetched(row: SplunkSearch, window: Window, patience: splunk_rest.Patience) -> Iterator[ExportFile]:
    with tempfile.TemporaryFile() as file:
        splunk_rest.export(row.search, earliest=window.earliest, latest=window.latest, into=file, patience=patience)
        yield ExportFile(row.name, file)


def _imported(
    row: SplunkSearch,
    export: ExportFile,
    window: Window,
    *,
    now: datetime,
    dry_run: bool = False,
    confirm: Callable[[Sequence[str]], None] = lambda warnings: None,
) -> ImportReport:
    try:
        return import_exports(
            [export],
            observed_at=window.latest,
            now=now,
            basis=row.basis,  # type: ignore[arg-type]  # the choices of its field are those of Basis
            dry_run=dry_run,
            origin=f"search-{row.pk.hex[:16]}",
            confirm=confirm,
        )
    except (SplunkError, ImportRefusedError) as error:
        raise SpokenError(str(error)) from None


def _failed(row: SplunkSearch, error: SpokenError, *, now: datetime) -> None:
    failures = row.failures + 1
    asked = error.retry_after if isinstance(error, OutgoingError) else None
    wait = wait_after(failures, interval=row.every, chance=random.random(), retry_after=asked)  # noqa: S311  spreads requests, guards nothing
    SplunkSearch.objects.filter(pk=row.pk).update(
        failures=failures, failing_since=row.failing_since or now, error=storable(str(error)), next_run_at=now + wait
    )
