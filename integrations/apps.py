from django.apps import AppConfig

from qa_observability.connections import Connection
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
        ),
        # Every minute looks which collector is due: each has its own interval, of a minute at least.
        JobSchedule(
            name="Collectors",
            task="integrations.tasks.poll_collectors",
            minutes=1,
            feature=INTEGRATION_HEALTH,
        ),
        JobSchedule(
            name="Splunk drop folder",
            task="integrations.tasks.take_dropped_files",
            minutes=5,
            feature=INTEGRATION_HEALTH,
        ),
        JobSchedule(
            name="Splunk searches",
            task="integrations.tasks.run_splunk_searches",
            minutes=1,
            feature=INTEGRATION_HEALTH,
        ),
    ]
    connections = [
        Connection(
            key="splunk-folder",
            name="Splunk drop folder",
            does="Takes the Splunk exports that are put into a folder, and puts them away as done or failed.",
            feature=INTEGRATION_HEALTH,
            missing="integrations.drop_folder.what_is_missing",
            test="integrations.drop_folder.test_connection",
            jobs=("Splunk drop folder",),
            schedules=("Splunk drop folder",),
            document="splunk",
        ),
        Connection(
            key="splunk-searches",
            name="Splunk searches",
            does="Fetch the results of searches from Splunk's REST interface, window by window.",
            feature=INTEGRATION_HEALTH,
            missing="integrations.splunk_searches.what_is_missing",
            test="integrations.splunk_searches.test_connection",
            job_names="integrations.splunk_searches.names_of_jobs",
            schedules=("Splunk searches",),
            page="admin:integrations_splunksearch_changelist",
            permission="integrations.view_splunksearch",
            document="splunk",
        ),
        Connection(
            key="collectors",
            name="Collectors",
            does="Ask endpoints of the PMS and the channels for health, and store what they say as observations.",
            feature=INTEGRATION_HEALTH,
            missing="integrations.collectors.what_is_missing",
            test="integrations.collector_trials.test_connection",
            job_names="integrations.collectors.names_of_jobs",
            schedules=("Collectors",),
            page="admin:integrations_collector_changelist",
            permission="integrations.view_collector",
            document="collectors",
        ),
        Connection(
            key="event-sources",
            name="Webhooks in",
            does="Systems such as a PMS send events to an address of ours, signed.",
            feature=INTEGRATION_HEALTH,
            missing="integrations.webhooks.what_is_missing",
            test="integrations.webhooks.try_out",
            news="integrations.webhooks.latest_news",
            page="admin:integrations_eventsource_changelist",
            permission="integrations.view_eventsource",
            document="webhooks",
        ),
    ]
