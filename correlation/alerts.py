"""Every write of alerts: raised, updated, dismissed, muted.

What should be alerted follows from what is stored now, so every function here may run at any moment, twice, or be
killed: the next run finds the same and adds nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Q, Subquery

from correlation.channels import channels
from correlation.choices import AlertSeverity, AlertType, ExecutionStatus, WebhookEvent
from correlation.models import (
    CONFIDENT,
    HIGH_SCORE,
    MEDIUM_SCORE,
    Alert,
    AlertDelivery,
    AlertMute,
    TestCase,
    TestExecution,
    TestIntegrationCorrelation,
)
from correlation.outbox import announce_alerts
from correlation.stored_evidence import evidence_of
from correlation.wording import AlertText, critical_integration, failing_test
from integrations import overview
from integrations.choices import HealthStatus
from integrations.maintenance import Occurrence, is_covered, occurrences_between
from qa_observability.periods import parse_period

MUTE_MAX = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that deserves an alert, and the failure it is about."""

    alert_type: AlertType
    severity: AlertSeverity
    integration_id: str
    test_case_id: str | None
    failed_at: datetime
    text: AlertText

    @property
    def subject(self) -> dict[str, Any]:
        return {
            "alert_type": self.alert_type,
            "integration_id": self.integration_id,
            "test_case_id": self.test_case_id,
        }


def sync_alerts(*, now: datetime) -> int:
    """Raise or update what deserves an alert now; return how many were raised."""
    return sync_test_alerts(now=now) + sync_integration_alerts(now=now)


def sync_test_alerts(*, now: datetime, only: Collection[str] | None = None) -> int:
    """Raise or update alerts of correlated test cases that fail now; return how many were raised.

    Parameters
    ----------
    only : look at these test cases alone.

    Notes
    -----
    A test case fails now when its newest run that was not skipped failed, within ALERT_FRESH_FOR of `now`. In two
    queries where no correlated test case is concerned.
    """
    threshold = Q(correlation_score__gt=HIGH_SCORE)
    if settings.ALERT_ON_MEDIUM:
        threshold |= Q(correlation_score__gte=MEDIUM_SCORE)
    strong = TestIntegrationCorrelation.objects.filter(
        threshold, confidence__gte=CONFIDENT, integration__is_active=True
    )
    cases = set(strong.values_list("test_case_id", flat=True))
    if only is not None:
        cases &= set(only)
    failing = _failing(cases, now)
    pairs = strong.filter(test_case__in=failing).select_related("test_case", "integration") if failing else []
    findings = [
        Finding(
            alert_type=AlertType.TEST_WARNING,
            severity=AlertSeverity.CRITICAL if pair.correlation_score > HIGH_SCORE else AlertSeverity.WARNING,
            integration_id=pair.integration_id,
            test_case_id=pair.test_case_id,
            failed_at=failing[pair.test_case_id],
            text=failing_test(evidence_of(pair), failing[pair.test_case_id]),
        )
        for pair in pairs
    ]
    return _raise_all(findings, now=now)


def sync_integration_alerts(*, now: datetime) -> int:
    """Raise or update alerts of integrations that are critical; return how many were raised."""
    findings = []
    for row in overview.snapshots(parse_period("7d", now), now=now):
        if row.status != HealthStatus.CRITICAL or row.old or row.observation is None:
            continue
        since = overview.since(row) or row.observation.last_checked
        findings.append(
            Finding(
                alert_type=AlertType.INTEGRATION_CRITICAL,
                severity=AlertSeverity.CRITICAL,
                integration_id=row.integration_id,
                test_case_id=None,
                failed_at=since,
                text=critical_integration(row.name, since, ", ".join(overview.reasons(row.observation))),
            )
        )
    return _raise_all(findings, now=now)


def _failing(cases: Collection[str], now: datetime) -> dict[str, datetime]:
    """Return the test cases whose newest run failed, with its time; one index look-up each."""
    if not cases:
        return {}
    # Of several results at one moment a failed one decides: "failed" sorts before "passed".
    newest = TestExecution.objects.told().filter(test_case=OuterRef("pk")).order_by("-executed_at", "status")
    rows = TestCase.objects.filter(pk__in=cases).annotate(
        newest_status=Subquery(newest.values("status")[:1]), newest_at=Subquery(newest.values("executed_at")[:1])
    )
    fresh = now - settings.ALERT_FRESH_FOR
    return dict(rows.filter(newest_status=ExecutionStatus.FAILED, newest_at__gte=fresh).values_list("pk", "newest_at"))


