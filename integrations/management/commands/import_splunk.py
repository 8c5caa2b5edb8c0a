"""`manage.py import_splunk`: Splunk exports into observations and events."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from integrations.splunk.lines import SplunkError
from integrations.splunk_imports import ExportFile, ImportRefusedError, ImportReport, import_exports


class Command(BaseCommand):
    help = (
        "Import the files of one Splunk export of statistics per endpoint: all of them or nothing. Rows of all files "
        "are summed together, so give exports of different moments to different runs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument(
            "--observed-at", metavar="TIME", help="ISO 8601, UTC unless it says otherwise; for rows without a time."
        )
        parser.add_argument("--basis", choices=["total", "server"], default="total", help="All errors, or 5xx only.")
        parser.add_argument("--dry-run", action="store_true", help="Only tell what the import would do.")

    def handle(self, *, files: list[str], observed_at: str | None, basis: Any, dry_run: bool, **options: Any) -> None:
        try:
            moment = parse_datetime(observed_at) if observed_at else None
        except ValueError:
            moment = None
        if observed_at and moment is None:
            raise CommandError(f"--observed-at: {observed_at!r} is not a time; write 2026-01-31T14:05:00Z.")
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.get_default_timezone())
        with ExitStack() as opened:
            exports = [ExportFile(name, self._open(name, opened)) for name in files]
            try:
                report = import_exports(
                    exports,
                    observed_at=moment,
                    now=timezone.now(),
                    basis=basis,
                    dry_run=dry_run,
                    progress=self._progress,
                )
            except SplunkError as error:
                raise CommandError(f"{error}\nNothing was imported.") from error
            except ImportRefusedError as error:
                option = {"observed_at": "--observed-at: "}.get(error.field, "")
                raise CommandError(f"{option}{error}\nNothing was imported.") from error
        for line in lines_of(report):
            self.stdout.write(line)

    def _open(self, name: str, opened: ExitStack) -> Any:
        try:
            return opened.enter_context(Path(name).open("rb"))
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}\nNothing was imported.") from error

    def _progress(self, name: str) -> None:
        # A bar would need the number of rows, which is only known at the end.
        if sys.stdout.isatty():
            self.stdout.write(f"Reading {name} ...")


def lines_of(report: ImportReport) -> list[str]:
    """Return the report as a person reads it on a terminal."""
    lines = [f"{'Dry run: ' if report.dry_run else ''}{report.rows:,} rows of {', '.join(report.files)}"]
    lines += [f"{'integration':<14}{'area':<10}{'requests':>12}{'errors':>10}{'rate':>9}  status"]
    for finding, moment, fate in report.findings:
        for area in finding.areas:
            if area.requests:
                rate = f"{area.rate * 100:.2f} %" if area.rate is not None else "–"
                lines.append(
                    f"{finding.integration:<14}{area.area:<10}{area.requests:>12,}{area.errors:>10,}{rate:>9}"
                    f"  {area.status}"
                )
        rate = f"{finding.error_rate * 100:.2f} %" if finding.error_rate is not None else "–"
        outcome = f"observation {moment:%Y-%m-%d %H:%M} UTC {fate}" if fate else "too few requests to tell"
        lines.append(
            f"{finding.integration:<14}{'all':<10}{finding.requests:>12,}{finding.errors:>10,}{rate:>9}  {outcome}"
        )
    lines += [f"{slug:<14}unknown: met only in static or noise rows" for slug in report.unknown]
    lines += [f"ignored {count:,} rows: {reason}" for reason, count in report.ignored.items()]
    lines += [f"  {example}" for example in report.examples]
    lines += [f"warning: {text}" for text in report.warnings]
    if report.unmatched:
        lines.append("busiest endpoints without an integration:")
        lines += [f"  {item.requests:>10,} requests {item.errors:>8,} errors  {item.path}" for item in report.unmatched]
    counts = [f"{count:,} observations {fate}" for fate, count in report.observations.items()]
    counts += [f"{report.events['created']:,} events created", f"{report.events['duplicates']:,} seen before"]
    return [*lines, ", ".join(counts)]
