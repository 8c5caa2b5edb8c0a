"""The evidence in a stored correlation, for the sentences about it."""

from correlation.models import TestIntegrationCorrelation
from correlation.wording import Evidence


def evidence_of(pair: TestIntegrationCorrelation) -> Evidence:
    """Return the evidence of a correlation whose test case and integration are loaded."""
    return Evidence(
        test_case_name=pair.test_case.name,
        integration_name=pair.integration.name,
        pattern=pair.pattern,
        question=pair.question,
        hits=pair.hits,
        incidents=pair.incidents,
        expected_hits=pair.expected_hits,
        lead_time_seconds=pair.lead_time_seconds,
    )
