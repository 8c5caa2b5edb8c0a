"""What a QA lead does to connect a channel: sets a collector up, tries it, and sees it fail and recover."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from integrations import collectors
from integrations.models import Collector, Integration, IntegrationHealth
from qa_observability import roles
from tests.standins import pms
from tests.standins.server import serving

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@pytest.fixture
def lead_page(django_db_serialized_rollback, transactional_db, make_user, open_context, log_in, settings) -> Page:
    """A page on which a QA lead has logged in, where the PMS of this machine may be asked."""
    settings.REVENUE_CONFIG_KEYS = [KEY]
    settings.OUTGOING_ALLOW = ["127.0.0.1"]
    Integration.objects.exclude(slug="airbnb").update(is_active=False)
    make_user(roles.QA_LEADS, username="lena")
    page = open_context(viewport={"width": 1440, "height": 900}).new_page()
    log_in(page, "lena")
    return page


def test_a_collector_is_set_up_tried_polled_and_told_of_when_it_fails(lead_page):
    page = lead_page
    with serving(pms.answer) as server:
        page.goto("/admin/integrations/collector/add/")
        page.locator("#id_name").fill("Airbnb in the PMS")
        page.locator("#id_integration").select_option("airbnb")
        page.locator("#id_url").fill(server.url("/health"))
        page.locator("#id_header_lines").fill(f"X-API-Key: {pms.KEY}")
        page.locator("#id_pricing_path").fill("pricing_sync.state")
        page.locator("#id_error_rate_path").fill("pricing_sync.failed / pricing_sync.total")
        page.locator("[name=_continue]").click()
        expect(page.locator("#id_header_lines")).to_have_value("X-API-Key: ••••••")

        page.get_by_role("link", name="Try it").click()
        page.get_by_role("button", name="Try it").click()
        expect(page.get_by_role("row", name="Error rate")).to_contain_text("0.50 %")
        expect(page.get_by_role("row", name="Rate sync")).to_contain_text("OK")
        assert not IntegrationHealth.objects.exists()

        collectors.poll_due(now=timezone.now())
        page.goto("/dashboard/integrations/airbnb/")
        expect(page.locator(".verdict")).to_contain_text("Healthy")

        server.handle_exchange = lambda exchange: exchange.answer(502)
        Collector.objects.update(next_run_at=None)
        collectors.poll_due(now=timezone.now())
        page.reload()
        expect(page.locator(".verdict")).to_contain_text("Was healthy")
        expect(page.locator("#main")).to_contain_text("Collector Airbnb in the PMS fails since")
        expect(page.locator("#main")).to_contain_text("127.0.0.1 answered 502.")

        page.goto("/admin/integrations/jobrun/connections/")
        row = page.get_by_role("row", name="Collectors")
        expect(row).to_contain_text("Failing")
        server.handle_exchange = pms.answer
        row.get_by_role("button", name="Test Collectors").click()
        expect(page.get_by_text("Collectors: 1 answered as they should.")).to_be_visible()
