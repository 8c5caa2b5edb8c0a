"""The walk through a JUnit XML document: suites, test cases, and what was odd about them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from correlation.junit_bytes import JunitError
from correlation.junit_producers import native_hint
from correlation.junit_values import plain_name

MAX_CASES = 200_000
TEXT_KEPT = 2000
REQUEST_FAILED = "Request or script failed, no test ran"
_RESULTS = {"failure", "error", "skipped", "flakyFailure", "flakyError", "rerunFailure", "rerunError"}


@dataclass(slots=True)
class Suite:
    name: str
    timestamp: str
    is_root: bool
    declared: str | None
    declared_errors: str | None
    cases: int = 0
    errors: int = 0
    system_err: bool = False


@dataclass(slots=True)
class Case:
    attributes: Mapping[str, str]
    suites: tuple[Suite, ...]
    found: list[str] = field(default_factory=list)
    synthetic: bool = False
    properties: list[tuple[str, str]] = field(default_factory=list)


class Reader:
    """Collects suites and cases while the parser walks the document."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.root_attributes: Mapping[str, str] = {}
        self.path: list[str] = []
        self.suites: list[Suite] = []
        self.case: Case | None = None
        self.case_depth = 0
        self.cases: list[Case] = []
        self.mismatches: list[str] = []
        self.hints: set[str] = set()
        self.text: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self.root is None:
            self.root, self.root_attributes = tag, attributes
            hint = native_hint(tag)
            if hint:
                raise JunitError(hint)
        self.path.append(tag)
        if self.case is not None:
            if tag in _RESULTS and len(self.path) == self.case_depth + 1:
                self.case.found.append(tag)
            elif tag == "property":
                self.case.properties.append((attributes.get("name", ""), attributes.get("value", "")))
                self.text = [] if "value" not in attributes else None
        elif tag == "testcase":
            if len(self.cases) >= MAX_CASES:
                raise JunitError(f"holds more than {MAX_CASES:,} test cases")
            self.case, self.case_depth = Case(attributes, tuple(self.suites)), len(self.path)
        elif tag in {"testsuite", "testsuites"}:
            self.suites.append(_suite(tag, attributes, is_root=len(self.path) == 1 and tag == "testsuites"))
        elif tag == "system-err" and self.suites:
            self.text = []
        if self.root_attributes is not attributes:
            self.hints.update(key for key in ("class", "assertions") if key in attributes)
            if tag == "property" and attributes.get("name", "").startswith("go."):
                self.hints.add("go")

    def data(self, text: str) -> None:
        if self.text is not None and sum(map(len, self.text)) < TEXT_KEPT:
            self.text.append(text[:TEXT_KEPT])

    def end(self, tag: str) -> None:
        text = "".join(self.text) if self.text is not None else ""
        if self.case is not None:
            if tag == "property" and self.text is not None and self.case.properties:
                name, _ = self.case.properties[-1]
                self.case.properties[-1] = (name, text)
                self.text = None
            if len(self.path) == self.case_depth:
                self._end_case(self.case)
                self.case = None
        elif tag == "system-err" and self.suites and self.text is not None:
            self.suites[-1].system_err = bool(text.strip())
            self.text = None
        elif tag in {"testsuite", "testsuites"} and self.suites:
            self._end_suite(self.suites.pop())
        self.path.pop()

    def _end_case(self, case: Case) -> None:
        self.cases.append(case)
        for suite in self.suites:
            suite.cases += not case.synthetic
            suite.errors += "error" in case.found

    def _end_suite(self, suite: Suite) -> None:
        declared = (suite.declared or "").strip()
        if declared.isdecimal() and declared.isascii() and len(declared) < 12 and int(declared) != suite.cases:
            self.mismatches.append(
                f"{plain_name(suite.name)[:80] or self.root!r} says {int(declared)}, holds {suite.cases}"
            )
        errors = (suite.declared_errors or "").strip()
        if errors.isdecimal() and errors.strip("0") and not suite.errors and suite.system_err:
            attributes = {"name": REQUEST_FAILED, "classname": suite.name}
            self._end_case(Case(attributes, (*self.suites, suite), ["error"], synthetic=True))


def _suite(tag: str, attributes: Mapping[str, str], *, is_root: bool) -> Suite:
    return Suite(
        name=attributes.get("name", ""),
        timestamp=attributes.get("timestamp", ""),
        is_root=is_root,
        declared=attributes.get("tests"),
        declared_errors=attributes.get("errors") if tag == "testsuite" else None,
    )
