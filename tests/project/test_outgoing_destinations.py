"""Where requests may go: not to inner networks however they are spelled, and not where a redirect or a name leads."""

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_observability.destinations import is_allowed, is_public
from qa_observability.outgoing import OutgoingError, fetch
from tests.standins.certificates import write_certificate
from tests.standins.server import serving

PUBLIC = "93.184.215.14"


def refused(url: str, method: str = "GET", **options: object) -> OutgoingError:
    with pytest.raises(OutgoingError) as caught:
        fetch(method, url, timeout=3, **options)
    return caught.value


@pytest.fixture
def names(monkeypatch):
    """Let the system's resolver answer for names what a test says, one list of addresses after the other."""
    answers, asked, real = [], [], socket.getaddrinfo

    def look_up(host, port, *args, **kwargs):
        if not host.endswith("example.com"):
            return real(host, port, *args, **kwargs)
        asked.append(host)
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return answers, asked


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "0",
        "0.0.0.0",  # noqa: S104
        "localhost", "LOCALHOST", "localhost.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
        "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::5db8:d70e]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]",
        "[fec0::1]", "[ff02::1]", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.0.8", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "１２７.0.0.1", "127。0。0。1",
    ],
)  # fmt: skip
def test_inner_addresses_are_refused_however_they_are_spelled(host):
    assert refused(f"http://{host}:9/path?key=secret").kind in {"blocked", "bad_request", "dns"}


def test_the_refusal_names_the_setting_and_no_more_than_the_host():
    text = str(refused("http://127.0.0.1:9/path?key=secret"))
    assert text == "127.0.0.1 is an address of an inner network; OUTGOING_ALLOW does not name it."


@pytest.mark.parametrize(
    "url", ["ftp://a/", "file:///etc/passwd", "gopher://a/", "//a/", "a", "", "http://", "http:/a"]
)
def test_only_http_leads_out(url):
    assert refused(url).kind in {"bad_url", "bad_request"}


@pytest.mark.parametrize("url", ["http://user:secret@127.0.0.1/", "http://user@127.0.0.1/"])
def test_an_address_holds_no_password(url, settings):
    settings.OUTGOING_ALLOW = ["*"]
    error = refused(url)
    assert error.kind == "bad_url"
    assert "secret" not in str(error)


@pytest.mark.parametrize("headers", [{"X": "a\r\nY: b"}, {"X": "ключ"}, {"bad name": "x"}, {"X": "a\x00b"}])
def test_headers_that_are_none_are_refused(headers, settings):
    settings.OUTGOING_ALLOW = ["*"]
    with serving(lambda exchange: exchange.answer()) as server:
        assert refused(server.url(), headers=headers).kind == "bad_request"
        assert server.seen == []


@pytest.mark.parametrize("allowed", [["127.0.0.1"], ["127.0.0.0/8"], ["*"], ["10.0.0.0/8", "127.0.0.1/32"]])
def test_the_operator_can_allow_inner_addresses(settings, allowed):
    settings.OUTGOING_ALLOW = allowed
    with serving(lambda exchange: exchange.answer()) as server:
        assert fetch("GET", server.url()).status == 200


def test_an_address_that_the_operator_set_may_be_an_inner_one():
    with serving(lambda exchange: exchange.answer()) as server:
        assert fetch("GET", server.url(), allow_private=True).status == 200


def test_a_name_is_looked_up_once_and_the_connection_goes_to_the_address_that_was_checked(settings, names):
    """A name that is public when it is checked and an inner one when it is used gets nowhere."""
    settings.OUTGOING_ALLOW = ["127.0.0.1"]
    answers, asked = names
    with serving(lambda exchange: exchange.answer(200, b"inner")) as server:
        answers[:] = [["127.0.0.1"], ["10.9.9.9"]]
        answer = fetch("GET", server.url(host="pms.example.com"))
    assert answer.body == b"inner"
    assert asked == ["pms.example.com"]
    assert server.seen[0].headers["Host"] == f"pms.example.com:{server.server_port}"


def test_a_name_that_leads_inside_is_refused(names):
    names[0][:] = [["169.254.169.254"]]
    error = refused("http://metadata.example.com/")
    assert (error.kind, str(error)[:20]) == ("blocked", "metadata.example.com")


