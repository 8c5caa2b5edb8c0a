"""FEATURES: a module that is off has no pages, no API and no schedules."""

import importlib
import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import clear_url_caches
from django_q.models import Schedule

from qa_observability import urls
from qa_observability.schedules import declared_schedules, ensure_schedules
from tests.problems import assert_problem

CLEAN_UP = "Clean-up of expired data"


@pytest.fixture
def features(settings):
    """Return a function that switches exactly these modules on."""

    def switch(*names: str) -> None:
        settings.FEATURES = list(names)
        importlib.reload(urls)
        clear_url_caches()

    yield switch
    switch(*django_settings.ALL_FEATURES)


def test_everything_is_on_by_default():
    assert django_settings.FEATURES == ["integration_health", "revenue_impact", "correlation"]


def test_without_the_health_module_its_addresses_are_gone(as_viewer, viewer_api, features):
    addresses = ["/dashboard/integrations/", "/dashboard/integrations/vrbo/"]
    assert [as_viewer.get(url).status_code for url in addresses] == [200, 200]
    features("revenue_impact", "correlation")
    assert [as_viewer.get(url).status_code for url in addresses] == [404, 404]
    assert_problem(viewer_api.get("/api/v1/integrations/health"), 404)
    assert (
        viewer_api.get("/api/v1/schema?format=json").json()["paths"].keys() & {"/api/v1/integrations/health"} == set()
    )


def test_without_the_health_module_the_dashboard_still_opens_and_links_to_none_of_it(as_viewer, features):
    features("revenue_impact", "correlation")
    response = as_viewer.get("/dashboard/")
    assert response.status_code == 200
    assert b"/dashboard/integrations" not in response.content


def test_the_probes_and_the_login_do_not_depend_on_modules(db, features):
    features()
    assert [Client().get(url).status_code for url in ("/healthz", "/readyz", "/login/")] == [200, 200, 200]


def test_a_module_that_is_switched_off_loses_its_schedules_and_gets_them_back(db, settings):
    settings.FEATURES = ["correlation"]
    ensure_schedules()
    assert not Schedule.objects.filter(name=CLEAN_UP).exists()
    assert Schedule.objects.filter(name="Clean-up of expired executions").exists()
    settings.FEATURES = list(settings.ALL_FEATURES)
    ensure_schedules()
    assert Schedule.objects.filter(name=CLEAN_UP).count() == 1


def test_every_schedule_belongs_to_a_module():
    assert {job.feature for job in declared_schedules()} <= set(django_settings.ALL_FEATURES)


def test_an_unknown_module_is_an_error_at_the_start():
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, "FEATURES": "integration_health,revenues"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "revenues" in result.stderr
    assert "qa_observability.E001" in result.stderr
