# ruff: noqa: E501
"""What cannot be read is refused with its place; nothing can crash the parser."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation import junit_bytes, junit_reader
from correlation.junit import JunitError, Options, parse
from correlation.junit_values import parse_durations, parse_moment
from tests.correlation import reports

OPTIONS = Options(latest=datetime(2026, 3, 18, 14, 10, tzinfo=UTC))
BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>
<testsuite><testcase name="&lol2;"/></testsuite>"""
EXTERNAL = b"""<!DOCTYPE foo [<!ENTITY xxe SYSTEM "file:///etc/passwd">]><testsuite><testcase name="a">&xxe;</testcase></testsuite>"""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\n  \n", "is empty"),
        (b"\x00" * 10, "is empty"),
        (b"All tests passed.\n", "line 1, column 1: is not XML"),
        (b"<!DOCTYPE html><html><body>502</body></html>", "is an HTML page"),
        (b"<html><body>502</body></html>", "HTML|root element"),
        (reports.PYTEST[:-40], r"line \d+, column \d+: ends too early"),
        (b"<testsuite><testcase name='a'></testsuite>", r"line 1, column 33: mismatched tag"),
        (b"<testsuite><testcase name='a'/>]]></testsuite>", r"line 1, column \d+: "),
        (b"<project><name>x</name></project>", "its root element is <project>"),
        (BOMB, "line 2, column 1: declares a DTD"),
        (EXTERNAL, "declares a DTD"),
        (b"<testsuite>" + b"<a>" * 150 + b"</a>" * 150 + b"</testsuite>", "nested deeper than 100"),
        (b"<test-run><test-case/></test-run>", "NUnit 3"),
        (b'<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"/>', "TRX"),
        (b"<assemblies/>", "xUnit.net"),
        (b"<testsuite>&nbsp;</testsuite>", "undefined entity"),
    ],
)
def test_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(JunitError, match=reason):
        parse(content, OPTIONS)


def test_no_test_case_is_not_all_green() -> None:
    report = parse(b'<testsuites tests="0"/>', OPTIONS)
    assert report.results == []
    assert report.warnings == ["holds no test case: that is not the same as all green"]


def test_too_large_a_file_and_too_many_cases_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(junit_reader, "MAX_CASES", 3)
    with pytest.raises(JunitError, match="holds more than 3 test cases"):
        parse(reports.MINIMAL, OPTIONS)
    with pytest.raises(JunitError, match="is larger than 50 MB"):
        parse(b" " * (junit_bytes.MAX_BYTES + 1), OPTIONS)


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        (b"<testsuite><testcase name='a'><system-out><![CDATA[\x1b[31mred\x1b[0m]]></system-out></testcase></testsuite>", "2 characters that XML forbids"),
        (b"<?xml version='1.0' encoding='UTF-8'?><testsuite><testcase name='caf\xe9'/></testsuite>", "read as cp1252"),
        (b"\n\n<?xml version='1.0'?><testsuite><testcase name='a'/></testsuite>", "blank lines before"),
        ("<?xml version='1.0' encoding='UTF-8'?><testsuite><testcase name='é'/></testsuite>".encode("utf-16"), "read as utf-16"),
        ("\ufeff<?xml version='1.0' encoding='UTF-8'?><testsuite><testcase name='é'/></testsuite>".encode(), None),
        ("<?xml version='1.0' encoding='UTF-16'?><testsuite><testcase name='é'/></testsuite>".encode("utf-16"), None),
    ],
)  # fmt: skip
def test_read_all_the_same_and_said(content: bytes, warning: str | None) -> None:
    report = parse(content, OPTIONS)
    assert len(report.results) == 1
    assert [line for line in report.warnings if warning and warning in line] or (
        warning is None and not report.warnings
    )


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        parse(content, OPTIONS)
    except JunitError:
        return


@given(st.integers(0, len(reports.SUREFIRE)), st.binary(max_size=6))
def test_any_damage_is_read_or_refused(at: int, noise: bytes) -> None:
    try:
        parse(reports.SUREFIRE[:at] + noise + reports.SUREFIRE[at:], OPTIONS)
    except JunitError:
        return


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    moment = parse_moment(text, UTC)
    assert moment is None or moment.at.tzinfo is UTC


@given(st.lists(st.one_of(st.none(), st.text(alphabet="0123456789.,eEs-+ nNaif", max_size=10)), max_size=8))
def test_any_durations_are_whole_milliseconds_within_a_year(texts: list[str | None]) -> None:
    durations, unread = parse_durations(texts)
    assert len(durations) == len(texts)
    assert all(value is None or 0 <= value <= 365 * 86_400_000 for value in durations)
    assert 0 <= unread <= len(texts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-10T09:58:00.1234567Z", "2026-01-10T09:58:00.123456+00:00"),
        ("2026-01-10T09:58:00+0100", "2026-01-10T08:58:00+00:00"),
        ("1768039080123", "2026-01-10T09:58:00.123000+00:00"),
        ("1768039080", "2026-01-10T09:58:00+00:00"),
        ("11 Jul 2017 11:35:41 GMT", "2017-07-11T11:35:41+00:00"),
        ("2023-04-15T 15:03:30", "2023-04-15T15:03:30+00:00"),
        ("2023-04-15T15:03:30 UTC", "2023-04-15T15:03:30+00:00"),
        ("2026-01-10", "2026-01-10T00:00:00+00:00"),
        ("yesterday", None),
        ("10:30 PM", None),
        ("9999-12-31T23:59:59-12:00", None),
    ],
)
def test_moments(text: str, expected: str | None) -> None:
    moment = parse_moment(text, UTC)
    assert (moment and moment.at.isoformat()) == expected
