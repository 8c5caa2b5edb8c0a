"""Which correlations deserve action, in which order, and in which words. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from correlation.choices import CorrelationType, Pattern
from correlation.wording import Evidence, recommendation


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A correlation as far as its recommendation depends on it; score and confidence in 0..1."""

    test_case_id: str
    integration_id: str
    score: Decimal
    confidence: Decimal
    correlation_type: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What to do; `priority` counts from 1, the most urgent."""

    priority: int
    message: str
    test_case_id: str
    integration_id: str


def recommend(candidates: Iterable[Candidate], at_risk: Mapping[str, Decimal]) -> list[Recommendation]:
    """Return what to do about the correlations of type high or medium, most urgent first.

    Parameters
    ----------
    candidates : correlations of any type, in any order.
    at_risk : revenue at risk of each integration over the period; what is missing counts as nothing at risk.

    Notes
    -----
    Ordered by score x confidence x revenue at risk. Where nothing is at risk, or two products are equal, score x
    confidence decides, then the ids, so that the order never depends on that of the rows. Correlations whose pattern
    is `insufficient_data` have score 0 and so the type low: nothing is recommended on too few incidents.
    """
    worth = [
        candidate
        for candidate in candidates
        if candidate.correlation_type in (CorrelationType.HIGH, CorrelationType.MEDIUM)
        and candidate.evidence.pattern != Pattern.INSUFFICIENT
    ]

    def urgency(candidate: Candidate) -> tuple[Decimal, Decimal, str, str]:
        strength = candidate.score * candidate.confidence
        stake = strength * at_risk.get(candidate.integration_id, Decimal(0))
        return -stake, -strength, candidate.test_case_id, candidate.integration_id

    return [
        Recommendation(
            priority=priority,
            message=recommendation(candidate.evidence),
            test_case_id=candidate.test_case_id,
            integration_id=candidate.integration_id,
        )
        for priority, candidate in enumerate(sorted(worth, key=urgency), start=1)
    ]
