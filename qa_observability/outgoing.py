"""The one way out of this process: requests that are bounded in time and size and cannot be turned on inner networks.

A host is looked up once, its addresses are checked against OUTGOING_ALLOW, and the connection goes to one that was
checked: a name that leads elsewhere at a second look gains nothing. Proxies, netrc and cookies of the environment play
no part. Errors name the host and what happened; never a path, a query, a header or a body, for these hold secrets.
"""

import io
import json as json_module
import os
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, BinaryIO

import httpcore
import httpx
import structlog
from django.conf import settings

from qa_observability.destinations import UnresolvedError, is_allowed, resolve
from qa_observability.outgoing_errors import OutgoingError, retry_after_seconds, retrying
from qa_observability.unpacking import Unpacker
from qa_observability.wire import Deadline, PinnedBackend

log = structlog.get_logger("qa_observability.outgoing")
MOST_REDIRECTS = 3
PORTS = {"http": 80, "https": 443}
ERROR_BODY_BYTES = 64 * 1024
__all__ = ["Answer", "OutgoingError", "fetch", "fetch_to_file", "retrying"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, whatever its status. Names of headers are looked up in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    host: str = ""

    def json(self) -> Any:
        """Return the body as JSON.

        Raises
        ------
        OutgoingError : `bad_json`, for anything else, also for NaN and the like.
        """
        try:
            return json_module.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            given = self.headers.get("content-type", "").partition(";")[0].strip()
            what = f" but {given}" if given and len(given) < 50 and given.isprintable() and "json" not in given else ""
            text = f"{self.host} did not answer in JSON{what}." if self.body else f"{self.host} answered with nothing."
            raise OutgoingError(text, kind="bad_json", status=self.status) from None

    def raise_for_status(self) -> "Answer":
        """Return the answer itself where its status is below 400.

        Raises
        ------
        OutgoingError : `status`, with the status and, where the server says so, when to come back.
        """
        if self.status < 400:
            return self
        text = f"{self.host} answered {self.status}{_MEANINGS.get(self.status, '')}."
        raise OutgoingError(text, kind="status", status=self.status, retry_after=self.retry_after)

    @property
    def retry_after(self) -> float | None:
        """Seconds after which the server wants to be asked again."""
        return retry_after_seconds(self.headers.get("retry-after"), now=time.time())


_MEANINGS = {
    401: " (the credentials are missing or wrong)",
    403: " (not allowed with these credentials)",
    404: " (there is nothing at this address)",
    429: " (too many requests)",
    503: " (not available at the moment)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounds:
    deadline: Deadline
    timeout: float
    max_bytes: int
    allow_private: bool


def check_url(url: str) -> None:
    """Accept an address that `fetch` would ask, as far as can be told without looking its host up.

    Raises
    ------
    OutgoingError : `bad_url`, saying why.
    """
    try:
        _checked(httpx.URL(url))
    except (ValueError, TypeError, httpx.InvalidURL):
        raise OutgoingError("This is not an address.", kind="bad_url") from None


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, Any] | None = None,
    json: Any = None,
    content: bytes | None = None,
    form: Mapping[str, Any] | None = None,
    timeout: float = 10.0,
    max_bytes: int = 1_000_000,
    allow_private: bool | None = None,
) -> Answer:
    """Send a request and return the answer, whatever its status.

    Parameters
    ----------
    url : http or https, without user name. `params` are added to its query.
    json, content, form : the body, at most one of them.
    timeout : seconds for everything together: name, connection, redirects, last byte.
    max_bytes : of the body, after unpacking.
    allow_private : True for an address that the operator has set in the environment; else OUTGOING_ALLOW decides.

    Raises
    ------
    OutgoingError : where there is no whole answer; its text is safe to show and to store.
    """
    sink = io.BytesIO()
    request = _request(method, url, headers=headers, params=params, json=json, content=content, form=form)
    bounds = _Bounds(
        deadline=Deadline(timeout), timeout=timeout, max_bytes=max_bytes, allow_private=bool(allow_private)
    )
    status, found = _exchange(request, sink, bounds)
    return Answer(status, found, sink.getvalue(), request.url.host)


def fetch_to_file(
    method: str,
    url: str,
    file: BinaryIO,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, Any] | None = None,
    form: Mapping[str, Any] | None = None,
    timeout: float = 240.0,
    max_bytes: int = 512 * 1024 * 1024,
    allow_private: bool | None = None,
) -> Answer:
    """Send a request and write the body of the answer into `file`; as `fetch` in everything else.

    The body of an answer from 400 on is not written but returned, for it says what is wrong.
    """
    request = _request(method, url, headers=headers, params=params, json=None, content=None, form=form)
    bounds = _Bounds(
        deadline=Deadline(timeout), timeout=timeout, max_bytes=max_bytes, allow_private=bool(allow_private)
    )
    said = io.BytesIO()
    status, found = _exchange(request, file, bounds, said=said)
    return Answer(status, found, said.getvalue(), request.url.host)


def _request(
    method: str, url: str, *, headers: Mapping[str, str] | None, params: Mapping[str, Any] | None, json: Any,
    content: bytes | None, form: Mapping[str, Any] | None,
) -> httpx.Request:  # fmt: skip
    sent = {"User-Agent": "QA-Observability/1", "Accept": "*/*", **(headers or {})}
    try:
        target = _checked(httpx.URL(url))
        if params:
            target = target.copy_merge_params(dict(params))
        request = httpx.Request(method, target, headers=sent, json=json, content=content, data=dict(form or {}) or None)
        # Only what can be unpacked piece by piece within bounds, and no second request on this connection.
        request.headers.update({"Accept-Encoding": "gzip", "Connection": "close"})
    except (ValueError, TypeError, httpx.InvalidURL):
        raise OutgoingError("The request cannot be made of these settings.", kind="bad_request") from None
    return request


