"""The cards on the dashboard."""

from typing import Any

from qa_observability.periods import Period
from qa_observability.wording import change_text
from revenue.crypto import CryptoError
from revenue.presenter import money
from revenue.services import impact_of


def kpi_cards(period: Period) -> list[dict[str, Any]]:
    """Return `{label, value, change, trend, bad, note, url_name, error}` of revenue at risk and protected."""
    try:
        found = impact_of(period)
    except CryptoError as error:
        return [{"label": "Revenue at risk", "error": str(error), "url_name": "revenue:impact"}]
    figures = [("Revenue at risk", found.at_risk, "up"), ("Revenue protected", found.protected, "down")]
    return [
        {
            "label": label,
            "value": money(figure.value, found.currency),
            "change": change_text(figure.change) if found.has_previous_data else "",
            "trend": figure.trend if found.has_previous_data else "",
            "bad": bad,
            "note": "" if found.has_previous_data else f"No data in the {period.days} days before",
            "url_name": "revenue:impact",
        }
        for label, figure, bad in figures
    ]
