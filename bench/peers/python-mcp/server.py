"""What does the Python SDK make of echo, sleep and progress? Served by uvicorn on uvloop, JSON answers.

    server.py PORT [--stream] | --stdio        --stream: event streams; without it JSON, which drops progress
"""

import asyncio
import sys

import anyio
import uvicorn
from mcp.server.mcpserver import Context, MCPServer

server = MCPServer("python-mcp", version="0.1.0", log_level="CRITICAL")


@server.tool()
async def echo(text: str) -> str:
    """Gives the text back"""
    return text


@server.tool()
async def sleep(milliseconds: int) -> str:
    """Waits"""
    await asyncio.sleep(milliseconds / 1000)
    return "slept"


@server.tool()
async def progress(text: str, context: Context) -> str:
    """Reports progress once"""
    await context.report_progress(1, 1)
    return text


if sys.argv[1] == "--stdio":
    anyio.run(server.run_stdio_async, backend_options={"use_uvloop": True})
else:
    app = server.streamable_http_app(json_response="--stream" not in sys.argv)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False,
                log_level="critical")
