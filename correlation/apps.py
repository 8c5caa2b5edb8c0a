from django.apps import AppConfig

from qa_observability.features import CORRELATION
from qa_observability.schedules import JobSchedule


class CorrelationConfig(AppConfig):
    name = "correlation"
    default_auto_field = "django.db.models.BigAutoField"
    job_schedules = [
        JobSchedule(
            name="Clean-up of expired executions",
            task="correlation.tasks.purge_expired",
            minutes=24 * 60,
            feature=CORRELATION,
        )
    ]
