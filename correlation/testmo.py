"""Testmo: results of chosen projects into executions, from where the last visit ended."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from correlation.models import TestmoProject
from correlation.models.testmo import TestmoRunKind
from correlation.testmo_client import TestmoClient, paused_for
from correlation.testmo_names import CaseNames
from correlation.testmo_reading import Reading, TestsNotOfferedError, read_run
from correlation.testmo_rows import status_overrides
from correlation.testmo_runs import find_runs, runs_to_read
from integrations.jobs import run_job, try_job
from qa_observability.outgoing import OutgoingError
from qa_observability.spoken import SpokenError

SECONDS = 150.0  # for one visit; with the last request and its repetitions less than the queue's timeout
RUNS_FAILED_MAX = 3  # more of them, and it is Testmo that is ill, not a run
TOO_OLD = "No single automated tests in this Testmo"  # older than 2026


def sync_all(*, now: datetime) -> int:
    """Fetch what is new in all projects; return how many executions were stored.

    Each project has its own job run, so that one that fails holds up none of the others. Where Testmo asks to be left
    alone, all of them wait; the next visit goes on where this one ended.
    """
    if missing():
        return 0
    stored = 0
    give_up = time.monotonic() + SECONDS
    for project in TestmoProject.objects.filter(_wanted()).order_by("testmo_id"):
        if paused_for() or time.monotonic() > give_up:
            break
        client = TestmoClient.from_settings()
        work = _work(project, client, now, give_up)
        stored += try_job(project.job_name, work, now=now)
    return stored


def _work(project: TestmoProject, client: TestmoClient, now: datetime, give_up: float) -> Callable[[], int]:
    return lambda: sync_project(project, client, now=now, time_is_up=lambda: time.monotonic() > give_up)


def sync_project(
    project: TestmoProject, client: TestmoClient, *, now: datetime, time_is_up: Callable[[], bool] = lambda: False
) -> int:
    """Fetch what is new in one project; return how many executions were stored.

    Raises
    ------
    SpokenError : where Testmo does not answer, or cannot tell of some runs; what was read is stored.
    """
    horizon = now - settings.EXECUTION_RETENTION + timedelta(days=1)  # the clean-up goes by whole days
    reading = Reading(
        client=client,
        names=CaseNames(project, client, now=now),
        statuses=status_overrides(settings.TESTMO_STATUSES),
        case_url=settings.TESTMO_CASE_URL,
        now=now,
        horizon=horizon,
        time_is_up=time_is_up,
    )
    problems: list[str] = []
    stored = _read_kinds(project, reading, problems)
    if not time_is_up():
        reading.names.catch_up()
    if reading.names.problem:
        problems.append(f"Names of test cases: {reading.names.problem}")
    if problems:
        raise SpokenError(" ".join(problems))
    return stored


def _read_kinds(project: TestmoProject, reading: Reading, problems: list[str]) -> int:
    """Find and read the runs of each kind; one whose list is refused does not keep the other one waiting."""
    stored, note, refused = 0, "", dict[str, list[str]]()
    for kind in _kinds(project):
        if reading.time_is_up():
            break
        try:
            find_runs(project, kind, reading.client, now=reading.now, horizon=reading.horizon)
            stored += _read_runs(project, kind, reading, problems)
        except TestsNotOfferedError:
            note = TOO_OLD
        except OutgoingError as error:
            refused.setdefault(str(error), []).append(str(kind.label))
    if project.note != note:
        project.note = note
        project.save(update_fields=["note", "updated_at"])
    problems += [f"{' and '.join(kinds).capitalize()} runs: {text}" for text, kinds in refused.items()]
    return stored


def _read_runs(project: TestmoProject, kind: TestmoRunKind, reading: Reading, problems: list[str]) -> int:
    """Read the runs that may hold something new; one that Testmo cannot tell of keeps none of the others waiting."""
    stored = failed = 0
    for run in runs_to_read(project, kind, now=reading.now):
        if reading.time_is_up() or failed >= RUNS_FAILED_MAX:
            break
        try:
            stored += read_run(run, reading)
        except OutgoingError as error:
            problems.append(f"{kind.label} run {run.run_id}: {error}")
            failed += 1
    return stored


def start_over(project: TestmoProject, *, now: datetime) -> bool:
    """Let the next visit read everything again that is not too old; what is stored already is stored once.

    Returns False where a visit is under way, which would go on from where it is.
    """

    def forget() -> int:
        with transaction.atomic():
            removed, _ = project.runs.all().delete()
            TestmoProject.objects.filter(pk=project.pk).update(
                manual_cursor=None, automation_cursor=None, names_at=None, names_page=1, updated_at=now
            )
        return removed + 1

    return bool(run_job(project.job_name, forget, now=now))


def missing() -> list[str]:
    """Return what has to be set before anything is fetched."""
    names = [name for name in ("TESTMO_URL", "TESTMO_TOKEN") if not getattr(settings, name)]
    return names if names or TestmoProject.objects.filter(_wanted()).exists() else ["a project"]


def job_names() -> list[str]:
    return [project.job_name for project in TestmoProject.objects.filter(_wanted())]


def try_out() -> str:
    """Ask Testmo who we are, and for the projects that were chosen.

    Raises
    ------
    SpokenError : where it does not answer as it should.
    """
    client = TestmoClient.from_settings(timeout=4.0, attempts=1)
    user = client.one("/user")
    who = next((str(user[key])[:100] for key in ("name", "email") if user.get(key)), "somebody without a name")
    project = TestmoProject.objects.filter(_wanted()).order_by("testmo_id").first()
    if project is None:
        return f"Testmo knows the token as {who}."
    found = client.one(f"/projects/{project.testmo_id}")
    return f"Testmo knows the token as {who}, who may read {str(found.get('name') or project)[:100]}."


def name_of_project(testmo_id: int) -> str:
    """Return what Testmo calls a project.

    Raises
    ------
    SpokenError : where it does not say, such as for a project that is not there.
    """
    return str(TestmoClient.from_settings(timeout=8.0, attempts=1).one(f"/projects/{testmo_id}").get("name") or "")[
        :100
    ]


def _kinds(project: TestmoProject) -> list[TestmoRunKind]:
    chosen = {TestmoRunKind.MANUAL: project.manual_runs, TestmoRunKind.AUTOMATION: project.automation_runs}
    return [kind for kind, is_on in chosen.items() if is_on]


def _wanted() -> Q:
    return Q(manual_runs=True) | Q(automation_runs=True)
