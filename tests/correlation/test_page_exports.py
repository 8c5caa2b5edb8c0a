"""Tables of the correlation's and the alerts' pages as files: equal to what is shown."""

import re
from datetime import timedelta

import pytest

from correlation.models import AlertDelivery, AlertMute, Incident, IncidentWarning
from correlation.services import record_executions
from tests.correlation.factories import DAY, HOUR, MINUTE, NOW, a_correlation, a_test_case, an_alert, an_execution
from tests.exported import content_of, read_csv, read_xlsx

INSIGHTS = "/dashboard/correlation/test-integration/"
CASE = "/dashboard/correlation/test-cases/flow/"
RUN = "/dashboard/correlation/run/?runId=build-1"
ALERTS = "/dashboard/alerts/"
pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def rows(db) -> None:
    a_correlation()
    low = a_test_case(id="photos", name="Photo order")
    a_correlation(test_case=low, correlation_score="0.20", correlation_type="low", integration_id="vrbo")
    few = a_test_case(id="few", name="Few")
    a_correlation(test_case=few, pattern="insufficient_data", correlation_score="0.00", correlation_type="low")
    record_executions([an_execution(executed_at=NOW - 2 * DAY - 20 * MINUTE)], now=NOW)
    incident = Incident.objects.create(
        integration_id="airbnb", onset_at=NOW - 2 * DAY, ended_at=NOW - 2 * DAY + HOUR, events=40
    )
    IncidentWarning.objects.create(incident=incident, test_case_id="flow", first_red_at=NOW - 2 * DAY - 20 * MINUTE)


def test_insights_recommendations_and_pairs(as_viewer, rows) -> None:
    found = read_xlsx(as_viewer.get(INSIGHTS, {"format": "xlsx", "sort": "test"}))
    assert list(found.tables) == ["Insights", "Recommendations", "Failures and their incidents"]
    insights = found.tables["Insights"]
    assert [row["Test case"] for row in insights] == ["Booking Flow Test", "Few", "Photo order"]
    assert (insights[0]["Score"], insights[0]["Confidence"], insights[0]["Hits"]) == (0.87, 0.99, 9)
    assert (insights[1]["Score"], insights[1]["Type"]) == (None, None)  # the page shows a dash
    [advice] = found.tables["Recommendations"]
    assert advice["Recommendation"].startswith("Prioritize Booking Flow Test for Airbnb")
    assert advice["Recommendation"] in as_viewer.get(INSIGHTS).content.decode()
    [pair] = found.tables["Failures and their incidents"]
    assert str(pair["Incident began (UTC)"]) == "2026-03-16 14:05:00"
    assert pair["Test failed"] == "20 min before"
    assert content_of(as_viewer.get(INSIGHTS, {"format": "pdf"})).startswith(b"%PDF-")


def test_insights_of_all_pages_in_the_order_of_the_page(as_viewer, db) -> None:
    for number in range(60):
        score = f"0.{number + 10}"
        a_correlation(test_case=a_test_case(id=f"t{number}", name=f"Test {number}"), correlation_score=score)
    query = {"format": "csv", "table": "insights", "sort": "score", "page": "2", "minScore": "0.15"}
    found = read_csv(as_viewer.get(INSIGHTS, query))
    scores = [float(row["Score"]) for row in found.tables["Insights"]]
    assert len(scores) == 55
    assert scores == sorted(scores)
    assert found.head["Filter: Minimum score"] == "0.15"


def test_a_test_case_with_its_executions_of_one_status(as_viewer, rows) -> None:
    record_executions(
        [
            an_execution(
                executed_at=NOW - number * MINUTE, run_id=f"r{number}", status="passed" if number else "failed"
            )
            for number in range(70)
        ],
        now=NOW,
    )
    found = read_csv(as_viewer.get(CASE, {"format": "csv", "status": "passed"}))
    assert found.name == "test-case-flow-2026-02-17-to-2026-03-18-passed.csv"
    assert found.head["Filter: Result"] == "Passed"
    assert found.head["Runs"] == "71, of which 2 failed and 0 were flaky"
    assert [row["Run"] for row in found.tables["Executions"]] == [f"r{number}" for number in range(1, 70)]
    [correlation] = found.tables["What it warns of"]
    assert (correlation["Score"], correlation["Hits"], correlation["Episodes"]) == ("0.87", "9", "14")
    [figures] = found.tables["All figures"]
    assert (figures["p-value"], figures["Usual rate"], figures["Window (s)"]) == ("1e-09", "1%", "3600")
    assert [(row["Passed"], row["Failed"]) for row in found.tables["Runs a day"]] == [("69", "1"), ("0", "1")]


