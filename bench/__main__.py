"""`make bench`: the figures to hold, measured; the database is made once and kept in `var/` or where BENCH_URL says."""

import argparse
import os
import platform
from datetime import UTC, datetime

from bench.api import measure_ingest, measure_reads
from bench.correlation import measure_correlation
from bench.pages import measure_pages
from bench.revenue import measure_revenue
from bench.server import DAYS, ROOT, manage, prepare, serving


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events-per-day", type=int, default=10_000)
    options = parser.parse_args()
    url = os.environ.get("BENCH_URL", f"sqlite:///{ROOT / 'var' / 'bench.sqlite3'}")
    rows: list[tuple[str, str]] = []

    def report(what: str, result: str) -> None:
        rows.append((what, result))
        print(f"{what}: {result}", flush=True)

    os.environ.setdefault("DEMO_PASSWORD", "bench-only-password")
    seconds = prepare(url, options.events_per_day)
    report(f"load_demo, {DAYS} days x {options.events_per_day:,} events", f"{seconds:.0f} s (0 where it was there)")
    with serving(url) as address:
        reader = manage(url, "api_token", "bench-reader", "--role", "Viewers").strip()
        writer = manage(url, "api_token", "bench-writer", "--role", "Ingest").strip()
        measure_reads(address, reader, report)
        measure_pages(address, os.environ["DEMO_PASSWORD"], report)
        measure_ingest(address, writer, report)
    measure_revenue(report)
    measure_correlation(url, report)

    engine = "PostgreSQL" if url.startswith("postgres") else "SQLite"
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {engine}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| what | measured |\n|---|---|")
    for what, result in rows:
        print(f"| {what} | {result} |")


if __name__ == "__main__":
    main()
