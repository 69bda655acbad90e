"""`advisor mcp`: the advisor for assistants."""

from typing import Annotated

import typer

from advisor.cli.app import app, service_with
from advisor.io.packages import need_packages

SECONDS = 60.0


@app.command()
def mcp(
    http: Annotated[bool, typer.Option("--http")] = False,
    host: Annotated[str, typer.Option("--host")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535)] = 8765,
    names: Annotated[list[str] | None, typer.Option("--allow-host", metavar="NAME")] = None,
    limit: Annotated[float, typer.Option("--limit", metavar="SECONDS", min=0.0)] = SECONDS,
) -> None:
    """Serve assistants over the Model Context Protocol."""
    need_packages(("mcp", "uvicorn"), "mcp")
    from advisor.mcp.server import serve_http, serve_stdio

    service = service_with(seconds=limit)
    if http:
        serve_http(service, host, port, names or ())
    else:
        serve_stdio(service)
