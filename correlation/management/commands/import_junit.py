"""`manage.py import_junit FILE...`: JUnit XML into executions, all of the files or none."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from correlation.imports import Choices, GivenFile, ImportedReport, RefusedFilesError, import_reports
from correlation.junit_bytes import MAX_BYTES
from integrations.inputs import RowsError


class Command(BaseCommand):
    help = "Import JUnit XML files of any producer. One bad file, and none goes in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument(
            "--run-id", default="", help="The pipeline run they belong to; default: made from the files."
        )
        parser.add_argument("--time-zone", default="UTC", help="Of times without one, such as Europe/Berlin.")
        parser.add_argument("--source", default="", help="A project, where two have test cases of the same name.")
        parser.add_argument(
            "--strip-volatile", action="store_true", help="Leave addresses, uuids and times out of test names."
        )

    def handle(self, *, files: list[str], run_id: str, time_zone: str, source: str, **options: Any) -> None:
        try:
            zone = ZoneInfo(time_zone)
        except (KeyError, ValueError, OSError) as error:
            raise CommandError(f"--time-zone: {time_zone!r} is not a time zone; write such as Europe/Berlin") from error
        given = [_read(Path(name)) for name in files]
        choices = Choices(run_id=run_id, zone=zone, source=source, strip_volatile=options["strip_volatile"])
        try:
            imported = import_reports(given, choices=choices, now=timezone.now())
        except RefusedFilesError as error:
            lines = [f"{name}: {reason}" for _, name, reason in error.refused]
            raise CommandError("\n".join([*lines, "Nothing was imported."])) from error
        except RowsError as error:
            raise CommandError(f"{next(iter(error.errors.values()))}\nNothing was imported.") from error
        for report in imported:
            self._tell(report)
        created = sum(report.created for report in imported)
        self.stdout.write(f"{created} executions imported from {len(imported)} files.")

    def _tell(self, report: ImportedReport) -> None:
        outcomes = (
            ", ".join(f"{count} {outcome}" for outcome, count in report.outcomes.items() if count) or "no results"
        )
        self.stdout.write(
            f"{report.file}: {outcomes} ({report.producer}); {report.created} created, {report.duplicates} seen before,"
            f" {report.test_cases} new test cases; run {report.run_id}"
        )
        for warning in report.warnings:
            self.stdout.write(f"  {warning}")


def _read(path: Path) -> GivenFile:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
            modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}\nNothing was imported.") from error
    return GivenFile(name=str(path), content=content, modified_at=modified)
