"""The pipelines' runs: smoke tests every quarter of an hour, all tests some times a day and every night. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from correlation.choices import ExecutionSource, ExecutionStatus
from correlation.services import ExecutionInput
from qa_observability.demo.cases import CASES, MARK, Case, Coupling, Order
from qa_observability.demo.channels import BOOKING_COM
from qa_observability.demo.frame import DAY, Frame
from qa_observability.demo.incidents import USUAL_DAYS, Incident, of_channel

SMOKE_EVERY = timedelta(minutes=15)
SMOKE = tuple(case for case in CASES if case.coupling)
NIGHTLY = timedelta(hours=2, minutes=10)
DAYTIME = tuple(timedelta(hours=hour, minutes=25) for hour in (7, 9, 12, 15, 17))
USUAL_FAILURES = 0.003
SKIPPED = 0.008
RETRIED = 0.5  # of the flaky failures, how many the pipeline tries again, and sees pass
RETRY_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Run:
    """One pipeline: its tests start a few seconds apart."""

    id: str
    at: datetime
    cases: Sequence[Case]
    source: ExecutionSource


class RedSpells:
    """The stretches of time in which a case is red, whatever run looks at it."""

    def __init__(self, spells: Iterable[tuple[datetime, datetime]]) -> None:
        self.spells = sorted(spells)

    def cover(self, moment: datetime) -> bool:
        return any(start <= moment < end for start, end in self.spells)


def tell_executions(frame: Frame, incidents: Iterable[Incident]) -> Iterator[list[ExecutionInput]]:
    """Yield the executions of each day in order of their runs; oldest day first."""
    incidents = list(incidents)
    spells = {case.id: RedSpells(red_spells(frame, case, incidents)) for case in CASES}
    for index in range(frame.days):
        rng = frame.random("runs", index)
        runs = [*_regressions(frame, index), *_smoke_runs(frame, index)]
        day = []
        for run in sorted(runs, key=lambda run: run.at):
            day += _execute(run, spells, rng)
        yield day


def red_spells(frame: Frame, case: Case, incidents: Iterable[Incident]) -> list[tuple[datetime, datetime]]:
    """Return the stretches of time in which the case fails for a reason: its coupling, or its own broken days."""
    spells = []
    if case.broken:
        spells.append((frame.end - case.broken[0] * DAY, frame.end - case.broken[1] * DAY))
    if case.coupling:
        near = of_channel(incidents, case.coupling.channel)
        spells += _coupled_spells(frame, case, case.coupling, near)
        spells += _false_alarms(frame, case, case.coupling, near)
    return spells


def _coupled_spells(
    frame: Frame, case: Case, coupling: Coupling, incidents: list[Incident]
) -> list[tuple[datetime, datetime]]:
    rng = frame.random("coupling", case.id)
    small = [incident for incident in incidents if not incident.is_chapter]
    misses = min(len(small), round(len(incidents) * coupling.missed / 100))
    missed = set(rng.choice(len(small), size=misses, replace=False).tolist()) if small else set()
    unnoticed = {small[index].onset for index in missed}
    spells = []
    for incident in incidents:
        apart = timedelta(minutes=float(rng.uniform(*coupling.minutes)))
        mending = timedelta(minutes=float(rng.uniform(17, 40)))
        if incident.onset in unnoticed:
            continue
        start = incident.onset + apart if coupling.order == Order.AFTER else incident.onset - apart
        spells.append((start, max(incident.end, start) + mending))
    if coupling.order == Order.BEFORE and coupling.channel == BOOKING_COM:
        # The last smoke run has just failed: the story ends on a warning.
        spells.append((frame.end - SMOKE_EVERY, frame.end))
    return spells


def _false_alarms(
    frame: Frame, case: Case, coupling: Coupling, incidents: list[Incident]
) -> list[tuple[datetime, datetime]]:
    """Return short red spells that no incident of the channel follows within half a day."""
    rng = frame.random("false alarms", case.id)
    spells = []
    for _ in range(round(coupling.false_alarms * frame.days / USUAL_DAYS)):
        start = frame.start + float(rng.random()) * (frame.end - DAY - frame.start)
        end = start + timedelta(minutes=float(rng.uniform(16, 40)))
        if all(end < incident.onset - DAY / 2 or incident.end + DAY / 2 < start for incident in incidents):
            spells.append((start, end))
    return spells


def _smoke_runs(frame: Frame, index: int) -> list[Run]:
    """Return the day's smoke runs, a minute or two before each quarter of an hour, so that the last one ends in it."""
    rng = frame.random("smoke", index)
    count = DAY // SMOKE_EVERY
    early = rng.uniform(100, 160, size=count).tolist()
    moments = [frame.day(index) + SMOKE_EVERY * (slot + 1) - timedelta(seconds=early[slot]) for slot in range(count)]
    return [
        Run(f"{MARK}smoke-{moment:%Y%m%d-%H%M}", moment, SMOKE, ExecutionSource.API)
        for moment in moments
        if moment < frame.end
    ]


def _regressions(frame: Frame, index: int) -> list[Run]:
    """Return the day's runs of all tests: nightly, and on work days every two to three hours."""
    rng = frame.random("regressions", index)
    day = frame.day(index)
    times = [("nightly", NIGHTLY), *(("regression", time) for time in DAYTIME if day.weekday() < 5)]
    delays = rng.uniform(0, 20 * 60, size=len(times)).tolist()
    runs = []
    for (name, time), delay in zip(times, delays, strict=True):
        moment = day + time + timedelta(seconds=delay)
        # Only runs that are over: the slowest case starts some minutes after the first.
        if moment + len(CASES) * timedelta(seconds=6) + RETRY_AFTER < frame.end:
            runs.append(Run(f"{MARK}{name}-{moment:%Y%m%d-%H%M}", moment, CASES, ExecutionSource.JUNIT))
    return runs


def _execute(run: Run, spells: dict[str, RedSpells], rng: np.random.Generator) -> list[ExecutionInput]:
    chances = rng.random((len(run.cases), 3)).tolist()
    durations = np.exp(rng.normal(8.6, 0.5, size=len(run.cases))).astype(int).tolist()
    executions = []
    for number, (case, (failing, skipping, retrying)) in enumerate(zip(run.cases, chances, strict=True)):
        moment = run.at + timedelta(seconds=6 * number)
        for_a_reason = spells[case.id].cover(moment)
        # Smoke tests are the reliable ones.
        by_chance = run.cases is not SMOKE and failing < (case.flaky or USUAL_FAILURES)
        status = ExecutionStatus.FAILED if for_a_reason or by_chance else ExecutionStatus.PASSED
        if not case.coupling and skipping < SKIPPED:
            status = ExecutionStatus.SKIPPED
        executions.append(_execution(run, case, status, moment, durations[number]))
        if status == ExecutionStatus.FAILED and case.flaky and not for_a_reason and retrying < RETRIED:
            retry = moment + RETRY_AFTER
            executions.append(_execution(run, case, ExecutionStatus.PASSED, retry, durations[number]))
    return executions


def _execution(run: Run, case: Case, status: ExecutionStatus, moment: datetime, duration: int) -> ExecutionInput:
    return ExecutionInput(
        test_case_id=case.id,
        test_case_name=case.name,
        status=status.value,
        executed_at=moment.replace(microsecond=0),
        run_id=run.id,
        source=run.source.value,
        duration_ms=None if status == ExecutionStatus.SKIPPED else duration,
        suite=case.suite,
    )
