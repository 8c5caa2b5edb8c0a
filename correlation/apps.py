from django.apps import AppConfig

from qa_observability.connections import Connection
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
        JobSchedule(
            name="Testmo sync",
            task="correlation.tasks.sync_testmo",
            minutes=15,
            feature=CORRELATION,
        ),
        JobSchedule(
            name="Outgoing webhooks",
            task="correlation.tasks.send_webhooks",
            minutes=1,
            feature=CORRELATION,
        ),
        JobSchedule(
            name="Tickets in Jira",
            task="correlation.tasks.refresh_jira",
            minutes=15,
            feature=CORRELATION,
        ),
    ]
    connections = [
        Connection(
            key="testmo",
            name="Testmo",
            does="Fetches results of manual and automation runs of chosen projects.",
            feature=CORRELATION,
            missing="correlation.testmo.missing",
            test="correlation.testmo.try_out",
            job_names="correlation.testmo.job_names",
            schedules=("Testmo sync",),
            page="admin:correlation_testmoproject_changelist",
            permission="correlation.view_testmoproject",
            document="testmo",
        ),
        Connection(
            key="webhook-endpoints",
            name="Webhooks out",
            does="Other systems are told of alerts and incidents, by signed messages to their addresses.",
            feature=CORRELATION,
            missing="correlation.webhooks.what_is_missing",
            test="correlation.webhooks.try_out",
            jobs=("Outgoing webhooks",),
            schedules=("Outgoing webhooks",),
            page="admin:correlation_webhookendpoint_changelist",
            permission="correlation.view_webhookendpoint",
            document="webhooks",
        ),
        Connection(
            key="jira",
            name="Jira",
            does="Tickets beside incidents and events: created and found in Jira, with their status every 15 min.",
            feature=CORRELATION,
            missing="correlation.jira.what_is_missing",
            test="correlation.jira.try_out",
            jobs=("Jira: tickets",),
            schedules=("Tickets in Jira",),
            document="jira",
        ),
    ]

    def ready(self) -> None:
        from correlation import checks  # noqa: F401  registers the system checks