def _raise_all(findings: Collection[Finding], *, now: datetime) -> int:
    if not findings:
        return 0
    earliest = min(finding.failed_at for finding in findings)
    maintenance = occurrences_between(min(earliest, now), now + timedelta(seconds=1))
    mutes = list(AlertMute.objects.active(now))
    heard = [finding for finding in findings if not _is_silenced(finding, mutes, maintenance, now)]
    return sum(_raise(finding, now=now) for finding in heard)


def _is_silenced(finding: Finding, mutes: Iterable[AlertMute], maintenance: list[Occurrence], now: datetime) -> bool:
    """Whether someone muted the pair, or maintenance explains the failure: then, or still."""
    slug = finding.integration_id
    if any(mute.covers(slug, finding.test_case_id) for mute in mutes):
        return True
    if is_covered(maintenance, slug, now):
        return True
    return finding.alert_type == AlertType.TEST_WARNING and is_covered(maintenance, slug, finding.failed_at)


def _raise(finding: Finding, *, now: datetime) -> bool:
    """Update the open alert about this, or raise one unless a dismissed one was about this failure or a newer one."""
    same = Alert.objects.filter(**finding.subject)
    if _update(finding, now=now):
        return False
    if same.filter(Q(dismissed_at=None) | Q(failed_at__gte=finding.failed_at)).exists():
        return False
    try:
        with transaction.atomic():
            alert = Alert.objects.create(
                **finding.subject,
                severity=finding.severity,
                title=finding.text.title,
                message=finding.text.message,
                recommendation=finding.text.recommendation,
                failed_at=finding.failed_at,
            )
            AlertDelivery.objects.bulk_create(
                AlertDelivery(alert=alert, channel=channel.key, due_at=now) for channel in channels()
            )
            announce_alerts(WebhookEvent.ALERT_CREATED, [alert.pk], now=now)
    except IntegrityError:  # somebody raised it in the same moment
        _update(finding, now=now)
        return False
    return True


def _update(finding: Finding, *, now: datetime) -> int:
    """Bring the open alert about this up to a newer failure; return whether there was one to bring up."""
    older = Alert.objects.open().filter(**finding.subject, failed_at__lt=finding.failed_at)
    return older.update(
        failed_at=finding.failed_at,
        failures=F("failures") + 1,
        severity=finding.severity,
        message=finding.text.message,
        updated_at=now,
    )


def dismiss_alerts(pks: Iterable[UUID], *, user: Any, now: datetime) -> int:
    """Dismiss the open ones of these alerts; return how many were. Who and when is kept with each."""
    with transaction.atomic():
        chosen = Alert.objects.open().filter(pk__in=list(pks)).select_for_update()
        found = list(chosen.values_list("pk", flat=True))
        dismissed = Alert.objects.filter(pk__in=found).update(dismissed_at=now, dismissed_by=user, updated_at=now)
        announce_alerts(WebhookEvent.ALERT_DISMISSED, found, now=now)
    return dismissed


def mute(
    *, integration_id: str | None, test_case_id: str | None, until: datetime, user: Any, now: datetime, reason: str = ""
) -> AlertMute:
    """Raise no new alert about an integration, a test case, or the pair, until a moment within 90 days.

    Raises
    ------
    ValueError : for an end that is not in the future or lies further away, and where nothing is named.
    """
    if not now < until <= now + MUTE_MAX:
        raise ValueError(f"A mute must end within {MUTE_MAX.days} days from now.")
    if integration_id is None and test_case_id is None:
        raise ValueError("Name an integration, a test case, or both.")
    return AlertMute.objects.create(
        integration_id=integration_id, test_case_id=test_case_id, until=until, created_by=user, reason=reason[:300]
    )


def end_mute(pk: UUID, *, now: datetime) -> int:
    """End a mute now; return whether it was still in force."""
    return AlertMute.objects.filter(pk=pk, until__gt=now).update(until=now, updated_at=now)
