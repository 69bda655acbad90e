"""Whether a request came through a proxy, as far as it says so itself."""

from collections.abc import Iterable

_HEADERS = frozenset(
    (
        b"forwarded",
        b"via",
        b"client-ip",
        b"true-client-ip",
        b"x-real-ip",
        b"x-real-port",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"x-host",
        b"x-scheme",
        b"x-proxyuser-ip",
        b"x-rewrite-url",
        b"x-varnish",
        b"cdn-loop",
        b"fastly-client-ip",
    )
)
_BEGINNINGS = (
    b"x-forwarded",
    b"x-original-",
    b"x-proxy-",
    b"x-envoy-",
    b"x-amz",
    b"x-azure-",
    b"x-appengine-",
    b"x-arr-",
    b"x-akamai-",
    b"cf-",
    b"fly-",
    b"tailscale-",
)


def is_forwarded(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether any header, with its name in small letters, is one that proxies add."""
    return any(name in _HEADERS or name.startswith(_BEGINNINGS) for name, _ in headers)
