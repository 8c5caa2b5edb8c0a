"""Requests to others: whole answers within bounds, or an error that says what happened and holds no secret."""

import gzip
import io
import json
import os
import zlib

import pytest

from qa_observability.outgoing import Answer, OutgoingError, fetch, fetch_to_file, retrying
from qa_observability.outgoing_errors import retry_after_seconds
from tests.standins.server import serving


@pytest.fixture(autouse=True)
def _local_network_is_allowed(settings) -> None:
    settings.OUTGOING_ALLOW = ["127.0.0.0/8"]


def refused(url: str, **options: object) -> OutgoingError:
    with pytest.raises(OutgoingError) as caught:
        fetch(str(options.pop("method", "GET")), url, **options)
    return caught.value


def test_an_answer_has_status_headers_and_body():
    with serving(lambda exchange: exchange.answer(207, b'{"a": [1]}', X_Rate="5")) as server:
        answer = fetch("GET", server.url("/x?a=1"), params={"b": "é&"}, headers={"X-Key": "k"})
    assert (answer.status, answer.headers["x-rate"], answer.json()) == (207, "5", {"a": [1]})
    (seen,) = server.seen
    assert seen.path == "/x?a=1&b=%C3%A9%26"
    assert (seen.headers["X-Key"], seen.headers["Host"]) == ("k", f"127.0.0.1:{server.server_port}")


@pytest.mark.parametrize(
    ("given", "body", "kind"),
    [
        ({"json": {"é": 1}}, b'{"\xc3\xa9":1}', "application/json"),
        ({"form": {"search": "| tstats"}}, b"search=%7C+tstats", "application/x-www-form-urlencoded"),
        ({"content": b"raw", "headers": {"Content-Type": "text/x"}}, b"raw", "text/x"),
    ],
)
def test_a_body_arrives_as_it_was_given(given, body, kind):
    with serving(lambda exchange: exchange.answer(201)) as server:
        fetch("POST", server.url(), **given)
    assert server.seen[0].body == body
    assert server.seen[0].headers["Content-Type"] == kind


@pytest.mark.parametrize("status", [200, 204, 304, 400, 401, 404, 429, 500, 503])
def test_any_status_is_an_answer(status):
    with serving(lambda exchange: exchange.answer(status)) as server:
        assert fetch("GET", server.url()).status == status


def test_a_body_that_is_too_big_is_refused_whether_announced_or_not():
    with serving(lambda exchange: exchange.answer(200, b"x" * 2001)) as server:
        assert fetch("GET", server.url(), max_bytes=2001).body == b"x" * 2001
        error = refused(server.url(), max_bytes=2000)
    assert (error.kind, str(error)) == ("too_large", "127.0.0.1 answered with more than 2,000 bytes.")


def test_a_compressed_body_is_unpacked():
    with serving(lambda exchange: exchange.answer(200, gzip.compress(b"hello"), Content_Encoding="gzip")) as server:
        assert fetch("GET", server.url()).body == b"hello"
    assert server.seen[0].headers["Accept-Encoding"] == "gzip"


def test_a_compressed_body_of_several_members_is_whole_or_an_error():
    members = gzip.compress(b"hello, ") + gzip.compress(b"world")
    bodies = {"/whole": members + b"\0" * 9, "/half": members[:-9]}
    with serving(lambda exchange: exchange.answer(200, bodies[exchange.path], Content_Encoding="gzip")) as server:
        assert fetch("GET", server.url("/whole")).body == b"hello, world"
        assert refused(server.url("/half")).kind == "broken"


def test_a_small_body_that_unpacks_to_a_big_one_is_refused():
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 60_000
    with serving(lambda exchange: exchange.answer(200, bomb, Content_Encoding="gzip")) as server:
        assert refused(server.url()).kind == "too_large"


@pytest.mark.parametrize(
    ("coding", "body", "kind"),
    [
        ("gzip", gzip.compress(b"hello" * 100)[:-12], "broken"),
        ("gzip", b"no gzip at all", "broken"),
        ("br", b"x", "encoding"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"x")), "encoding"),
        ("deflate", zlib.compress(b"x"), "encoding"),
    ],
    ids=["cut off", "no gzip", "brotli", "twice", "deflate"],
)
def test_a_body_that_cannot_be_unpacked_is_an_error(coding, body, kind):
    with serving(lambda exchange: exchange.answer(200, body, Content_Encoding=coding)) as server:
        assert refused(server.url()).kind == kind


def test_an_answer_that_comes_drop_by_drop_ends_at_the_deadline():
    def handle(exchange):
        exchange.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n" + b"x" * 60, every=0.02)

    with serving(handle) as server:
        error = refused(server.url(), timeout=0.4)
    assert (error.kind, str(error)) == ("timeout", "127.0.0.1 did not answer completely within 0.4 s.")


def test_headers_that_come_drop_by_drop_end_at_the_deadline():
    with serving(lambda exchange: exchange.drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100, every=0.02)) as server:
        assert refused(server.url(), timeout=0.4).kind == "timeout"


