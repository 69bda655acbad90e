"""Every use case of the advisor once: plain values in, plain values out, within its time and in its turn.

Nothing here knows of HTTP, of a terminal or of files; the command line, the pages, the HTTP API and the Python facade
are thin over it.
"""

from advisor.service.service import Service

__all__ = ["Service"]
