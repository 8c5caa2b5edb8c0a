"""The chart library is unfold's file: its presence and version are pinned here."""

import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template import Context, Template

from qa_observability.exports.documents import Column, Kind, Table
from qa_observability.templatetags.charts import CHART_LIBRARY


def test_the_library_is_there_in_the_version_that_the_glue_was_written_for():
    text = Path(finders.find(CHART_LIBRARY)).read_text()
    assert re.search(r'version="4\.\d+\.\d+"', text) or re.search(r"Chart\.js v4\.", text)


def test_scripts_load_the_library_before_the_glue():
    html = Template("{% load charts %}{% chart_scripts %}").render(Context())
    assert re.findall(r'src="([^"]+)" defer', html) == ["/static/unfold/js/chart/chart.js", "/static/js/charts.js"]


def test_data_of_a_chart_cannot_end_its_script():
    data = {"labels": [], "lines": [{"label": "</script><b>", "values": []}]}
    html = Template('{% load charts %}{% chart "x" "A title" data %}').render(Context({"data": data}))
    assert "</script><b>" not in html
    assert 'data-chart="x-data"' in html
    assert '<script id="x-data" type="application/json">' in html


def test_the_table_behind_a_chart_holds_the_cells_of_its_exports_as_people_read_them():
    columns = (Column("Day", Kind.DAY), Column("Events", Kind.NUMBER), Column("Error rate", Kind.RATE), Column("Why"))
    table = Table("days", "Days", columns, [("2026-03-17", 1234, 0.0314, "</td><b>"), ("2026-03-18", 0, None, "")])
    html = Template('{% load exports %}{% data_table table "Days as a table" %}').render(Context({"table": table}))
    assert re.findall(r'<th scope="col" class="(\w+)">([^<]+)</th>', html) == [
        ("nowrap", "Day (UTC)"), ("number", "Events"), ("number", "Error rate"), ("nowrap", "Why"),
    ]  # fmt: skip
    assert re.findall(r'<th scope="row" class="nowrap">([^<]+)</th>', html) == ["2026-03-17", "2026-03-18"]
    cells = re.findall(r'<td class="\w+">([^<]+)</td>', html)
    assert cells == ["1,234", "3.1 %", "&lt;/td&gt;&lt;b&gt;", "0", "–", "–"]
