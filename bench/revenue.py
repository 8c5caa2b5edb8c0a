"""The revenue calculation over one year, 50 integrations and 3 event types, from rows at hand."""

import time
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from revenue.calculator import DaySums, calculate
from revenue.config import RevenueConfig

DAYS, INTEGRATIONS, RUNS = 365, 50, 7


def year_of_sums(seed: int = 1) -> list[DaySums]:
    """Return a full row for every day and integration."""
    random = Random(seed)
    rows = []
    for number in range(INTEGRATIONS):
        for offset in range(DAYS):
            measures: list[object] = []
            for _ in range(3):
                events = random.randint(0, 60)
                measures += [events, events * 2, events, Decimal(random.randint(0, 500_000)) / 10_000]
            rate = Decimal(random.randint(0, 9000)) / 10_000
            rows.append(DaySums(f"channel-{number}", date(2025, 1, 1) + timedelta(days=offset), *measures, 24, rate))
    return rows


def revenue_calculation() -> dict[str, object]:
    """Return `{name, rows, milliseconds}`: the best of several runs."""
    rows = year_of_sums()
    days = [date(2025, 1, 1) + timedelta(days=offset) for offset in range(DAYS)]
    slugs = [f"channel-{number}" for number in range(INTEGRATIONS)]
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        calculate(rows, integrations=slugs, days=days, config=RevenueConfig())
        best = min(best, time.perf_counter() - start)
    return {
        "name": "revenue, 1 year x 50 integrations x 3 types",
        "rows": len(rows),
        "milliseconds": round(best * 1000, 1),
    }


if __name__ == "__main__":
    print(revenue_calculation())