def _checked(url: httpx.URL) -> httpx.URL:
    if url.scheme not in PORTS or not url.host:
        raise OutgoingError("An address begins with http:// or https:// and names a host.", kind="bad_url")
    if url.userinfo:
        raise OutgoingError("An address holds no user name or password; use a header.", kind="bad_url")
    return url.copy_with(fragment=None)


def _exchange(
    request: httpx.Request, sink: BinaryIO, bounds: _Bounds, *, said: BinaryIO | None = None
) -> tuple[int, httpx.Headers]:
    started = time.monotonic()
    host = request.url.host
    try:
        for _ in range(MOST_REDIRECTS + 1):
            status, headers = _send(request, sink, bounds, said)
            if status not in {301, 302, 303, 307, 308} or "location" not in headers:
                _log(request, started, status=status)
                return status, headers
            request = _redirected(request, headers["location"])
        raise OutgoingError(f"{host} redirects in a circle.", kind="redirect")
    except OutgoingError as error:
        _log(request, started, failed=error.kind)
        raise


def _send(request: httpx.Request, sink: BinaryIO, bounds: _Bounds, said: BinaryIO | None) -> tuple[int, httpx.Headers]:
    host = request.url.host
    try:
        backend = PinnedBackend(_addresses(request.url, bounds), bounds.deadline)
        tls = _tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        with (
            httpcore.ConnectionPool(ssl_context=tls, network_backend=backend) as pool,
            pool.stream(
                request.method.encode(),
                httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.content or None,
            ) as response,
        ):
            headers = httpx.Headers(response.headers)
            if 300 <= response.status < 400:
                return response.status, headers  # nobody reads the page that says "moved"
            refused = response.status >= 400 and said is not None
            most = ERROR_BODY_BYTES if refused else bounds.max_bytes
            _read(response.iter_stream(), headers, (said or sink) if refused else sink, most, host)
            return response.status, headers
    except httpcore.TimeoutException:
        text = f"{host} did not answer completely within {bounds.timeout:g} s."
        raise OutgoingError(text, kind="timeout") from None
    except httpcore.ConnectError as error:
        raise _unconnected(host, error) from None
    except (httpcore.NetworkError, httpcore.RemoteProtocolError):
        raise OutgoingError(f"{host} broke off in the middle of its answer.", kind="broken") from None
    except httpcore.LocalProtocolError:
        raise OutgoingError("The request cannot be made of these settings.", kind="bad_request") from None


def _addresses(url: httpx.URL, bounds: _Bounds) -> list[str]:
    port = url.port or PORTS[url.scheme]
    try:
        found = resolve(url.host, port, timeout=bounds.deadline.left())
    except UnresolvedError as error:
        raise OutgoingError(f"The name {url.host} {error}.", kind="dns") from None
    allowed = ["*"] if bounds.allow_private else settings.OUTGOING_ALLOW
    usable = [str(address) for address in found if is_allowed(address, host=url.host, allowed=allowed)]
    if not usable:
        text = f"{url.host} is an address of an inner network; OUTGOING_ALLOW does not name it."
        raise OutgoingError(text, kind="blocked")
    return usable


def _read(parts: Iterator[bytes], headers: httpx.Headers, sink: BinaryIO, most: int, host: str) -> None:
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in {"", "identity", "gzip", "x-gzip"}:
        raise OutgoingError(f"{host} answered in a compression that was not asked for.", kind="encoding")
    unpacker = Unpacker(packed="gzip" in coding, most=most)
    for part in parts:
        for piece in unpacker.feed(part):
            sink.write(piece)
        if unpacker.too_much:
            raise OutgoingError(f"{host} answered with more than {most:,} bytes.", kind="too_large")
    if not unpacker.complete:
        raise OutgoingError(f"{host} broke off in the middle of its answer.", kind="broken")


def _redirected(request: httpx.Request, location: str) -> httpx.Request:
    """Return the same request to another place of the same server."""
    host = request.url.host
    try:
        target = _checked(request.url.join(location))
    except (ValueError, httpx.InvalidURL):
        raise OutgoingError(f"{host} redirects to something that is no address.", kind="redirect") from None
    ports = [url.port or PORTS[url.scheme] for url in (request.url, target)]
    safer = (request.url.scheme, target.scheme, ports) == ("http", "https", [80, 443])
    same = target.host == host and (safer or (target.scheme == request.url.scheme and ports[0] == ports[1]))
    if not same or request.method not in {"GET", "HEAD"}:
        raise OutgoingError(f"{host} redirects elsewhere, which is not followed.", kind="redirect")
    return httpx.Request(request.method, target, headers=request.headers)


def _unconnected(host: str, error: httpcore.ConnectError) -> OutgoingError:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return OutgoingError(f"The certificate of {host} is not valid: {cause.verify_message}.", kind="tls")
    if isinstance(cause, ssl.SSLError):
        return OutgoingError(f"{host} does not speak TLS as it should.", kind="tls")
    return OutgoingError(f"{host} cannot be reached.", kind="refused")


@lru_cache(maxsize=4)
def _tls(file: str | None, folder: str | None) -> ssl.SSLContext:
    """Return the authorities to believe: SSL_CERT_FILE or SSL_CERT_DIR, else those that Mozilla believes."""
    try:
        return httpx.create_ssl_context()
    except OSError:
        raise OutgoingError("SSL_CERT_FILE names a file that holds no certificates.", kind="tls") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _log(request: httpx.Request, started: float, **facts: Any) -> None:
    milliseconds = round((time.monotonic() - started) * 1000)
    log.info("outgoing", method=request.method, host=request.url.host, duration_ms=milliseconds, **facts)
