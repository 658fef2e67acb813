"""Closes the network to a Python process. ``conftest.py`` runs this file; child processes find it on PYTHONPATH.

The environment says how far (``loopback``: this machine may be talked to) and where attempts are noted, for a library
may well catch what is raised here.
"""

from __future__ import annotations

import os
import sys
from typing import Any

ALLOW, NOTES = "ZHGOVTEXT_TEST_NETWORK", "ZHGOVTEXT_TEST_NOTES"
# Families of addresses that lead elsewhere: AF_INET, and AF_INET6 on Linux, macOS and Windows.
_FAMILIES = (2, 10, 23, 30)
# Older Dask listens on every address of the machine.
_LOOPBACK = ("127.0.0.1", "::1", "localhost", "", "0.0.0.0", "::")
_WITH_ADDRESS = ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg")
_WITH_NAME = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")


def _host(event: str, arguments: tuple[Any, ...]) -> str | None:
    """The host that is asked for; None where none is."""
    if event in _WITH_ADDRESS:
        socket, address = arguments
        reaches = socket.family in _FAMILIES and isinstance(address, tuple) and address
        return str(address[0]) if reaches else None
    if event in _WITH_NAME:
        host = arguments[0]
        return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
    return None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket."):
        return
    host = _host(event, arguments)
    if host is None or (os.environ.get(ALLOW) == "loopback" and host in _LOOPBACK):
        return
    if notes := os.environ.get(NOTES):
        with open(notes, "a", encoding="utf-8") as stream:  # noqa: PTH123 (no import before it is needed)
            stream.write(f"{event} {host}\n")
    raise PermissionError(f"the tests are closed to the network: {event} {host}")


sys.addaudithook(_watch)
