"""A socket to listen on, bound before anything is said of it."""

import socket

from advisor.model.problems import InputError, Problem


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address; port 0 takes a free one. Raises `InputError` where the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        found = f"{host}:{port}"
        raise InputError([Problem("settings", 0, "address-not-free", found=found, about=error.strerror or "")]) from None
    listening.listen()  # the address is printed before the application is up: who is quicker waits instead of being refused
    listening.set_inheritable(True)
    return listening


def address_of(listening: socket.socket) -> str:
    """Where it is reached on this machine, such as `http://127.0.0.1:8000`."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
