"""The same rows in every container that Splunk, or a person who re-saved its file, produces."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from xml.sax.saxutils import escape, quoteattr

from integrations.splunk.classification import Classifier
from integrations.splunk.reader import ExportReader, StatRow, iter_rows
from integrations.splunk.totals import Totals, aggregate

Row = dict[str, str]

NAME = "export.json"
DAY = timedelta(days=1)


def stat(endpoint: str, requests: object, errors: object = "0", server_errors: object = "0", **others: str) -> Row:
    return {
        "endpoint": endpoint,
        "total_requests": str(requests),
        "total_errors": str(errors),
        "server_errors_5xx": str(server_errors),
        **others,
    }


# The first and third row are the example of the format's description: vrbo/pricing 0.07, hmbn known by its logo only.
FOUR_ROWS = [
    stat("/channels/homeaway/pushRatesAndAvail.jsp", 200, 14, 12),
    stat("/CHANNELS/AirBnB/Fees?x=1", 50, 1),
    stat("/img/channels/hvmb.png", 40),
    stat("/api/v3/fees?lead=7", 30, 3),
]


def json_lines(rows: list[Row]) -> bytes:
    lines = [{"preview": False, "result": row} for row in rows]
    lines = [{**line, "lastrow": True} if line is lines[-1] else line for line in lines]
    return "".join(json.dumps(line) + "\n" for line in lines or [{"preview": False, "lastrow": True}]).encode()


def bare_lines(rows: list[Row]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def job_results(rows: list[Row], indent: int | None = None) -> bytes:
    fields = [{"name": name} for name in columns_of(rows)]
    document = {"preview": False, "init_offset": 0, "messages": [], "fields": fields, "results": rows}
    return json.dumps(document, indent=indent).encode()


def pretty_job_results(rows: list[Row]) -> bytes:
    return job_results(rows, indent=2)


def array(rows: list[Row]) -> bytes:
    return json.dumps(rows).encode()


def pretty_array(rows: list[Row]) -> bytes:
    return json.dumps(rows, indent=4, ensure_ascii=False).encode("utf-8", "surrogatepass")


def row_lists(rows: list[Row]) -> bytes:
    fields = columns_of(rows)
    return json.dumps({"fields": fields, "rows": [[row.get(name) for name in fields] for row in rows]}).encode()


def column_lists(rows: list[Row]) -> bytes:
    fields = columns_of(rows)
    return json.dumps({"fields": fields, "columns": [[row.get(name) for row in rows] for name in fields]}).encode()


def comma_separated(rows: list[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns_of(rows) or ["endpoint"], restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def xml(rows: list[Row]) -> bytes:
    results = "".join(
        "<result offset='0'>\n"
        + "".join(f"<field k={quoteattr(k)}><value><text>{escape(v)}</text></value></field>\n" for k, v in row.items())
        + "</result>\n"
        for row in rows
    )
    fields = "".join(f"<field>{escape(name)}</field>" for name in columns_of(rows))
    head = "<?xml version='1.0' encoding='UTF-8'?>\n<results preview='0'>\n"
    meta = f"<meta><fieldOrder>{fields}</fieldOrder></meta>\n"
    return f"{head}{meta}{results}</results>\n".encode()


def columns_of(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


CONTAINERS: dict[str, Callable[[list[Row]], bytes]] = {
    writer.__name__: writer
    for writer in (
        json_lines,
        bare_lines,
        job_results,
        pretty_job_results,
        array,
        pretty_array,
        row_lists,
        column_lists,
        comma_separated,
        xml,
    )
}


def read(data: bytes) -> tuple[list[StatRow], ExportReader]:
    reader = iter_rows(io.BytesIO(data), name=NAME)
    return list(reader), reader


def add_up(data: bytes) -> Totals:
    return aggregate(iter_rows(io.BytesIO(data), name=NAME), Classifier(), bucket=DAY)
