"""The revenue calculation over one year, 50 integrations and 3 event types, from rows at hand."""

import time
from collections.abc import Callable
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


def measure_revenue(report: Callable[[str, str], None]) -> None:
    """Report the best of several runs."""
    rows = year_of_sums()
    days = [date(2025, 1, 1) + timedelta(days=offset) for offset in range(DAYS)]
    slugs = [f"channel-{number}" for number in range(INTEGRATIONS)]
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        calculate(rows, integrations=slugs, days=days, config=RevenueConfig())
        best = min(best, time.perf_counter() - start)
    report(f"revenue calculation, {DAYS} days x {INTEGRATIONS} integrations x 3 types", f"{best * 1000:.0f} ms")


if __name__ == "__main__":
    measure_revenue(print)
