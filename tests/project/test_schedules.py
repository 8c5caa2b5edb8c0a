"""Background work that runs by the clock: created once by `migrate`, then the administrator's."""

import importlib

import pytest
from django.core.management import call_command
from django.utils.module_loading import import_string
from django_q.models import Schedule

from qa_observability.schedules import declared_schedules

pytestmark = pytest.mark.django_db


def test_migrate_creates_every_declared_schedule():
    assert {job.name for job in declared_schedules()} <= set(Schedule.objects.values_list("name", flat=True))
    for job in declared_schedules():
        row = Schedule.objects.get(name=job.name)
        assert (row.func, row.schedule_type, row.minutes, row.repeats) == (job.task, Schedule.MINUTES, job.minutes, -1)


def test_the_clean_up_runs_daily():
    for name in ("Clean-up of expired data", "Clean-up of expired executions"):
        assert Schedule.objects.get(name=name).minutes == 24 * 60


def test_migrating_again_adds_none():
    before = Schedule.objects.count()
    call_command("migrate", verbosity=0)
    assert Schedule.objects.count() == before


def test_edits_survive_the_next_migrate():
    row = Schedule.objects.get(name="Clean-up of expired data")
    Schedule.objects.filter(pk=row.pk).update(minutes=7, repeats=0, schedule_type=Schedule.DAILY)
    call_command("migrate", verbosity=0)
    row.refresh_from_db()
    assert (row.minutes, row.repeats, row.schedule_type) == (7, 0, Schedule.DAILY)


def test_schedules_of_somebody_else_are_left_alone():
    Schedule.objects.create(name="Mine", func="math.sqrt", schedule_type=Schedule.ONCE)
    call_command("migrate", verbosity=0)
    assert Schedule.objects.filter(name="Mine").exists()


def test_names_are_unique_and_every_task_can_be_imported():
    declared = declared_schedules()
    assert len({job.name for job in declared}) == len(declared)
    for job in declared:
        module, _, _ = job.task.rpartition(".")
        assert importlib.import_module(module)
        assert callable(import_string(job.task))
        assert job.minutes >= 1


def test_running_a_clean_up_task_twice_is_safe():
    for job in declared_schedules():
        if "purge" in job.task:
            assert import_string(job.task)() == 0
            assert import_string(job.task)() == 0
