"""The correlation's pages: what is stored is what is shown, with a fixed number of queries, to those who may."""

import re

import pytest

from correlation.choices import RefreshState
from correlation.models import CorrelationRefresh, Incident, IncidentWarning
from correlation.services import record_executions
from integrations.models import MaintenanceWindow
from tests.correlation.factories import DAY, HOUR, MINUTE, NOW, a_correlation, a_test_case, an_alert, an_execution
from tests.exported import read_csv

URL = "/dashboard/correlation/test-integration/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(now) -> None:
    a_correlation()
    low = a_test_case(id="photos", name="Photo order")
    a_correlation(test_case=low, correlation_score="0.20", correlation_type="low", integration_id="vrbo")
    record_executions([an_execution(executed_at=NOW - 2 * DAY - 20 * MINUTE)], now=now)
    incident = Incident.objects.create(
        integration_id="airbnb", onset_at=NOW - 2 * DAY, ended_at=NOW - 2 * DAY + HOUR, events=40
    )
    IncidentWarning.objects.create(incident=incident, test_case_id="flow", first_red_at=NOW - 2 * DAY - 20 * MINUTE)
    MaintenanceWindow.objects.create(starts_at=NOW - 5 * DAY, ends_at=NOW - 4 * DAY, reason="Data centre")


def text_of(client, url: str, **query: str) -> str:
    response = client.get(url, query)
    assert response.status_code == 200
    return response.content.decode()


def test_table_recommendations_and_timeline(as_viewer, rows) -> None:
    text = text_of(as_viewer, URL)
    assert "Prioritize Booking Flow Test for Airbnb" in text
    assert "9 of 11" in text
    assert "24 min before" in text
    assert "Airbnb: 1 failure, 1 incident, 1 matched pair" in text
    assert "Booking Flow Test: failed 20 min before the incident of 2026-03-16 14:05 UTC" in text
    assert "Incident 2026-03-16 14:05 UTC, 1 h, 40 events" in text
    assert "Maintenance: Data centre" in text
    assert "2 pairs, 1 correlated" in text


def test_filters_are_in_the_address(as_viewer, rows) -> None:
    assert "Photo order" not in text_of(as_viewer, URL, minScore="0.5")
    assert "Photo order" not in text_of(as_viewer, URL, integration="airbnb")
    text = text_of(as_viewer, URL, testCase="photo")
    assert "Photo order" in text
    assert "nothing to draw" in text
    assert "No pair of this period matches" in text_of(as_viewer, URL, testCase="zzz")


def test_only_the_correlated_ones(as_viewer, rows) -> None:
    a_correlation(test_case=a_test_case(id="luck", name="Lucky guess"), confidence="0.50", correlation_score="0.95")
    text = text_of(as_viewer, URL, correlated="1")
    assert "1 pair, 1 correlated" in text
    assert "Lucky guess" not in text
    assert 'name="correlated" value="1" checked' in text
    found = read_csv(as_viewer.get(URL, {"correlated": "1", "format": "csv", "table": "insights"}))
    assert found.head["Filter: Correlated only"] == "yes"
    assert [row["Test case"] for row in found.tables["Insights"]] == ["Booking Flow Test"]


def test_an_integration_exports_its_correlated_test_cases(as_viewer, rows) -> None:
    page = text_of(as_viewer, "/dashboard/integrations/airbnb/", period="7d")
    section = page[page.index('id="cases"') :]
    [address] = re.findall(r'href="([^"]+format=csv)"', section[: section.index("<table>")])
    found = read_csv(as_viewer.get(address.replace("&amp;", "&")))
    assert found.head["Filter: Integration"] == "Airbnb"
    assert [row["Test case"] for row in found.tables["Insights"]] == ["Booking Flow Test"]
    assert section.index("Booking Flow Test") < section.index("</table>")


def test_what_cannot_be_read_filters_nothing(as_viewer, rows) -> None:
    query = {"minScore": "NaN", "integration": "\x00", "sort": "colour", "page": "-1", "period": "2d"}
    assert "2 pairs" in text_of(as_viewer, URL, **query)
    assert "2 pairs" in text_of(as_viewer, URL, minScore="9" * 400, page="99999")


@pytest.mark.parametrize(
    ("sort", "first"), [("score", "Photo order"), ("-score", "Booking Flow Test"), ("-test", "Photo order")]
)
def test_order(as_viewer, rows, sort, first) -> None:
    table = text_of(as_viewer, URL, sort=sort).partition('id="insights"')[2]
    positions = {name: table.find(name) for name in ("Photo order", "Booking Flow Test")}
    assert min(positions, key=positions.__getitem__) == first
    assert "aria-sort=" in table


def test_a_refresh_has_the_fragment_and_an_unchanged_one_is_empty(as_viewer, rows) -> None:
    fragment = as_viewer.get(URL, headers={"HX-Request": "true"})
    assert b"<html" not in fragment.content
    version = fragment.headers["X-Content-Version"]
    again = as_viewer.get(URL, headers={"HX-Request": "true", "X-Content-Version": version})
    assert again.status_code == 204


