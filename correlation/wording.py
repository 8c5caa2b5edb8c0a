"""The sentences that people read about correlations, alerts and recommendations. Pure."""

from dataclasses import dataclass
from datetime import datetime

from correlation.choices import Pattern

PATTERN_WORDS = {
    Pattern.TEST_FIRST: "Test fails first",
    Pattern.INTEGRATION_FIRST: "Integration fails first",
    Pattern.CONCURRENT: "Both at the same time",
    Pattern.INSUFFICIENT: "Too few incidents to tell",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a correlation rests on: K hits of N incidents, and the median lead of the test in seconds."""

    test_case_name: str
    integration_name: str
    pattern: str
    question: str
    hits: int
    incidents: int
    expected_hits: float
    lead_time_seconds: int | None


def span(seconds: float) -> str:
    """Return a length of time in words, to the minute; to the second under two minutes.

    >>> span(95), span(1440), span(5400), span(90000)
    ('95 s', '24 min', '1 h 30 min', '1 d 1 h')
    """
    seconds = round(abs(seconds))
    if seconds < 120:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def by_chance(expected: float) -> str:
    """Return an expected number of hits, with as many digits as say something.

    >>> by_chance(1.234), by_chance(0.04)
    ('1.2', 'fewer than 0.1')
    """
    return f"{expected:.1f}" if expected >= 0.1 else "fewer than 0.1"


def lead_in_words(seconds: int | None) -> str:
    """Return who was first and by how much.

    >>> lead_in_words(1440), lead_in_words(-600), lead_in_words(0)
    ('24 min before', '10 min after', 'at the same time')
    """
    if seconds is None:
        return "–"
    if seconds == 0:
        return "at the same time"
    return f"{span(seconds)} {'before' if seconds > 0 else 'after'}"


def track_record(evidence: Evidence) -> str:
    """Return how often the test's failures and the integration's incidents went together."""
    of = f"{evidence.hits} of {evidence.incidents} incidents"
    lead = evidence.lead_time_seconds
    if evidence.pattern == Pattern.TEST_FIRST:
        by = f", by {span(lead)} on average" if lead and lead > 0 else ""
        return f"its failures preceded {of}{by}"
    if evidence.pattern == Pattern.INTEGRATION_FIRST:
        by = f", {span(lead)} later on average" if lead and lead < 0 else ""
        return f"it failed after {of}{by}"
    if evidence.pattern == Pattern.CONCURRENT:
        return f"it failed together with {of}"
    return f"it failed around {of}, too few to tell"


def recommendation(evidence: Evidence) -> str:
    """Return what to do about a correlation, for a QA engineer who decides which test to fix first."""
    test, channel = evidence.test_case_name, evidence.integration_name
    if evidence.pattern == Pattern.TEST_FIRST:
        return f"Prioritize {test} for {channel} - {track_record(evidence)}."
    if evidence.pattern == Pattern.INTEGRATION_FIRST:
        return f"Read a failure of {test} as news from {channel}, not as a bug in the test - {track_record(evidence)}."
    return f"Run {test} more often for {channel} - {track_record(evidence)}, so an earlier run could warn."


@dataclass(frozen=True, slots=True)
class AlertText:
    title: str
    message: str
    recommendation: str


def failing_test(evidence: Evidence, failed_at: datetime) -> AlertText:
    """Return the alert about a correlated test that fails now."""
    test, channel = evidence.test_case_name, evidence.integration_name
    outlook = {
        Pattern.TEST_FIRST: f"{channel} is likely to follow",
        Pattern.INTEGRATION_FIRST: f"{channel} has probably failed already",
    }.get(Pattern(evidence.pattern), f"{channel} is probably failing too")
    chance = f"{by_chance(evidence.expected_hits)} expected by chance"
    return AlertText(
        title=_shorten(f"{test} fails: {outlook}", 200),
        message=f"Failed at {failed_at:%Y-%m-%d %H:%M} UTC. So far {track_record(evidence)} ({chance}).",
        recommendation=f"Check rate and fee sync of {channel} now; look into {test} before the next release.",
    )


def critical_integration(name: str, since: datetime, reasons: str) -> AlertText:
    """Return the alert about an integration that turned critical."""
    return AlertText(
        title=_shorten(f"{name} is critical", 200),
        message=f"Critical since {since:%Y-%m-%d %H:%M} UTC: {reasons}.",
        recommendation=f"Look at the newest events of {name} and tell those who watch its bookings.",
    )


def _shorten(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
