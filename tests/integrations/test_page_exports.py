"""Tables of the integrations' pages as files: equal to what is shown, all pages of it, with the filters named."""

import re
from decimal import Decimal

import pytest

from integrations.models import Integration, IntegrationEvent
from tests.exported import content_of, read_csv, read_xlsx
from tests.integrations.factories import DAY, HOUR, MINUTE
from tests.integrations.seen import DASHBOARD, DETAIL, LIST, PAGES, add_events, observe

pytestmark = pytest.mark.usefixtures("now")


def shown_messages(client, query):
    """The messages of the event table on all of its pages."""
    found, address = [], f"{DETAIL}?{query}"
    while address:
        html = client.get(address).content.decode()
        found += re.findall(r'<td class="message">([^<]*)', html)
        older = re.search(r'<a rel="next" href="([^"]+)#events"', html)
        address = older[1].replace("&amp;", "&") if older else ""
    return found


def test_events_are_those_of_all_pages_as_they_are_filtered(as_viewer):
    for number in range(70):
        add_events(ago=HOUR + number * MINUTE, message=f"Fee {number}", metadata={"listingId": "LST-1", "attempts": 2})
    add_events(ago=2 * HOUR, message="other", event_type="booking_loss")
    add_events(ago=2 * HOUR, message="Fee low", severity="low")
    add_events(ago=40 * DAY, message="Fee of long ago")
    add_events(slug="airbnb", message="Fee elsewhere")
    query = "period=7d&eventType=fee_sync_error&severity=high&q=Fee"
    messages = shown_messages(as_viewer, query)
    assert len(messages) == 70
    for kind, read in (("csv", read_csv), ("xlsx", read_xlsx)):
        found = read(as_viewer.get(f"{DETAIL}?{query}&cursor=x&format={kind}&table=events"))
        assert found.name == f"vrbo-events-2026-03-12-to-2026-03-18-fee-sync-failure-high-fee.{kind}"
        assert found.title == "Vrbo"
        assert found.head["Period"] == "2026-03-12 to 2026-03-18 (7 days, UTC)"
        assert found.head["Filter: Type"] == "Fee sync failure"
        assert found.head["Filter: Severity"] == "High"
        assert found.head["Filter: Message contains"] == "Fee"
        assert list(found.tables) == ["Events"]
        assert [row["Message"] for row in found.tables["Events"]] == messages
        assert sorted(found.tables["Events"][0]["Details"].split("; ")) == ["attempts: 2", "listingId: LST-1"]
        assert str(found.tables["Events"][0]["Time (UTC)"]) == "2026-03-18 13:05:00"
    assert content_of(as_viewer.get(f"{DETAIL}?{query}&format=pdf")).startswith(b"%PDF-")


def test_daily_figures_are_those_of_the_strip(as_viewer):
    observe(ago=DAY, error_rate=Decimal("0.06"), booking_loss_rate=Decimal("0.01"))
    add_events(3, ago=DAY, event_type="booking_loss")
    found = read_csv(as_viewer.get(DETAIL, {"format": "csv", "table": "days"}))
    days = found.tables["Daily figures"]
    assert len(days) == 90
    assert days[1] == {
        "Day (UTC)": "2026-03-17",
        "Worst status": "Critical",
        "Mean error rate": "6%",
        "Mean booking loss": "1%",
        "Rate sync failures": "0",
        "Fee sync failures": "0",
        "Lost bookings": "3",
        "Events": "3",
    }
    assert days[-1]["Worst status"] == "No data"


def test_trends_are_the_days_of_the_period_beside_those_before(as_viewer):
    add_events(2, ago=DAY, event_type="fee_sync_error")
    add_events(1, ago=8 * DAY, event_type="pricing_sync_error")
    html = as_viewer.get(DETAIL, {"period": "7d"}).content.decode()
    assert "?period=7d&amp;format=csv&amp;table=trends" in html
    found = read_csv(as_viewer.get(DETAIL, {"period": "7d", "format": "csv", "table": "trends"})).tables["Trends"]
    assert len(found) == 7
    day = found[1]
    assert (day["Day (UTC)"], day["Fee sync failures"], day["Rate sync failures"]) == ("2026-03-17", "2", "0")
    assert (day["Day before (UTC)"], day["Rate sync failures before"]) == ("2026-03-10", "1")


def test_the_timeline_is_exported_step_by_step(as_viewer):
    add_events(2, ago=DAY, event_type="fee_sync_error", severity="high")
    add_events(1, ago=DAY, event_type="booking_loss", severity="low")
    query = {"period": "7d", "format": "csv", "table": "timeline"}
    found = read_csv(as_viewer.get(DETAIL, query)).tables["Events over time"]
    assert found == [
        {
            "From (UTC)": "2026-03-17 14:00:00",
            "Rate sync failures": "",
            "Fee sync failures": "2 (2 high)",
            "Lost bookings": "1 (1 low)",
            "Events": "3",
        }
    ]
    add_events(1, ago=20 * DAY)
    days = read_csv(as_viewer.get(DETAIL, {**query, "period": "30d"})).tables["Events over time"]
    assert [(row["Day (UTC)"], row["Events"]) for row in days] == [("2026-03-17", "3"), ("2026-02-26", "1")]


