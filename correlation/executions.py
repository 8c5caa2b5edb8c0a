"""One run of one test case, as every door hands it over, and the rules that no door can skip. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from correlation.choices import ExecutionSource, ExecutionStatus
from integrations.inputs import CLOCK_SKEW, EARLIEST, FieldErrors

ID_MAX, NAME_MAX, SUITE_MAX, RUN_MAX = 100, 500, 300, 200
DURATION_MAX_MS = 365 * 86_400_000
# Read once: an enumeration builds its values anew each time it is asked for them.
_STATUSES, _SOURCES = tuple(ExecutionStatus.values), tuple(ExecutionSource.values)
_UNFIT_FOR_AN_ID = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_UNFIT_FOR_TEXT = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionInput:
    """One run of one test case; `duration_ms` is in milliseconds, `executed_at` aware."""

    test_case_id: str
    test_case_name: str
    status: str
    executed_at: datetime
    run_id: str
    source: str
    duration_ms: int | None = None
    suite: str = ""
    flaky: bool = False
    identity: str = ""

    @property
    def key(self) -> tuple[str, str, datetime]:
        """What makes it one execution: the same again changes nothing."""
        return self.test_case_id, self.run_id, self.executed_at


def execution_errors(given: ExecutionInput, *, now: datetime) -> FieldErrors:
    """Return what is wrong with an execution, by field; empty where nothing is."""
    errors: FieldErrors = {}
    for name, longest in (("test_case_id", ID_MAX), ("run_id", RUN_MAX)):
        text = getattr(given, name)
        if not text.strip() or len(text) > longest or _UNFIT_FOR_AN_ID.search(text):
            errors[name] = [f"Must be text of 1 to {longest} characters on one line."]
    for name, longest in (("test_case_name", NAME_MAX), ("suite", SUITE_MAX)):
        text = getattr(given, name)
        if len(text) > longest or _UNFIT_FOR_TEXT.search(text):
            errors[name] = [f"May have at most {longest} characters, all of which can be stored."]
    if not given.test_case_name.strip():
        errors["test_case_name"] = ["May not be blank."]
    if given.status not in _STATUSES:
        errors["status"] = [f"{given.status!r} is not one of {', '.join(_STATUSES)}."]
    if given.source not in _SOURCES:
        errors["source"] = [f"{given.source!r} is not one of {', '.join(_SOURCES)}."]
    if given.duration_ms is not None and not 0 <= given.duration_ms <= DURATION_MAX_MS:
        errors["duration_ms"] = ["Must be a whole number of milliseconds from 0 to one year."]
    if given.executed_at.tzinfo is None:
        errors["executed_at"] = ["Must name a time zone."]
    elif given.executed_at > now + CLOCK_SKEW:
        errors["executed_at"] = ["Lies in the future."]
    elif given.executed_at < EARLIEST:
        errors["executed_at"] = ["Lies before the year 2000."]
    return errors


def collapse_repeats(given: Sequence[ExecutionInput]) -> list[ExecutionInput]:
    """Return one execution per test case, run and time: the last result that was not skipped, flaky where they differ.

    Results that share all three are retries, or one test in several browsers; their order tells which came last.
    """
    by_key: dict[tuple[str, str, datetime], ExecutionInput] = {}
    for row in given:
        before = by_key.get(row.key)
        if before is None or before.status == ExecutionStatus.SKIPPED:
            by_key[row.key] = row
        elif row.status != ExecutionStatus.SKIPPED:
            by_key[row.key] = replace(row, flaky=before.flaky or row.flaky or before.status != row.status)
    return list(by_key.values())
