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
        ),
        JobSchedule(
            name="Correlations, every hour",
            task="correlation.tasks.refresh_on_schedule",
            minutes=60,
            feature=CORRELATION,
        ),
        JobSchedule(
            name="Correlations, soon after an ingest",
            task="correlation.tasks.refresh_if_due",
            minutes=1,
            feature=CORRELATION,
        ),
        JobSchedule(
            name="Alerts and notifications",
            task="correlation.tasks.watch",
            minutes=1,
            feature=CORRELATION,
        ),
    ]

    def ready(self) -> None:
        from correlation import checks  # noqa: F401  registers the system checks