def test_half_an_answer_is_none():
    with serving(lambda exchange: exchange.answer(200, b"half", Content_Length="8")) as server:
        server.seen.clear()

        def cut(exchange):
            exchange.answer(200, b"half", Content_Length="8")
            exchange.close_connection = True

        server.handle_exchange = cut
        error = refused(server.url())
    assert (error.kind, str(error)) == ("broken", "127.0.0.1 broke off in the middle of its answer.")


def test_something_that_speaks_no_http_is_an_error():
    with serving(lambda exchange: exchange.drip(b"220 mail.example.com ESMTP\r\n", every=0)) as server:
        assert refused(server.url()).kind == "broken"


def test_a_port_where_nobody_listens_is_an_error():
    with serving(lambda exchange: exchange.answer()) as server:
        url = server.url("/secret?token=abc")
    error = refused(url)
    assert (error.kind, str(error)) == ("refused", "127.0.0.1 cannot be reached.")


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (b"<html>", "text/html; charset=utf-8", "127.0.0.1 did not answer in JSON but text/html."),
        (b"{", "application/json", "127.0.0.1 did not answer in JSON."),
        (b"[NaN]", "application/json", "127.0.0.1 did not answer in JSON."),
        (b"\xff\xfe\x00", "application/json", "127.0.0.1 did not answer in JSON."),
        (b"[" * 100_000, "application/json", "127.0.0.1 did not answer in JSON."),
        (b"1" * 10_000, "application/json", "127.0.0.1 did not answer in JSON."),
        (b"", "application/json", "127.0.0.1 answered with nothing."),
    ],
)
def test_a_body_that_is_no_json_is_a_clear_error(body, kind, text):
    with serving(lambda exchange: exchange.answer(200, body, Content_Type=kind)) as server:
        answer = fetch("GET", server.url())
    with pytest.raises(OutgoingError) as caught:
        answer.json()
    assert (caught.value.kind, str(caught.value)) == ("bad_json", text)


def test_a_bad_status_can_be_made_an_error_that_says_when_to_come_back():
    answer = Answer(429, {"retry-after": "7"}, b"secret", "api.example.com")
    with pytest.raises(OutgoingError) as caught:
        answer.raise_for_status()
    error = caught.value
    assert (error.kind, error.status, error.retry_after, error.passing) == ("status", 429, 7.0, True)
    assert str(error) == "api.example.com answered 429 (too many requests)."
    assert Answer(302, {}, b"").raise_for_status().status == 302


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0), ("120", 120.0), (" 5 ", 5.0), ("Thu, 01 Jan 1970 00:02:00 GMT", 20.0),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 0.0), ("soon", None), ("", None), ("-1", None), ("1" * 30, None),
        ("Thu, 99 Jan 99999999999 00:00:00 GMT", None), ("٣", None), (None, None),
    ],
)  # fmt: skip
def test_retry_after_is_a_number_of_seconds_or_a_date(text, seconds):
    assert retry_after_seconds(text, now=100.0) == seconds


def test_a_big_answer_goes_into_a_file_and_a_refusal_does_not():
    file = io.BytesIO()
    with serving(lambda exchange: exchange.answer(200, b"row\n" * 1000)) as server:
        answer = fetch_to_file("POST", server.url(), file, form={"search": "x"}, max_bytes=4000)
        server.handle_exchange = lambda exchange: exchange.answer(401, b'{"messages": []}')
        refusal = fetch_to_file("POST", server.url(), file, form={"search": "x"})
    assert (answer.status, answer.body, file.getvalue()) == (200, b"", b"row\n" * 1000)
    assert (refusal.status, refusal.json()) == (401, {"messages": []})


def test_reads_are_tried_again_where_that_may_help():
    waits, answers = [], iter([503, 429, 200])

    def handle(exchange):
        exchange.answer(next(answers), b"{}", Retry_After="2")

    with serving(handle) as server:
        answer = retrying(lambda: fetch("GET", server.url()).raise_for_status(), sleep=waits.append)
    assert answer.status == 200
    assert len(waits) == 2
    assert all(2 <= wait <= 3 for wait in waits)


@pytest.mark.parametrize(("status", "after", "tries"), [(404, "", 1), (401, "", 1), (500, "", 3), (429, "3600", 1)])
def test_reads_are_not_tried_again_where_that_cannot_help(status, after, tries):
    with serving(lambda exchange: exchange.answer(status, b"", Retry_After=after)) as server:
        with pytest.raises(OutgoingError) as caught:
            retrying(lambda: fetch("GET", server.url()).raise_for_status(), sleep=lambda seconds: None)
        assert (caught.value.status, len(server.seen)) == (status, tries)


def test_proxies_and_passwords_of_the_environment_play_no_part(monkeypatch, tmp_path):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", os.fspath(netrc))
    with serving(lambda exchange: exchange.answer(200, json.dumps(dict(exchange.headers)).encode())) as server:
        assert "Authorization" not in fetch("GET", server.url()).json()
