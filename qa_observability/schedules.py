"""Background work that runs by the clock."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction


@dataclass(frozen=True, slots=True)
class JobSchedule:
    """One job: what it is called in the admin, the dotted path of its task, and how often it runs."""

    name: str
    task: str
    minutes: int
    feature: str


def declared_schedules() -> list[JobSchedule]:
    """Return the schedules of all apps whose module is switched on."""
    declared: list[JobSchedule] = []
    for config in apps.get_app_configs():
        declared += getattr(config, "job_schedules", [])
    return declared


def ensure_schedules(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Create the schedules that are missing and remove those of modules that are off.

    Called after `migrate`. An existing schedule is left as it is, so that edits in the admin survive; to silence one,
    set its repeats to 0 there. Names are not unique in the table, hence the lock on the transaction's first row.
    """
    from django_q.models import Schedule  # models are importable only once all apps are ready

    if Schedule._meta.db_table not in connections[using].introspection.table_names():
        return  # a partial migration
    with transaction.atomic(using=using):
        existing = set(Schedule.objects.using(using).select_for_update().values_list("name", flat=True))
        for job in declared_schedules():
            if job.feature not in settings.FEATURES:
                Schedule.objects.using(using).filter(name=job.name).delete()
            elif job.name not in existing:
                Schedule.objects.using(using).create(
                    name=job.name, func=job.task, schedule_type=Schedule.MINUTES, minutes=job.minutes
                )
