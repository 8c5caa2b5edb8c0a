"""Tables of the channels' health, and of access and background work, which every app shares."""

from integrations.models.access import ApiToken
from integrations.models.channels import Integration
from integrations.models.classification import ClassificationRule
from integrations.models.days import EVENT_MEASURES, IntegrationDay, measure
from integrations.models.events import IntegrationEvent
from integrations.models.health import IntegrationHealth
from integrations.models.imports import ImportBatch, ImportedRow
from integrations.models.jobs import JobRun
from integrations.models.maintenance import MaintenanceWindow

__all__ = [
    "EVENT_MEASURES",
    "ApiToken",
    "ClassificationRule",
    "ImportBatch",
    "ImportedRow",
    "Integration",
    "IntegrationDay",
    "IntegrationEvent",
    "IntegrationHealth",
    "JobRun",
    "MaintenanceWindow",
    "measure",
]