def test_queries_do_not_grow(as_viewer, rows, django_assert_max_num_queries) -> None:
    for number in range(15):
        a_correlation(test_case=a_test_case(id=f"t{number}", name=f"Test {number}"))
    with django_assert_max_num_queries(21):
        as_viewer.get(URL)


def test_empty_says_how_to_begin(as_lead, now) -> None:
    text = text_of(as_lead, URL)
    assert "Nothing to correlate yet" in text
    assert "/api/v1/correlation/executions/junit" in text
    CorrelationRefresh.objects.create(reason="scheduled", state=RefreshState.SUCCEEDED, due_at=now, finished_at=now)
    assert "No test case went red around an incident" in text_of(as_lead, URL)


def test_export_is_what_is_shown(as_viewer, rows) -> None:
    query = {"minScore": "0.5", "integration": "airbnb", "format": "csv", "table": "insights"}
    found = read_csv(as_viewer.get(URL, query))
    assert found.name == "correlations-insights-2026-02-17-to-2026-03-18-airbnb-0.50.csv"
    assert (found.head["Filter: Integration"], found.head["Filter: Minimum score"]) == ("Airbnb", "0.50")
    [row] = found.tables["Insights"]
    assert list(row.values())[:8] == [
        "Booking Flow Test", "flow", "Core", "Airbnb", "0.87", "High", "0.99", "Test fails first",
    ]  # fmt: skip
    assert [row["Hits"], row["Incidents"], row["Expected by chance"], row["Median lead (s)"]] == [
        "9", "11", "0.11", "1440",
    ]  # fmt: skip


def test_formulas_do_not_run_in_an_export(as_viewer, now) -> None:
    a_correlation(test_case=a_test_case(id="x", name="=HYPERLINK(1)"))
    [row] = read_csv(as_viewer.get(URL, {"format": "csv"})).tables["Insights"]
    assert row["Test case"] == "'=HYPERLINK(1)"


def test_a_lead_asks_for_a_refresh(as_lead, now) -> None:
    response = as_lead.post("/dashboard/correlation/refresh/")
    assert response.status_code == 302
    assert CorrelationRefresh.objects.get().reason == "requested"
    assert "waiting for the worker" in text_of(as_lead, URL)


def test_a_viewer_does_not(as_viewer, now) -> None:
    assert as_viewer.post("/dashboard/correlation/refresh/").status_code == 403
    assert "Compute anew" not in text_of(as_viewer, URL)


def test_the_page_of_a_test_case(as_viewer, rows, django_assert_max_num_queries) -> None:
    an_alert()
    record_executions(
        [
            an_execution(executed_at=NOW - HOUR, run_id="r2", status="failed"),
            an_execution(executed_at=NOW - HOUR + MINUTE, run_id="r2", status="passed"),
            an_execution(executed_at=NOW - MINUTE, run_id="r3", status="skipped"),
        ],
        now=NOW,
    )
    with django_assert_max_num_queries(13):
        text = text_of(as_viewer, "/dashboard/correlation/test-cases/flow/")
    assert "50.0 %" in text
    assert "needs 20 runs" in text
    assert "its failures preceded 9 of 11 incidents, by 24 min on average" in text
    assert "9 of its 14 failure episodes outside incidents were followed by one within 1 h" in text
    assert "Booking Flow Test fails: Airbnb is likely to follow" in text
    assert "Skipped" in text


def test_executions_by_status(as_viewer, rows) -> None:
    text = text_of(as_viewer, "/dashboard/correlation/test-cases/flow/", status="passed")
    assert "No execution of this period matches" in text


@pytest.mark.parametrize("url", ["test-cases/none/", "test-cases/a%00b/", "run/?runId=none", "run/?runId=%00", "run/"])
def test_what_is_not_there_is_not_found(as_viewer, now, url) -> None:
    assert as_viewer.get(f"/dashboard/correlation/{url}").status_code == 404


@pytest.mark.parametrize("id_", ["a/b::c[d-é]", "100%", "what? #1", "a b"])
def test_any_id_has_a_page(as_viewer, now, id_) -> None:
    a_correlation(test_case=a_test_case(id=id_, name="Odd"))
    record_executions([an_execution(test_case_id=id_, run_id=f"run {id_} & more")], now=now)
    text = text_of(as_viewer, URL)
    link = text.partition('<a href="/dashboard/correlation/test-cases/')[2].partition('"')[0]
    page = text_of(as_viewer, f"/dashboard/correlation/test-cases/{link}".replace("&amp;", "&"))
    run = page.partition("/dashboard/correlation/run/?runId=")[2].partition('"')[0]
    assert "Booking Flow Test" in text_of(as_viewer, f"/dashboard/correlation/run/?runId={run}")


def test_strangers_are_sent_away(client, make_user, now) -> None:
    assert client.get(URL).status_code == 302
    client.force_login(make_user("Ingest"))
    assert client.get(URL).status_code == 403
