"""Tables of the channels' health, and of access and background work, which every app shares."""

from integrations.models.access import ApiToken
from integrations.models.channels import Integration
from integrations.models.classification import ClassificationRule
from integrations.models.collectors import Collector
from integrations.models.days import EVENT_MEASURES, SEVERITY_MEASURES, IntegrationDay, measure
from integrations.models.events import IntegrationEvent
from integrations.models.health import IntegrationHealth
from integrations.models.imports import ImportBatch, ImportedRow
from integrations.models.jobs import JobRun, JobStanding
from integrations.models.maintenance import MaintenanceWindow
from integrations.models.searches import SplunkSearch
from integrations.models.signing import SigningSecret
from integrations.models.sources import EventSource, EventSourceSecret, SourceDelivery

__all__ = [
    "EVENT_MEASURES",
    "SEVERITY_MEASURES",
    "ApiToken",
    "ClassificationRule",
    "Collector",
    "EventSource",
    "EventSourceSecret",
    "ImportBatch",
    "ImportedRow",
    "Integration",
    "IntegrationDay",
    "IntegrationEvent",
    "IntegrationHealth",
    "JobRun",
    "JobStanding",
    "MaintenanceWindow",
    "SigningSecret",
    "SourceDelivery",
    "SplunkSearch",
    "measure",
]
