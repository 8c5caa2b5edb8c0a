"""Splunk exports into observations and events: one function for the command, the API and the admin."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction

from integrations.choices import EventType, Severity, Source
from integrations.inputs import EventInput, ObservationInput, RowsError
from integrations.models import ClassificationRule, Integration
from integrations.services import record_events, record_observations
from integrations.splunk.classification import Area, Classifier
from integrations.splunk.findings import AreaFinding, Basis, IntegrationFinding, judge
from integrations.splunk.lines import SplunkError
from integrations.splunk.reader import iter_rows
from integrations.splunk.rules import Rule, RuleError
from integrations.splunk.totals import EndpointSum, TooManyGroupsError, Totals, aggregate

EVENT_OF_AREA = {
    Area.PRICING: EventType.PRICING_SYNC_ERROR,
    Area.FEES: EventType.FEE_SYNC_ERROR,
    Area.BOOKING: EventType.BOOKING_LOSS,
}
SEVERITY_OF_STATUS = {"warning": Severity.MEDIUM, "critical": Severity.HIGH}


class ImportRefusedError(Exception):
    """An import that cannot be done; nothing was stored. `field` names the input that is to blame."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True, slots=True)
class ExportFile:
    """An export to read from its start; `stream` can be rewound. `name` is what messages call it."""

    name: str
    stream: BinaryIO


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do.

    `observation` of a finding is created, updated, unchanged, or None where too few requests were seen to tell.
    """

    files: list[str]
    dry_run: bool
    rows: int
    ignored: dict[str, int]
    examples: list[str]
    warnings: list[str]
    lower_bounds: bool
    findings: list[tuple[IntegrationFinding, datetime, str | None]]
    unknown: list[str]
    unmatched: list[EndpointSum]
    observations: dict[str, int] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)


def classifier() -> Classifier:
    """Return a classifier with the rules that are in force.

    Raises
    ------
    ImportRefusedError : where a stored rule cannot be used.
    """
    rows = ClassificationRule.objects.filter(is_active=True)
    try:
        return Classifier([as_rule(row) for row in rows])
    except RuleError as error:
        raise ImportRefusedError("rules", str(error)) from error


def as_rule(row: ClassificationRule) -> Rule:
    return Rule(stage=row.stage, pattern=row.pattern, integration=row.integration_id, area=row.area, masked=row.masked)


def import_exports(
    files: Sequence[ExportFile],
    *,
    observed_at: datetime | None,
    now: datetime,
    basis: Basis = "total",
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda name: None,
    origin: str | None = None,
    confirm: Callable[[Sequence[str]], None] = lambda warnings: None,
) -> ImportReport:
    """Read the files of one export, add them up, and store what they say: all of it or nothing.

    Parameters
    ----------
    files : parts of one export; their rows are summed together before anything is judged.
    observed_at : aware moment that rows without a time stand for; needed where there are such rows.
    basis : which errors count: `total` (4xx, 5xx and keyword hits) or `server` (5xx only).
    dry_run : judge, but store nothing.
    origin : names what is imported again and again, such as a search, so that an event of the same area and moment is
        the same event although the bytes have changed; otherwise the files' digest does.
    confirm : called with the warnings in the transaction that stores the rows; what it writes is stored with them, and
        what it raises takes all of it back.

    Raises
    ------
    SplunkError : a file cannot be read; names file, line and reason.
    ImportRefusedError : a parameter is missing or bad, or the rules cannot be used.

    Notes
    -----
    Importing the same files again for the same moment changes nothing: an observation is replaced by its equal, and
    an event's externalId is made of the files' digest or the origin, its area and its moment. The observation and the
    events of an import agree, so the events derive nothing further.
    """
    if observed_at is not None and observed_at.tzinfo is None:
        raise ImportRefusedError("observed_at", "Must name a time zone.")
    digest, totals = _read(files, progress)
    if observed_at is None and any(key.start is None for key in totals.groups):
        raise ImportRefusedError("observed_at", "The rows carry no time: say when they were observed.")
    findings = judge(
        totals,
        warning_rate=Decimal(str(settings.HEALTH_WARNING_RATE)),
        critical_rate=Decimal(str(settings.HEALTH_CRITICAL_RATE)),
        min_requests=settings.SPLUNK_MIN_REQUESTS,
        basis=basis,
    )
    timed = [(finding, finding.start or observed_at or now) for finding in findings]
    conclusive = [(finding, moment) for finding, moment in timed if finding.is_conclusive]
    observations = [_observation(finding, moment) for finding, moment in conclusive]
    events = [event for finding, moment in timed for event in _events(finding, moment, origin or digest)]
    warnings = [f"{text} ({count} times)" if count > 1 else text for text, count in totals.report.warnings.items()]
    observed, recorded, fates = _store(
        observations, events, now=now, dry_run=dry_run, confirm=lambda: None if dry_run else confirm(warnings)
    )
    return ImportReport(
        files=[file.name for file in files],
        dry_run=dry_run,
        rows=totals.report.rows,
        ignored=dict(totals.report.ignored.most_common()),
        examples=[str(issue) for issue in totals.report.examples],
        warnings=warnings,
        lower_bounds=totals.report.lower_bounds,
        findings=[(finding, moment, fates.get((finding.integration, moment))) for finding, moment in timed],
        unknown=totals.unknown,
        unmatched=totals.top_unattributed,
        observations=observed,
        events=recorded,
    )


def _read(files: Sequence[ExportFile], progress: Callable[[str], None]) -> tuple[str, Totals]:
    """Return the digest and the sums of all files; writes nothing, so a bad file leaves nothing behind."""
    rules = classifier()
    totals = Totals(settings.SPLUNK_BUCKET)
    digests = []
    for file in files:
        progress(file.name)
        file.stream.seek(0)
        digests.append(_digest(file.stream))
        if digests[-1] in digests[:-1]:
            raise ImportRefusedError("file", f"{file.name} holds the same bytes as another file of this import.")
        file.stream.seek(0)
        try:
            totals.merge(aggregate(iter_rows(file.stream, name=file.name), rules, bucket=settings.SPLUNK_BUCKET))
        except TooManyGroupsError as error:
            raise SplunkError(file.name, None, str(error)) from error
        except RuleError as error:
            raise ImportRefusedError("rules", str(error)) from error
    return hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()[:16], totals


def _digest(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _store(
    observations: list[ObservationInput],
    events: list[EventInput],
    *,
    now: datetime,
    dry_run: bool,
    confirm: Callable[[], None],
) -> tuple[dict[str, int], dict[str, int], dict[tuple[str, datetime], str]]:
    """Store both in one transaction; a dry run does the same and takes it back, so that it foretells exactly."""
    counts: tuple[dict[str, int], dict[str, int], dict[tuple[str, datetime], str]] = ({}, {}, {})
    try:
        with transaction.atomic():
            Integration.objects.lock(row.integration_id for row in observations)
            observed = record_observations(observations, now=now)
            recorded = record_events(events, now=now)
            counts = (
                {"created": observed.created, "updated": observed.updated, "unchanged": observed.unchanged},
                {"created": recorded.created, "duplicates": recorded.duplicates},
                {key: fate for fate, keys in observed.keys.items() for key in keys},
            )
            confirm()
            transaction.set_rollback(dry_run)
    except RowsError as error:
        row, fields = next(iter(error.errors.items()))
        name, messages = next(iter(fields.items()))
        moment = f"{observations[row].last_checked:%Y-%m-%d %H:%M} UTC: " if row < len(observations) else ""
        is_moment = name in {"last_checked", "occurred_at"}
        raise ImportRefusedError("observed_at" if is_moment else "file", f"{moment}{messages[0]}") from error
    return counts


def _observation(finding: IntegrationFinding, moment: datetime) -> ObservationInput:
    return ObservationInput(
        integration_id=finding.integration,
        last_checked=moment,
        source=Source.SPLUNK,
        pricing_sync_status=finding.pricing_sync_status,
        fees_sync_status=finding.fees_sync_status,
        booking_loss_rate=finding.booking_loss_rate,
        error_rate=finding.error_rate,
    )


def _events(finding: IntegrationFinding, moment: datetime, digest: str) -> list[EventInput]:
    """Return an event for each area that is ill; how many bookings it affected is not known, so it is not claimed."""
    return [
        EventInput(
            integration_id=finding.integration,
            event_type=EVENT_OF_AREA[area.area],
            severity=SEVERITY_OF_STATUS[area.status],
            message=f"{area.errors:,} of {area.requests:,} {area.area} requests failed",
            occurred_at=moment,
            source=Source.SPLUNK,
            metadata=_evidence(area),
            external_id=f"splunk:{digest}:{area.area}:{moment:%Y%m%dT%H%M%SZ}",
        )
        for area in finding.areas
        if area.area in EVENT_OF_AREA and area.status in SEVERITY_OF_STATUS
    ]


def _evidence(area: AreaFinding) -> dict[str, Any]:
    return {
        "area": str(area.area),
        "requests": area.requests,
        "errors": area.errors,
        "errorRate": float(area.rate or 0),
        "worstEndpoints": [
            {"endpoint": worst.path, "requests": worst.requests, "errors": worst.errors}
            for worst in area.worst_endpoints
        ],
    }
