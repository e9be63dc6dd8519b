"""Where a callback may go: anywhere on the internet, nowhere in the operator's network."""

import asyncio
import socket
import ssl

import httpcore
import pytest

from core import outbound
from tests.receiver import in_thread
from tickets.webhooks import transport


def send(url, body=b"{}", headers=None):
    return in_thread(lambda: asyncio.run(transport.post(url, body, headers or {}, 10)))


@pytest.fixture
def names(monkeypatch):
    """Names of the test's own; each has the addresses listed, one answer after the other."""
    answers: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def lookup(host, port, *args, **kwargs):
        if host not in answers:
            return real(host, port, *args, **kwargs)
        found = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [entry for address in found for entry in real(address, port, *args, **kwargs)]

    monkeypatch.setattr("core.outbound.socket.getaddrinfo", lookup)
    return answers


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
        "2002:a00:1::1",
        "2001:db8::1", "2001::1", "100::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address):
    assert not outbound.is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_that_are(address):
    assert outbound.is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "LOCALHOST", "localhost.", "0x7f000001", "2130706433", "127.1", "0", "[::1]",
     "[::ffff:127.0.0.1]", "0177.0.0.1", "①②⑦.0.0.1"],
)  # fmt: skip
def test_this_machine_by_whatever_name(receiver, host):
    outcome = send(f"http://{host}:{receiver.server_port}/")
    assert not outcome.delivered
    assert outcome.error
    assert receiver.received == []


def test_a_name_that_stands_for_a_private_address(receiver, names):
    names["flows.example.org"] = [["10.1.2.3"]]
    outcome = send("http://flows.example.org/")
    assert "private network" in outcome.error


def test_one_private_address_among_several_is_enough(receiver, names):
    names["flows.example.org"] = [["8.8.8.8", "127.0.0.1"]]
    outcome = send(f"http://flows.example.org:{receiver.server_port}/")
    assert "private network" in outcome.error
    assert receiver.received == []


def test_the_address_that_was_checked_is_the_one_connected_to(receiver, names, monkeypatch):
    """A name that changes its address between the look and the connection (rebinding) gains nothing."""
    names["flows.example.org"] = [["8.8.8.8"], ["127.0.0.1"]]
    connected = []

    async def connect(_self, host, port, *_args):
        connected.append(host)
        raise httpcore.ConnectError("not today")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    send(f"http://flows.example.org:{receiver.server_port}/")
    assert connected == ["8.8.8.8"]


def test_tls_and_host_keep_the_name(names, monkeypatch):
    names["flows.example.org"] = [["8.8.8.8"]]
    seen = {}

    class Stream(httpcore.AsyncMockStream):
        async def start_tls(self, ssl_context, server_hostname=None, timeout=None):
            seen["name"], seen["verify"] = server_hostname, ssl_context.verify_mode
            return self

        async def write(self, buffer, timeout=None):
            seen["sent"] = seen.get("sent", b"") + buffer

    async def connect(_self, host, port, *_args):
        seen["address"] = (host, port)
        return Stream([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    outcome = send("https://us%65r:p%40ss@flows.example.org/a?b=c", b"{}", {"X-One": "1"})
    assert outcome.delivered, outcome.error
    assert seen["address"] == ("8.8.8.8", 443)
    assert seen["name"] == "flows.example.org"
    assert seen["verify"] == ssl.CERT_REQUIRED
    assert seen["sent"].startswith(b"POST /a?b=c HTTP/1.1\r\nHost: flows.example.org\r\n")
    assert b"Authorization: Basic dXNlcjpwQHNz\r\n" in seen["sent"]


@pytest.mark.parametrize("entry", ["{host}", "{host}:{port}", " {host} ", "{HOST}"])
def test_the_operator_can_allow_a_host(receiver, settings, entry):
    for host in ("127.0.0.1", "localhost"):
        allowed = entry.format(host=host, HOST=host.upper(), port=receiver.server_port)
        settings.CALLBACK_ALLOWED_HOSTS = [allowed]
        assert send(f"http://{host}:{receiver.server_port}/").delivered
    assert len(receiver.received) == 2


@pytest.mark.parametrize("entry", ["127.0.0.1:1", "127.0.0", "localhost", "", ":", "127.0.0.1:"])
def test_another_entry_allows_nothing(receiver, settings, entry):
    settings.CALLBACK_ALLOWED_HOSTS = [entry]
    assert not send(receiver.url).delivered
    assert receiver.received == []


def test_a_redirect_is_not_followed(receiver, settings):
    settings.CALLBACK_ALLOWED_HOSTS = ["127.0.0.1"]

    def elsewhere(_request, handler):
        handler.send_response(307)
        handler.send_header("Location", receiver.url)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    receiver.answers = elsewhere
    outcome = send(receiver.url)
    assert (outcome.delivered, outcome.error) == (False, "answered with status 307")
    assert len(receiver.received) == 1


def test_a_proxy_of_the_environment_is_not_used(receiver, settings, monkeypatch):
    settings.CALLBACK_ALLOWED_HOSTS = ["127.0.0.1"]
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert send(receiver.url).delivered


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://example.org/", "file:///etc/passwd", "http://", "http://[::1", "unix:///run/x",
     "http://a:b:c/", "http://example.org:0/", "http://exa mple.org/", "http://-.invalid./",
     "http://" + "a" * 300 + ".org/"],
)  # fmt: skip
def test_what_is_no_address_is_an_outcome_not_an_exception(url):
    outcome = send(url)
    assert not outcome.delivered
    assert outcome.error