def test_of_several_addresses_only_the_allowed_ones_are_tried(settings, names):
    settings.OUTGOING_ALLOW = ["127.0.0.1"]
    with serving(lambda exchange: exchange.answer()) as server:
        names[0][:] = [["10.0.0.1", "127.0.0.1"]]
        assert fetch("GET", server.url(host="pms.example.com")).status == 200


def test_a_name_that_leads_nowhere_is_an_error(monkeypatch):
    def fail(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    error = refused("https://nowhere.example.com/x?key=secret")
    assert (error.kind, str(error)) == ("dns", "The name nowhere.example.com leads to no address.")


def test_a_redirect_on_the_same_server_is_followed(settings):
    settings.OUTGOING_ALLOW = ["127.0.0.1"]

    def handle(exchange):
        if exchange.path == "/new":
            exchange.answer(200, b"here")
        else:
            exchange.answer(302, Location="/new")

    with serving(handle) as server:
        assert fetch("GET", server.url("/old"), headers={"X-Key": "k"}).body == b"here"
        assert [seen.headers["X-Key"] for seen in server.seen] == ["k", "k"]


@pytest.mark.parametrize(
    "location",
    [
        "http://localhost:{port}/", "http://127.0.0.1:1/", "https://127.0.0.1:{port}/", "//10.0.0.1/", "ftp://127.0.0.1/",
        "http://user:pw@127.0.0.1:{port}/", "http://[", "http://169.254.169.254/latest/meta-data",
    ],
)  # fmt: skip
def test_a_redirect_elsewhere_is_not_followed(settings, location):
    settings.OUTGOING_ALLOW = ["*"]
    with serving(lambda exchange: exchange.answer(307, Location=location.format(port=server.server_port))) as server:
        assert refused(server.url()).kind in {"redirect", "bad_url"}
        assert len(server.seen) == 1


def test_a_redirect_in_a_circle_ends_and_one_of_a_post_is_not_followed(settings):
    settings.OUTGOING_ALLOW = ["*"]
    with serving(lambda exchange: exchange.answer(301, Location="/again")) as server:
        assert refused(server.url()).kind == "redirect"
        assert len(server.seen) == 4
        assert refused(server.url(), "POST").kind == "redirect"
        assert len(server.seen) == 5


def test_a_certificate_must_be_for_the_name_and_from_an_authority_that_is_believed(
    settings, names, tmp_path, monkeypatch
):
    settings.OUTGOING_ALLOW = ["pms.example.com", "other.example.com"]
    names[0][:] = [["127.0.0.1"]]
    certificate, key = write_certificate(tmp_path, "pms.example.com")
    with serving(lambda exchange: exchange.answer(), tls=(certificate, key)) as server:
        unknown = refused(server.url(host="pms.example.com"))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert fetch("GET", server.url(host="pms.example.com")).status == 200
        wrong_name = refused(server.url(host="other.example.com"))
    assert (unknown.kind, wrong_name.kind) == ("tls", "tls")
    assert str(unknown).startswith("The certificate of pms.example.com is not valid: self-signed certificate")
    assert "not valid for 'other.example.com'" in str(wrong_name)


def test_an_expired_certificate_and_a_server_without_tls_are_errors(settings, names, tmp_path, monkeypatch):
    settings.OUTGOING_ALLOW = ["*"]
    names[0][:] = [["127.0.0.1"]]
    certificate, key = write_certificate(tmp_path, "pms.example.com", days=-1)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(lambda exchange: exchange.answer(), tls=(certificate, key)) as server:
        assert "certificate has expired" in str(refused(server.url(host="pms.example.com")))
    with serving(lambda exchange: exchange.answer()) as plain:
        assert refused(f"https://127.0.0.1:{plain.server_port}/").kind == "tls"
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    assert "SSL_CERT_FILE" in str(refused("https://127.0.0.1:1/"))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_an_ipv6_one_is_never_public(address):
    for prefix in ("::ffff:0:0", "::", "64:ff9b::"):
        assert not is_public(ipaddress.IPv6Address(int(ipaddress.ip_address(prefix)) + int(address)))


@given(st.ip_addresses())
def test_everything_is_allowed_by_a_star_and_only_public_addresses_by_nothing(address):
    assert is_allowed(address, host="x", allowed=["*"])
    assert is_allowed(address, host="x", allowed=[]) == is_public(address)
    assert is_allowed(address, host="X.", allowed=["x"])


def test_public_addresses_are_public():
    for text in (PUBLIC, "1.1.1.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"):
        assert is_public(ipaddress.ip_address(text))
