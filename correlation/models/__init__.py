"""Test cases, their executions, what they warn of, and the alerts that follow."""

from correlation.models.alerts import Alert, AlertDelivery, AlertMute
from correlation.models.cases import TestCase, TestExecution
from correlation.models.correlations import CONFIDENT, HIGH_SCORE, MEDIUM_SCORE, TestIntegrationCorrelation
from correlation.models.incidents import Incident, IncidentAlias, IncidentEntry, IncidentWarning
from correlation.models.jobs import CorrelationRefresh, ImportedFile
from correlation.models.testmo import TestmoCase, TestmoProject, TestmoRun
from correlation.models.tickets import Ticket, TicketLink, TicketRequest
from correlation.models.webhooks import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEndpointSecret,
    WebhookMessage,
)

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
    "IncidentAlias",
    "IncidentEntry",
    "IncidentWarning",
    "TestCase",
    "TestExecution",
    "TestIntegrationCorrelation",
    "TestmoCase",
    "TestmoProject",
    "TestmoRun",
    "Ticket",
    "TicketLink",
    "TicketRequest",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEndpointSecret",
    "WebhookMessage",
]
