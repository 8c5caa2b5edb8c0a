"""Figures for Prometheus, the way every app hands them over."""

from collections.abc import Iterable, Sequence

from prometheus_client.core import GaugeMetricFamily

PREFIX = "qaobs_"
Rows = Iterable[tuple[Sequence[str], float]]


def gauge(name: str, text: str, labels: Sequence[str], rows: Rows) -> GaugeMetricFamily:
    """Return one figure with its samples.

    Parameters
    ----------
    name : without the product's prefix, in base units: seconds, ratios of 1.
    text : the line of help.
    labels : names of the labels, whose values must be few: never ids of tests, listings or people.
    rows : the values of the labels, and the figure, which may go up and down.
    """
    family = GaugeMetricFamily(f"{PREFIX}{name}", text, labels=labels)
    for values, figure in rows:
        family.add_metric(list(values), figure)
    return family
