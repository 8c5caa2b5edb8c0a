"""The Grafana dashboard asks for nothing that /metrics does not serve."""

import json
import re
from decimal import Decimal

import pytest
import yaml
from django.conf import settings as django_settings

from integrations.jobs import run_job
from integrations.services import record_observations
from tests.conftest import NOW
from tests.integrations.factories import an_observation
from tests.project.seen_metrics import TOKEN, labels_by_name

GRAFANA = django_settings.BASE_DIR / "docs" / "grafana"
DASHBOARD = json.loads((GRAFANA / "dashboards" / "qa-observability.json").read_text())
TARGETS = [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]]
QUERIES = [variable["query"]["query"] for variable in DASHBOARD["templating"]["list"]]
FUNCTIONS = {"sum", "by", "rate", "time", "topk", "histogram_quantile", "label_values"}


@pytest.fixture
def served(client, settings, db, now) -> dict[str, set[str]]:
    """Return the labels of every metric, with something of each kind stored."""
    settings.METRICS_TOKEN = TOKEN
    record_observations([an_observation(booking_loss_rate=Decimal("0.01"))], now=NOW)
    run_job("count", lambda: 1, now=NOW)
    client.get("/login/")
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    return labels_by_name(text)


@pytest.mark.parametrize(("title", "expression"), [*TARGETS, *(("variable", query) for query in QUERIES)])
def test_every_expression_uses_metrics_and_labels_that_are_served(served, title, expression):
    metrics = set(re.findall(r"\b(?:qaobs|process)_\w+", expression))
    assert metrics
    assert metrics <= set(served)
    labels = set(re.findall(r"[{,]\s*(\w+)\s*(?:=~|!=|=)", expression))
    for group in re.findall(r"by \(([^)]*)\)", expression):
        labels |= {name.strip() for name in group.split(",")}
    labels |= set(re.findall(r"label_values\(\w+, (\w+)\)", expression))
    assert labels <= set.union(*(served[name] for name in metrics))
    words = set(re.findall(r"[a-z_]+(?=\s?\()", expression))
    assert words <= FUNCTIONS, "a function that nobody has looked at"


@pytest.mark.parametrize("panel", DASHBOARD["panels"], ids=lambda panel: panel["title"])
def test_legends_name_labels_that_the_expression_keeps(served, panel):
    for target in panel["targets"]:
        kept = re.findall(r"by \(([^)]*)\)", target["expr"])
        (metric, *_) = re.findall(r"\b(?:qaobs|process)_\w+", target["expr"])
        labels = {name.strip() for group in kept for name in group.split(",")} or served[metric]
        assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= labels


def test_every_panel_has_a_title_a_unit_and_a_place_of_its_own():
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        assert panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        grid = panel["gridPos"]
        assert grid["x"] + grid["w"] <= 24
        cells = {(grid["x"] + x, grid["y"] + y) for x in range(grid["w"]) for y in range(grid["h"])}
        assert not cells & taken
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_every_query_goes_to_the_data_source_that_is_provisioned():
    text = (GRAFANA / "provisioning" / "datasources" / "prometheus.yaml").read_text()
    (source,) = yaml.safe_load(text)["datasources"]
    assert source["type"] == "prometheus"
    asked = {str(panel["datasource"]["uid"]) for panel in DASHBOARD["panels"]}
    asked |= {target["datasource"]["uid"] for panel in DASHBOARD["panels"] for target in panel["targets"]}
    assert asked == {source["uid"]}
    assert "__inputs" not in DASHBOARD
    assert "${DS_" not in json.dumps(DASHBOARD)
    assert (DASHBOARD["id"], DASHBOARD["uid"]) == (None, "qa-observability")


def test_the_document_lists_what_is_served_and_nothing_else(served):
    text = (django_settings.BASE_DIR / "docs" / "connections" / "metrics.md").read_text()
    described = {
        name for row in re.findall(r"^\|(.+?)\|", text, re.MULTILINE) for name in re.findall(r"qaobs_\w+", row)
    }
    counted = {re.sub(r"_(?:bucket|count|sum)$", "", name) for name in served if name.startswith("qaobs_")}
    now_and_then = {"qaobs_correlations_computed_timestamp_seconds"}  # once they were computed
    assert described - now_and_then == counted - now_and_then


def test_the_containers_find_the_files():
    services = yaml.safe_load((django_settings.BASE_DIR / "compose.yaml").read_text())["services"]
    for name in ("prometheus", "grafana"):
        assert services[name]["profiles"] == ["monitoring"]
        for volume in services[name]["volumes"]:
            source = volume.split(":")[0]
            assert not source.startswith("./") or (django_settings.BASE_DIR / source).exists(), volume
    provider = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "qa-observability.yaml").read_text())
    folder = provider["providers"][0]["options"]["path"]
    assert f"./docs/grafana/dashboards:{folder}:ro" in services["grafana"]["volumes"]
    assert "web" in services["web"]["environment"]["ALLOWED_HOSTS"]
    (scrape,) = yaml.safe_load((GRAFANA / "prometheus.yml").read_text())["scrape_configs"]
    assert scrape["static_configs"] == [{"targets": ["web:8000"]}]
