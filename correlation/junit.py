"""JUnit XML of whatever producer: bytes in, results of test cases out, with everything odd that was met. Pure."""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from correlation.junit_bytes import MAX_BYTES, JunitError, read_elements, repair
from correlation.junit_producers import UTC_PRODUCERS, guess_producer
from correlation.junit_reader import Case, Reader
from correlation.junit_values import Moment, class_name, parse_durations, parse_moment, plain_name

NAME_MAX, SUITE_MAX, IDENTITY_MAX = 500, 300, 4000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
SET_UP_FAILED = "initializationError"


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"


class TimeFrom(StrEnum):
    """Where the time of a result was found; `file` and `upload` are for the caller to fill in."""

    TESTCASE = "testcase"
    SUITE = "suite"
    FILE = "file"
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to read a file.

    Attributes
    ----------
    zone : what times without a zone are in, unless the producer is known to write UTC.
    latest : later times are taken for missing ones; aware.
    source : names the project, so that equal names in two projects are two test cases.
    id_pattern : finds a test management id in properties or names; its first group, where it has one, is the id.
    strip_volatile : leave addresses, uuids and times out of identities.
    """

    latest: datetime
    zone: tzinfo = UTC
    source: str = ""
    id_pattern: re.Pattern[str] | None = None
    strip_volatile: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One `testcase` element; `executed_at` is None where the file does not tell."""

    test_case_id: str
    name: str
    suite: str
    identity: str
    outcome: Outcome
    flaky: bool
    duration_ms: int | None
    executed_at: datetime | None
    time_from: TimeFrom | None


@dataclass(frozen=True, slots=True)
class Report:
    producer: str
    results: list[Result]
    warnings: list[str]

    @property
    def outcomes(self) -> dict[str, int]:
        """Number of testcase elements by outcome; the flaky ones are among the passed."""
        counts = Counter(result.outcome.value for result in self.results)
        return {outcome.value: counts[outcome.value] for outcome in Outcome} | {
            "flaky": sum(result.flaky for result in self.results)
        }


def parse(content: bytes, options: Options) -> Report:
    """Return what a JUnit XML file says.

    Parameters
    ----------
    content : the whole file, at most 50 MB.

    Raises
    ------
    JunitError : for a file that is empty, too large, not XML, cut off, not JUnit XML, or has a DTD; with line and
        column. A file that only holds forbidden characters or another encoding than it says is read all the same,
        with a warning.
    """
    if len(content) > MAX_BYTES:
        raise JunitError(f"is larger than {MAX_BYTES // 1024**2} MB")
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise JunitError("is empty")
    repaired: list[str] = []
    reader = Reader()
    try:
        read_elements(content, reader)
    except JunitError as error:
        cleaned, repaired = repair(content)
        if not repaired:
            raise _explained(error, content) from None
        reader = Reader()
        try:
            read_elements(cleaned, reader)
        except JunitError:
            raise _explained(error, content) from None
    if not reader.cases and reader.root not in {"testsuites", "testsuite", "testcase"}:
        raise JunitError(f"is not JUnit XML: its root element is <{(reader.root or '')[:40]}>", 1, 1)
    return _Assembly(reader, options, repaired).report()


def _explained(error: JunitError, content: bytes) -> JunitError:
    beginning = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith((b"<!doctype html", b"<html")):
        return JunitError("is an HTML page, not JUnit XML", error.line, error.column)
    if not beginning.startswith(b"<") and b"\x00" not in beginning:
        return JunitError("is not XML", error.line, error.column)
    if error.reason in {"no element found", "unclosed token", "unclosed CDATA section"}:
        return JunitError(f"ends too early ({error.reason}); was the test run killed?", error.line, error.column)
    return error


def identity_digest(source: str, identity: str) -> str:
    """Return the id of a test case that a file names: stable, and within 100 characters.

    >>> identity_digest("", "airbnb.pricing.RateSync::pushes_nightly_rate[USD]")
    'junit:6b5dd2a330a480b99f873eac'
    """
    digest = hashlib.sha256(f"{source}\n{identity}".encode(errors="replace")).hexdigest()
    return f"junit:{digest[:24]}"


_SKIPPED = {"notrun", "disabled", "skipped", "suppressed", "ignored", "pending"}
_NAMED_OUTCOMES = {"failed": Outcome.FAILED, "errored": Outcome.ERROR, **dict.fromkeys(_SKIPPED, Outcome.SKIPPED)}


def outcome_of(case: Case) -> tuple[Outcome, bool]:
    """Return the one outcome of a test case, and whether it passed only after failing.

    What went wrong counts before what was skipped, and children before attributes; re-runs of a failure are the same
    failure.
    """
    for child, outcome in (("failure", Outcome.FAILED), ("error", Outcome.ERROR), ("skipped", Outcome.SKIPPED)):
        if child in case.found:
            return outcome, False
    for attribute in ("status", "result"):
        named = _NAMED_OUTCOMES.get(case.attributes.get(attribute, "").strip().lower())
        if named:
            return named, False
    return Outcome.PASSED, "flakyFailure" in case.found or "flakyError" in case.found


