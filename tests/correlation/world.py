"""A small world with a truth: one test that warns of Airbnb's incidents, one that is flaky, and a quiet channel."""

from datetime import datetime, timedelta

from correlation.services import record_executions
from integrations.services import record_events
from tests.correlation.factories import DAY, HOUR, MINUTE, an_execution
from tests.integrations.factories import an_event

DAYS = 30


def onsets(now: datetime) -> list[datetime]:
    """Return when Airbnb's incidents began: every third day, at hours that differ."""
    midnight = now.replace(hour=0, minute=0)
    return [midnight - day * DAY + (9 + day % 7) * HOUR for day in range(2, DAYS - 2, 3)]


def load(now: datetime, *, offset: timedelta = timedelta(0)) -> None:
    """Store hourly runs, and 20 events in each incident; the warning test fails 25 min before each onset."""
    begin = now - DAYS * DAY
    incidents = onsets(now)
    executions = []
    for number in range(DAYS * 24 - 1):
        at = begin + number * HOUR + 5 * MINUTE
        warns = any(timedelta(0) < onset + offset - at <= 60 * MINUTE for onset in incidents)
        flaky = number % 11 == 0
        for id_, name, red in (
            ("warns", "Booking Flow Test", warns),
            ("flaky", "Calendar", flaky),
            ("calm", "Tax", False),
        ):
            executions.append(
                an_execution(
                    test_case_id=id_,
                    test_case_name=name,
                    status="failed" if red else "passed",
                    executed_at=at,
                    run_id=f"run-{number}",
                )
            )
    record_executions(executions, now=now)
    events = [
        an_event(integration_id="airbnb", occurred_at=onset + minute * MINUTE, event_type="pricing_sync_error")
        for onset in incidents
        for minute in range(20)
    ]
    record_events(events, now=now)
