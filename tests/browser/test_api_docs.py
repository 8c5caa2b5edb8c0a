"""The API's page in a browser: drawn from this server alone, under the strict Content-Security-Policy."""

import pytest
from playwright.sync_api import expect

from qa_observability import roles


@pytest.fixture
def vera(django_db_serialized_rollback, transactional_db, make_user) -> None:
    make_user(roles.VIEWERS, username="vera")


def test_a_viewer_reads_and_tries_the_api(vera, open_context, log_in):
    page = open_context().new_page()
    log_in(page, "vera")
    page.goto("/api/v1/docs")
    operation = page.locator("#operations-integrations-listIntegrationHealth")
    expect(operation).to_contain_text("Health of all channels")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
