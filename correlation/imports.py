"""Test reports in: the one function behind command, API and admin."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from correlation.choices import ExecutionSource, ExecutionStatus
from correlation.executions import RUN_MAX, ExecutionInput, collapse_repeats
from correlation.junit import Options, Outcome, Report, TimeFrom, parse
from correlation.junit_bytes import JunitError
from correlation.models import ImportedFile
from correlation.services import record_executions
from integrations.inputs import CLOCK_SKEW

MAX_RESULTS = 500_000
_STATUS = {
    Outcome.PASSED: ExecutionStatus.PASSED,
    Outcome.FAILED: ExecutionStatus.FAILED,
    Outcome.ERROR: ExecutionStatus.FAILED,
    Outcome.SKIPPED: ExecutionStatus.SKIPPED,
}
_NOT_IN_A_NAME = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFile:
    """A file as a door received it; `modified_at` where the door knows it."""

    name: str
    content: bytes = field(repr=False)
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the person who imports decides; an empty `run_id` is made from the files."""

    run_id: str = ""
    zone: tzinfo = UTC
    source: str = ""
    strip_volatile: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedReport:
    """What became of one file; `times` counts where the times of its results came from."""

    file: str
    sha256: str
    producer: str
    run_id: str
    outcomes: dict[str, int]
    created: int
    duplicates: int
    repeats: int
    test_cases: int
    times: dict[str, int]
    warnings: list[str]

    @property
    def link(self) -> str:
        """Address of the page that shows the run."""
        return f"{reverse('correlation:run')}?{urlencode({'runId': self.run_id})}"


class RefusedFilesError(Exception):
    """Files that cannot be read, with the reason of each; nothing was imported."""

    def __init__(self, refused: Sequence[tuple[int, str, JunitError]]) -> None:
        super().__init__("; ".join(f"{name}: {error}" for _, name, error in refused))
        self.refused = list(refused)


def import_reports(files: Sequence[GivenFile], *, choices: Choices, now: datetime) -> list[ImportedReport]:
    """Store the results in JUnit XML files: of all of them, or of none.

    The same bytes again, for the same run or without a run, change nothing: their run and the time that was assumed
    for results without one are those of the first time.

    Raises
    ------
    RefusedFilesError : with every file that cannot be read.
    RowsError : where a file's results break a rule, such as a run id that is too long.
    """
    reports = _parse_all(files, choices, now)
    digests = [hashlib.sha256(file.content).hexdigest() for file in files]
    with transaction.atomic():
        known = _known(digests, choices.run_id)
        run_id = choices.run_id or _run_id(digest for digest in digests if digest not in known)
        imported = []
        for file, digest, report in zip(files, digests, reports, strict=True):
            record = known.get(digest) or _remember(file, digest, run_id, report, now)
            known[digest] = record
            imported.append(_store(file, report, record, now))
        return imported


def _parse_all(files: Sequence[GivenFile], choices: Choices, now: datetime) -> list[Report]:
    options = Options(
        latest=now + CLOCK_SKEW,
        zone=choices.zone,
        source=choices.source,
        id_pattern=re.compile(settings.JUNIT_ID_PATTERN) if settings.JUNIT_ID_PATTERN else None,
        strip_volatile=choices.strip_volatile,
    )
    reports: list[Report] = []
    refused = []
    total = 0
    for index, file in enumerate(files):
        try:
            report = parse(file.content, options)
            total += len(report.results)
            if total > MAX_RESULTS:
                raise JunitError(f"brings the upload above {MAX_RESULTS:,} results; send fewer files at once")
        except JunitError as error:
            refused.append((index, file.name, error))
        else:
            reports.append(report)
    if refused:
        raise RefusedFilesError(refused)
    return reports


def _known(digests: Iterable[str], run_id: str) -> dict[str, ImportedFile]:
    """Return the files of these digests that went in before, for this run or, where none is named, at all."""
    earlier = ImportedFile.objects.filter(sha256__in=set(digests)).order_by("-created_at")
    if run_id:
        earlier = earlier.filter(run_id=run_id)
    return {row.sha256: row for row in earlier}


def _run_id(digests: Iterable[str]) -> str:
    """Return a run for files that name none: the same files always make the same run."""
    joined = "".join(sorted(set(digests)))
    return f"sha256:{hashlib.sha256(joined.encode()).hexdigest()[:32]}"


def _remember(file: GivenFile, digest: str, run_id: str, report: Report, now: datetime) -> ImportedFile:
    modified = file.modified_at
    row = ImportedFile(
        sha256=digest,
        run_id=run_id,
        name=_NOT_IN_A_NAME.sub("", file.name)[:300] or "report.xml",
        assumed_at=min(modified, now) if modified else now,
        executions=len(report.results),
    )
    if len(run_id) <= RUN_MAX and not _NOT_IN_A_NAME.search(run_id):  # others are refused with their reason below
        row.save()
    return row


def _store(file: GivenFile, report: Report, record: ImportedFile, now: datetime) -> ImportedReport:
    fallback = TimeFrom.FILE if file.modified_at else TimeFrom.UPLOAD
    times = Counter((result.time_from or fallback).value for result in report.results)
    rows = [
        ExecutionInput(
            test_case_id=result.test_case_id,
            test_case_name=result.name,
            suite=result.suite,
            identity=result.identity,
            status=_STATUS[result.outcome],
            flaky=result.flaky,
            executed_at=result.executed_at or record.assumed_at,
            duration_ms=result.duration_ms,
            run_id=record.run_id,
            source=ExecutionSource.JUNIT,
        )
        for result in report.results
    ]
    collapsed = collapse_repeats(rows)
    recorded = record_executions(collapsed, now=now)
    return ImportedReport(
        file=file.name,
        sha256=record.sha256,
        producer=report.producer,
        run_id=record.run_id,
        outcomes=report.outcomes,
        created=recorded.created,
        duplicates=recorded.duplicates,
        repeats=len(rows) - len(collapsed),
        test_cases=recorded.test_cases,
        times={name.value: times[name.value] for name in TimeFrom},
        warnings=[*report.warnings, *_warnings(times, len(rows) - len(collapsed), recorded.duplicates)],
    )


def _warnings(times: Counter[str], repeats: int, duplicates: int) -> list[str]:
    guessed = times[TimeFrom.UPLOAD]
    lines = [
        (guessed, f"{guessed} results have no time in the file: the time of the upload was taken"),
        (
            repeats,
            f"{repeats} results repeat a test case at the same time: the last one counts, flaky where they differ",
        ),
        (duplicates, f"{duplicates} results were stored before and changed nothing"),
    ]
    return [text for applies, text in lines if applies]
