"""Where webhooks may go: to public addresses over https, so that nobody has this server ask what only it can reach."""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LONGEST = 1000  # characters of an address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # its last 32 bits are an address of IPv4
_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that is given out of IPv6 to reach anybody by


class TargetError(ValueError):
    """An address that is not told; the code says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart, with the numeric address of its host that was looked at and is the one to connect to."""

    secure: bool
    host: str
    port: int
    path: str
    number: str


def target_of(address: str, allowed: Sequence[Network]) -> Target:
    """The target of an address. `allowed` are networks that may be told beside the public ones.

    The host is looked up now; all of its addresses have to be allowed. Plain http goes to this machine alone. Raises
    `TargetError`: `no-address`, `not-https`, `no-such-host`, `not-public`.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise TargetError("no-address") from None
    plain = address.isascii() and address.isprintable() and " " not in address and len(address) <= LONGEST
    if not plain or parts.scheme not in ("https", "http") or not host or parts.username is not None or parts.fragment:
        raise TargetError("no-address")
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise TargetError("no-such-host") from None
    numbers = sorted(str(each) for each in found)
    if not all(_may_be_told(each, allowed) for each in numbers):
        raise TargetError("not-public")
    if parts.scheme == "http" and not all(_number(each).is_loopback for each in numbers):
        raise TargetError("not-https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, port, path, numbers[0])


def networks(text: str) -> tuple[Network, ...]:
    """Networks with spaces between them."""
    return tuple(ipaddress.ip_network(each) for each in text.split())


def _number(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address; one of IPv4 written as one of IPv6 is that of IPv4."""
    number = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(number, ipaddress.IPv6Address):
        if number in _NAT64:
            return ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
        return number.ipv4_mapped or number.sixtofour or (number.teredo or (None, None))[1] or number
    return number


def _may_be_told(text: str, allowed: Sequence[Network]) -> bool:
    number = _number(text)
    public = number.is_global and not number.is_multicast and (number.version == 4 or number in _UNICAST)
    return public or any(number in network for network in allowed)
