"""Where requests may go: addresses that everybody on the internet could reach, and those that the operator allows."""

import ipaddress
import socket
import threading
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

# Networks that lead to an IPv4 address of somebody else's choosing, or to nowhere on the internet, and that the
# standard library of some versions takes for global.
_INDIRECT = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
        "2002::/16", "fec0::/10",
    )
]  # fmt: skip


class UnresolvedError(Exception):
    """The name of a host leads to no address, or not in time; the text goes on after the name."""


def is_public(address: Address) -> bool:
    """Whether an address belongs to the internet at large.

    >>> [is_public(ipaddress.ip_address(text)) for text in ("93.184.215.14", "10.0.0.1", "::ffff:93.184.215.14")]
    [True, False, False]
    """
    refused = (
        address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
        or address.is_reserved or address.is_unspecified or not address.is_global
    )  # fmt: skip
    return not refused and not _is_in(address, _INDIRECT)


def is_allowed(address: Address, *, host: str, allowed: Sequence[str]) -> bool:
    """Whether a request for `host` may go to `address`.

    Parameters
    ----------
    allowed : host names, networks in CIDR notation or single addresses beyond the public ones; `*` is everything.
    """
    if is_public(address) or "*" in allowed:
        return True
    name = host.lower().rstrip(".")
    return name in {entry.lower().rstrip(".") for entry in allowed} or _is_in(address, _networks(allowed))


def resolve(host: str, port: int, *, timeout: float) -> list[Address]:
    """Return the addresses of a host, in the order to try them in.

    A thread asks, because the system's resolver knows no deadline.

    Raises
    ------
    UnresolvedError : where there is none, or none within `timeout` seconds.
    """
    found: list[Address] = []
    failed: list[Exception] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers)
        except (OSError, ValueError) as error:  # UnicodeError, of names that are none, is a ValueError
            failed.append(error)

    asking = threading.Thread(target=ask, name="resolve", daemon=True)
    asking.start()
    asking.join(timeout)
    if asking.is_alive():
        raise UnresolvedError("is not found in time")
    if failed or not found:
        raise UnresolvedError("leads to no address")
    return list(dict.fromkeys(found))


def _networks(entries: Sequence[str]) -> list[IPv4Network | IPv6Network]:
    networks = []
    for entry in entries:
        try:
            networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
        except ValueError:
            continue  # a host name
    return networks


def _is_in(address: Address, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