def test_a_run_with_all_of_its_results(as_viewer, db) -> None:
    record_executions(
        [
            an_execution(test_case_id=f"t{number:03}", test_case_name=f"T{number:03}", status="passed")
            for number in range(230)
        ]
        + [an_execution(test_case_id="red", test_case_name="Red", duration_ms=1500, flaky=True)],
        now=NOW,
    )
    assert "200 of 231" in as_viewer.get(RUN).content.decode()
    found = read_xlsx(as_viewer.get(f"{RUN}&format=xlsx"))
    assert found.name == "run-build-1-2026-03-18.xlsx"
    results = found.tables["Results"]
    assert len(results) == 231
    assert (results[0]["Test case"], results[0]["Result"], results[0]["Flaky"]) == ("Red", "Failed", "Yes")
    assert results[0]["Duration (ms)"] == 1500


def test_alerts_of_all_pages_as_they_are_filtered(as_viewer, viewer, db) -> None:
    cases = [a_test_case(id=f"t{number}", name=f"Test {number}") for number in range(55)]
    for case in cases:
        alert = an_alert(test_case=case, title=f"{case.name} fails")
    AlertDelivery.objects.create(alert=alert, channel="slack:1", state="sent", due_at=NOW, sent_at=NOW)
    an_alert(severity="warning", test_case=a_test_case(), title="Only a warning")
    an_alert(integration_id="vrbo", test_case=cases[0], dismissed_at=NOW, dismissed_by=viewer, title="Gone")
    AlertMute.objects.create(integration_id="vrbo", until=NOW + timedelta(hours=1), reason="=planned")
    found = read_csv(as_viewer.get(ALERTS, {"format": "csv", "severity": "critical", "integration": "airbnb"}))
    assert found.name == "open-alerts-airbnb-critical-2026-03-18.csv"
    assert (found.head["Filter: Severity"], found.head["Filter: Integration"]) == ("Critical", "Airbnb")
    assert len(found.tables["Alerts"]) == 55
    assert {row["Messages sent"] for row in found.tables["Alerts"]} == {"", "slack: sent"}
    assert "Dismissed by" not in found.tables["Alerts"][0]
    assert found.tables["Muted"][0]["Why"] == "'=planned"
    [gone] = read_xlsx(as_viewer.get(ALERTS, {"format": "xlsx", "state": "dismissed"})).tables["Alerts"]
    assert (gone["Title"], gone["Dismissed by"]) == ("Gone", "viewers")
    assert str(gone["Dismissed (UTC)"]) == "2026-03-18 14:05:00"


@pytest.mark.parametrize("url", [INSIGHTS, CASE, RUN, ALERTS])
def test_files_follow_the_page_s_rules(as_viewer, rows, client, make_user, url) -> None:
    an_alert()
    html = as_viewer.get(url).content.decode()
    links = re.findall(r'<a href="(\?[^"]*format=[^"]*)"', html)
    assert len(links) >= 3
    path = url.partition("?")[0]
    assert all(content_of(as_viewer.get(path + link.replace("&amp;", "&"))) for link in links)
    joint = "&" if "?" in url else "?"
    answer = as_viewer.get(f"{url}{joint}format=json")
    assert answer.status_code == 400
    assert "Choose one of csv, xlsx, pdf." in answer.content.decode()
    client.force_login(make_user("Ingest"))
    assert client.get(f"{url}{joint}format=csv").status_code == 403


@pytest.mark.parametrize(("url", "queries"), [(INSIGHTS, 22), (CASE, 15), (RUN, 10), (ALERTS, 14)])
def test_files_cost_as_many_queries_for_much_data(as_viewer, rows, django_assert_max_num_queries, url, queries) -> None:
    def count() -> int:
        with django_assert_max_num_queries(queries) as captured:
            content_of(as_viewer.get(f"{url}{'&' if '?' in url else '?'}format=csv"))
        return len(captured)

    an_alert()
    count()  # what is read once in the life of a process
    before = count()
    for number in range(60):
        case = a_test_case(id=f"t{number}", name=f"Test {number}")
        a_correlation(test_case=case)
        an_alert(test_case=case, integration_id="vrbo")
    record_executions(
        [an_execution(executed_at=NOW - number * MINUTE, run_id="build-1") for number in range(6, 200)], now=NOW
    )
    assert count() == before
