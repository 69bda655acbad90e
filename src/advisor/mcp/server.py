"""The server: lists the tools, calls them on threads of their own, and speaks over standard input and output, or HTTP."""

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from ipaddress import ip_address
from typing import Any

import anyio
import uvicorn
from anyio.to_thread import run_sync
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import (
    BlobResourceContents,
    CallToolRequestParams,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ListToolsResult,
    TextContent,
)

from advisor.analysis.deadline import NotDecidedError
from advisor.io.server_socket import address_of, listen
from advisor.mcp.arguments import PLACE
from advisor.mcp.schemas import described
from advisor.mcp.tools import TOOLS, ToolReply
from advisor.model.problems import InputError, Problem, nearest
from advisor.model.sentence import sentence
from advisor.render.documents import problem_text
from advisor.service import Service

NAME = "partnership-advisor"
PATH = "/mcp"
AT_ONCE = 2  # calls worked on; others wait
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
EVERY_PORT = ":*"


def server_on(service: Service) -> Server[Any]:
    """The tools on a rulebook, ready to be connected to."""
    words = service.wording.phrases["assistants"]
    listed = ListToolsResult(tools=[described(tool, words) for tool in TOOLS.values()])
    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def list_tools(*_: object) -> ListToolsResult:
        return listed

    async def call_tool(_: object, asked: CallToolRequestParams) -> CallToolResult:
        return await run_sync(called, service, asked.name, asked.arguments or {}, limiter=limiter)

    return Server(
        NAME,
        version=version(NAME),
        title=words["title"],
        instructions=words["instructions"],
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def called(service: Service, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
    """What a call of a tool gives; what is wrong with the call is told in words, all of it."""
    try:
        if name not in TOOLS:
            raise InputError([Problem("", 0, "unknown-tool", found=name, allowed=tuple(TOOLS), nearest=nearest(name, TOOLS))])
        return _given(TOOLS[name].reply(service, arguments))
    except InputError as error:
        phrases = service.wording.phrases
        lines = [problem_text(problem, phrases) for problem in error.at(PLACE).problems]
        return _refused([*lines, sentence(phrases["assistants"]["mend"], count=len(lines))])
    except NotDecidedError as error:
        return _refused([sentence(service.wording.phrases["assistants"]["out-of-time"], seconds=f"{error.seconds:g}")])


def _given(reply: ToolReply) -> CallToolResult:
    text = reply.data.get("text") or json.dumps(reply.data, ensure_ascii=False)
    content: list[ContentBlock] = [TextContent(type="text", text=text)]
    if reply.file is not None:
        uri = f"document:{reply.file.name}"
        blob = BlobResourceContents(uri=uri, mime_type=reply.file.media_type, blob=reply.file.content)
        content.append(EmbeddedResource(type="resource", resource=blob))
    return CallToolResult(content=content, structured_content=dict(reply.data))


def _refused(lines: Sequence[str]) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text="\n".join(lines))], is_error=True)


def serve_stdio(service: Service) -> None:
    """Speak over standard input and output until the other side leaves."""

    async def run() -> None:
        server = server_on(service)
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())

    anyio.run(run)


def serve_http(service: Service, host: str, port: int, names: Sequence[str]) -> None:
    """Speak over HTTP until stopped, to whoever asks for this machine or for one of these names.

    Raises `InputError` where the address is not this machine's own and no name is given, or cannot be listened on.
    """
    if not (host == "localhost" or _is_loopback(host) or names):
        raise InputError([Problem("", 0, "host-names-needed", found=host)])
    listening = listen(host, port)
    app = server_on(service).streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,  # each request brings its case: nothing is kept between two
        transport_security=allowing(names),
    )
    words = service.wording.phrases["assistants"]
    sys.stdout.write(sentence(words["listening"], address=address_of(listening) + PATH) + "\n")
    sys.stdout.flush()
    config = uvicorn.Config(app, access_log=False, log_level="warning", server_header=False, lifespan="on")
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def allowing(names: Sequence[str]) -> TransportSecuritySettings:
    """What a request may call this server, and from which pages it may come: this machine's own, and these names.

    Any other page in a browser could have its own name lead here (DNS rebinding).
    """
    hosts = [*(f"{name}{EVERY_PORT}" for name in (*LOOPBACK, *names)), *names]
    local = [f"http://{name}{EVERY_PORT}" for name in LOOPBACK]
    named = [f"{scheme}://{name}{port}" for name in names for scheme in ("http", "https") for port in ("", EVERY_PORT)]
    return TransportSecuritySettings(enable_dns_rebinding_protection=True, allowed_hosts=hosts, allowed_origins=[*local, *named])


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        raise InputError([Problem("", 0, "address-expected", found=host)]) from None
