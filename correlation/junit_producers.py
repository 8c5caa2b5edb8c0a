"""Which tool wrote a report, as far as one can tell: it decides what its times without a zone are in. Pure."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from correlation.junit_reader import Reader

# Producers whose times without a zone are known to be UTC; of all others the person who imports decides.
UTC_PRODUCERS = {"jest", "mocha", "Cypress", "Gradle", ".NET"}
UNKNOWN = "unknown"
_NATIVE = {
    "test-run": "NUnit 3",
    "test-results": "NUnit 2",
    "assemblies": "xUnit.net",
    "assembly": "xUnit.net",
    "TestRun": "Visual Studio (TRX)",
}
_ROOT_NAMES = {
    "jest tests": "jest",
    "Mocha Tests": "mocha",
    "Cypress Tests": "Cypress",
    "vitest tests": "Vitest",
    "AllTests": "GoogleTest",
    "pytest tests": "pytest",
}
_SUITE_NAMES = {"pytest": "pytest", "nosetests": "nose", "Root Suite": "mocha"}


def native_hint(root: str) -> str | None:
    """Return why a file in a test framework's own format is refused, and what to do; None for other roots."""
    tool = _NATIVE.get(root)
    if tool is None:
        return None
    return f"is the native format of {tool}, not JUnit XML; convert it, or let a JUnit logger write the report"


def guess_producer(reader: "Reader") -> str:
    """Return the tool that wrote what `reader` has read; `unknown` where nothing gives it away."""
    root = reader.root_attributes
    by_root = _ROOT_NAMES.get(root.get("name", ""))
    if by_root:
        return by_root
    suites = {suite.name for case in reader.cases[:50] for suite in case.suites}
    for name, tool in _SUITE_NAMES.items():
        if name in suites:
            return tool
    if any("surefire" in value for value in root.values()):
        return "Surefire"
    cases = [case.attributes for case in reader.cases[:50]]
    if "go" in reader.hints:
        return "gotestsum"
    if any("class" in case for case in cases):
        return "PHPUnit"
    if any(case.get("status") in {"run", "notrun"} and "result" in case for case in cases):
        return "GoogleTest"
    if any(case.get("status") in {"Passed", "Failed"} for case in cases):
        return ".NET"
    if any("[chromium]" in value or " › " in case.get("name", "") for case in cases for value in case.values()):
        return "Playwright"
    if cases and root.get("hostname") and all(case.get("name", "").endswith("()") for case in cases):
        return "Gradle"
    if any(case.synthetic for case in reader.cases):
        return "Newman"
    return UNKNOWN
