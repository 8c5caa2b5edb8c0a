from django.apps import AppConfig

from qa_observability.features import INTEGRATION_HEALTH
from qa_observability.schedules import JobSchedule


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integration health"
    default_auto_field = "django.db.models.BigAutoField"
    job_schedules = [
        JobSchedule(
            name="Clean-up of expired data",
            task="integrations.tasks.purge_expired",
            minutes=24 * 60,
            feature=INTEGRATION_HEALTH,
        )
    ]
