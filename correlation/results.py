"""What the engine answers: correlations and matched failures, as columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from correlation.choices import CorrelationType
from correlation.inputs import Bools, Floats, Ints, Parameters

Texts = NDArray[np.str_]


@dataclass(frozen=True)
class Correlations:
    """Pairs with at least one hit, as columns, sorted by test and integration.

    Attributes
    ----------
    test, integration
        Indices.
    score
        Strength in [0, 1], two decimals; 0 where too few incidents tell.
    confidence
        1 - adjusted p in [0, 1], cut to two decimals, so that it never claims more than it holds; 0 where too few
        incidents tell.
    correlation_type, pattern, question, attribution
        Values of the enumerations in `choices`.
    p_value
        Of the pair, before adjustment, in [0, 1].
    incidents, hits
        N and K of the best question.
    usual_rate, expected_hits
        p0, and N x p0.
    lead_time
        Median seconds from the first red run to the onset, negative where the integration was first; nan where
        the pattern is `insufficient_data`.
    episodes, episodes_followed, predictive_value, base_rate
        Failure episodes that began outside incidents, those followed by an onset within w, their share shrunk
        towards the base rate, and the base rate.
    executions, first_execution, last_execution
        Runs of the test case in the look-back, and the first and last of them.
    last_correlated
        Onset of the newest hit.
    correlated
        Whether score and confidence reach the thresholds.
    """

    test: Ints
    integration: Ints
    score: Floats
    confidence: Floats
    correlation_type: Texts
    pattern: Texts
    p_value: Floats
    question: Texts
    incidents: Ints
    hits: Ints
    usual_rate: Floats
    expected_hits: Floats
    lead_time: Floats
    episodes: Ints
    episodes_followed: Ints
    predictive_value: Floats
    base_rate: Floats
    executions: Ints
    first_execution: Floats
    last_execution: Floats
    attribution: Texts
    last_correlated: Floats
    correlated: Bools

    def __len__(self) -> int:
        return len(self.test)


@dataclass(frozen=True)
class MatchedFailures:
    """Failures matched with incidents, as columns, sorted by test, integration and onset.

    Attributes
    ----------
    test, integration
        Indices.
    first_red
        First red run of the failure within the window, POSIX seconds.
    onset
        Of the incident, POSIX seconds.
    """

    test: Ints
    integration: Ints
    first_red: Floats
    onset: Floats

    def __len__(self) -> int:
        return len(self.test)


def score_types(score: Floats, parameters: Parameters | None = None) -> Texts:
    """
    Classify rounded scores: high above 0.80, medium from 0.60, low below.

    >>> score_types(np.array([0.81, 0.80, 0.60, 0.59])).tolist()
    ['high', 'medium', 'medium', 'low']
    """
    parameters = parameters or Parameters()
    medium = np.where(score >= parameters.min_score, CorrelationType.MEDIUM, CorrelationType.LOW)
    return np.where(score > parameters.high_score, CorrelationType.HIGH, medium).astype(np.str_)