def test_a_file_of_the_whole_page_has_every_table_and_its_status(as_viewer):
    observe(error_rate=Decimal("0.031"))
    found = read_xlsx(as_viewer.get(DETAIL, {"format": "xlsx"}))
    assert list(found.tables) == ["Events", "Events over time", "Daily figures", "Trends"]
    assert (found.head["Status"], found.head["Since"]) == ("Warning", "2026-03-18 13:55 UTC")
    assert found.head["Why"] == "error rate 3.1 % is at or above 2 %"
    assert found.head["Filters"] == "none"
    assert found.head["Sheet: Events"] == "No event in this selection."


@pytest.mark.parametrize("url", [LIST, DASHBOARD])
def test_integrations_are_those_of_the_page(as_viewer, url):
    observe(error_rate=Decimal("0.08"), pricing_sync_status="warning")
    observe("airbnb", ago=3 * DAY, booking_loss_rate=Decimal("0.0025"))
    found = read_csv(as_viewer.get(url, {"format": "csv", "table": "integrations"})).tables["Integrations"]
    html = as_viewer.get(url).content.decode()
    names = re.findall(r'/dashboard/integrations/[a-z-]+/\?period=30d">([^<]+)</a>', html)
    assert [row["Integration"] for row in found] == names
    rows = {row["Integration"]: row for row in found}
    assert rows["Vrbo"] == {
        "Integration": "Vrbo",
        "Status": "Critical",
        "Rate sync": "Warning",
        "Fee sync": "",
        "Booking loss": "",
        "Error rate": "8%",
        "Trend": "Steady",
        "Last checked (UTC)": "2026-03-18 13:55:00",
        "Out of date": "No",
    }
    assert (rows["Airbnb"]["Booking loss"], rows["Airbnb"]["Out of date"]) == ("0.25%", "Yes")
    assert (rows["HMBN"]["Status"], rows["HMBN"]["Out of date"]) == ("Unknown", "Never checked")


def test_the_dashboard_exports_what_this_person_sees(as_viewer):
    add_events(12, message="=1+1")
    found = read_xlsx(as_viewer.get(DASHBOARD, {"format": "xlsx"}))
    assert list(found.tables) == ["Integrations", "Recommendations", "Newest events"]
    assert [row["Message"] for row in found.tables["Newest events"]] == ["=1+1"] * 10
    assert {"Revenue at risk", "Open alerts"} <= set(found.head)


@pytest.mark.parametrize("url", PAGES)
def test_pages_link_to_files_with_their_filters(as_viewer, url):
    html = as_viewer.get(f"{url}?period=7d&q=fee&cursor=x").content.decode()
    for kind in ("csv", "xlsx", "pdf"):
        assert re.search(rf'<a href="\?period=7d&amp;q=fee&amp;format={kind}[^"]*">{kind.upper()}<span', html)
    links = re.findall(r'<a href="(\?[^"]*format=[^"]*)"', html)
    assert all(content_of(as_viewer.get(url + link.replace("&amp;", "&"))) for link in links)


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize("query", ["format=doc", "format=", "format=%00<b>", "format=csv&table=nope", "format=CSV"])
def test_what_is_no_file_is_said_on_a_page(as_viewer, url, query):
    response = as_viewer.get(f"{url}?{query}")
    assert response.status_code == 400
    html = response.content.decode()
    assert ("Choose one of csv, xlsx, pdf." in html) or "is not a table of this page. Choose one of " in html
    assert "<b>" not in html


@pytest.mark.parametrize("url", PAGES)
def test_a_file_is_for_those_who_may_see_its_page(client, make_user, url):
    assert client.get(url, {"format": "csv"}).status_code == 302
    client.force_login(make_user("Ingest"))
    assert client.get(url, {"format": "csv"}).status_code == 403


@pytest.mark.parametrize(("url", "queries"), [(LIST, 8), (DETAIL, 18), (DASHBOARD, 25)])
def test_files_cost_as_many_queries_for_much_data_as_for_little(as_viewer, django_assert_max_num_queries, url, queries):
    def count() -> int:
        with django_assert_max_num_queries(queries) as captured:
            content_of(as_viewer.get(url, {"format": "csv"}))
        return len(captured)

    add_events(2)
    before = count()
    add_events(300, ago=3 * HOUR)
    for slug in Integration.objects.values_list("slug", flat=True):
        observe(slug)
        add_events(3, slug=slug)
    assert count() <= before + 1  # the reasons of a status are read where there is one


def test_what_people_write_is_data_in_a_file(as_viewer):
    text = '=HYPERLINK("http://x")\n<b>&"quoted", שלום 😀'
    add_events(message=text, metadata={"=cmd": "@x"})
    query = {"table": "events"}
    [row] = read_csv(as_viewer.get(DETAIL, query | {"format": "csv"})).tables["Events"]
    assert (row["Message"], row["Details"]) == (f"'{text}", "'=cmd: @x")
    [row] = read_xlsx(as_viewer.get(DETAIL, query | {"format": "xlsx"})).tables["Events"]
    assert (row["Message"], row["Details"]) == (text, "=cmd: @x")
    assert content_of(as_viewer.get(DETAIL, query | {"format": "pdf"})).startswith(b"%PDF-")
    assert IntegrationEvent.objects.get().message == text
