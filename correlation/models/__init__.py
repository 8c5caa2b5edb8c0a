"""Test cases, their executions, what they warn of, and the alerts that follow."""

from correlation.models.alerts import Alert, AlertDelivery, AlertMute
from correlation.models.cases import TestCase, TestExecution
from correlation.models.correlations import CONFIDENT, HIGH_SCORE, MEDIUM_SCORE, TestIntegrationCorrelation
from correlation.models.incidents import Incident, IncidentWarning
from correlation.models.jobs import CorrelationRefresh, ImportedFile

__all__ = [
    "CONFIDENT",
    "HIGH_SCORE",
    "MEDIUM_SCORE",
    "Alert",
    "AlertDelivery",
    "AlertMute",
    "CorrelationRefresh",
    "ImportedFile",
    "Incident",
    "IncidentWarning",
    "TestCase",
    "TestExecution",
    "TestIntegrationCorrelation",
]
