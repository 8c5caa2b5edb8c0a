from django.apps import AppConfig

from qa_observability.features import REVENUE_IMPACT
from qa_observability.schedules import JobSchedule


class RevenueConfig(AppConfig):
    name = "revenue"
    verbose_name = "Revenue"
    default_auto_field = "django.db.models.BigAutoField"
    job_schedules = [
        # Every hour: it sends the report of the week that ended once, and what the mail server refused again.
        JobSchedule(
            name="Weekly revenue report by e-mail",
            task="revenue.tasks.send_weekly_report",
            minutes=60,
            feature=REVENUE_IMPACT,
        )
    ]

    def ready(self) -> None:
        from revenue import checks  # noqa: F401  registers the system check