class _Assembly:
    """Turns the cases of one file into results, and counts what deserves a warning."""

    def __init__(self, reader: Reader, options: Options, repaired: list[str]) -> None:
        self.reader, self.options = reader, options
        self.producer = guess_producer(reader)
        self.zone = UTC if self.producer in UTC_PRODUCERS else options.zone
        self.counted: Counter[str] = Counter()
        self.zone_words: set[str] = set()
        self.moments: dict[str, Moment | None] = {}
        self.warnings = list(repaired)

    def report(self) -> Report:
        cases = self.reader.cases
        durations, unread = parse_durations([case.attributes.get("time") for case in cases])
        results = [self._result(case, duration) for case, duration in zip(cases, durations, strict=True)]
        self._warn(unread, len(results))
        return Report(self.producer, results, self.warnings)

    def _result(self, case: Case, duration: int | None) -> Result:
        attributes = case.attributes
        outcome, flaky = outcome_of(case)
        executed_at, time_from = self._time(case)
        path = " / ".join(plain_name(suite.name) for suite in case.suites if suite.name and not suite.is_root)
        owner = class_name(attributes.get("classname")) or class_name(attributes.get("class")) or path
        owner = owner or plain_name(attributes.get("file"))
        name = plain_name(attributes.get("name"), strip_volatile=self.options.strip_volatile)
        identity = "::".join(part for part in (owner, name) if part)[:IDENTITY_MAX] or "(unnamed)"
        self.counted["unnamed"] += not name
        self.counted["synthetic"] += case.synthetic
        whole_class = name in (SET_UP_FAILED, owner) or not attributes.get("classname", "?").strip()
        self.counted["set-up"] += whole_class and outcome is Outcome.ERROR and not case.synthetic
        return Result(
            test_case_id=self._management_id(case) or identity_digest(self.options.source, identity),
            name=(name or owner or "(unnamed)")[:NAME_MAX],
            suite=owner[:SUITE_MAX],
            identity=identity,
            outcome=outcome,
            flaky=flaky,
            duration_ms=duration,
            executed_at=executed_at,
            time_from=time_from,
        )

    def _management_id(self, case: Case) -> str | None:
        pattern = self.options.id_pattern
        if pattern is None:
            return None
        named = [value for _, value in case.properties]
        for text in (*named, case.attributes.get("name", "")):
            match = pattern.search(text[:IDENTITY_MAX])
            if match:
                return (match[1] if pattern.groups else match[0])[:100] or None
        return None

    def _time(self, case: Case) -> tuple[datetime | None, TimeFrom | None]:
        """Return the time of the case itself, of the nearest suite that has one, or of the whole file."""
        candidates = [(case.attributes.get("timestamp", ""), TimeFrom.TESTCASE)]
        for suite in reversed(case.suites):
            candidates.append((suite.timestamp, TimeFrom.FILE if suite.is_root else TimeFrom.SUITE))
        for text, time_from in candidates:
            if not text.strip():
                continue
            moment = self._moment(text)
            if moment is None:
                self.counted["unread times"] += 1
            elif not EARLIEST <= moment.at <= self.options.latest:
                self.counted["impossible times"] += 1
            else:
                self.counted["assumed zones"] += moment.assumed_zone
                return moment.at, time_from
        return None, None

    def _moment(self, text: str) -> Moment | None:
        if text not in self.moments:
            self.moments[text] = parse_moment(text, self.zone)
        moment = self.moments[text]
        if moment and moment.ambiguous:
            self.zone_words.add(moment.ambiguous)
        return moment

    def _warn(self, unread: int, results: int) -> None:
        counted, mismatches = self.counted, self.reader.mismatches
        first = mismatches[0] if mismatches else ""
        zone = str(self.zone)
        lines = [
            (not results, "holds no test case: that is not the same as all green"),
            (unread, f"{unread} durations cannot be read and were left out"),
            (counted["assumed zones"], f"{counted['assumed zones']} times name no zone and were taken as {zone}"),
            (self.zone_words, f"zone {', '.join(sorted(self.zone_words))} can mean several; {zone} was assumed"),
            (counted["unread times"], f"{counted['unread times']} times cannot be read"),
            (
                counted["impossible times"],
                f"{counted['impossible times']} times lie in the future or before 2000 and were not used; "
                "is the assumed time zone right?",
            ),
            (counted["unnamed"], f"{counted['unnamed']} test cases have no name"),
            (counted["set-up"], f"{counted['set-up']} errors cover a whole class: its tests did not run"),
            (
                counted["synthetic"],
                f"{counted['synthetic']} requests failed without a test; each was added as an error",
            ),
            (mismatches, f"{len(mismatches)} totals differ from the test cases found, such as: {first}"),
        ]
        self.warnings += [text for applies, text in lines if applies]
