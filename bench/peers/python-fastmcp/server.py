"""What does FastMCP make of echo, sleep and progress? Served by uvicorn on uvloop, JSON answers.

    server.py PORT [--stream] | --stdio        --stream: event streams; without it JSON, which drops progress
"""

import asyncio
import functools
import os
import sys

os.environ["FASTMCP_LOG_LEVEL"] = "CRITICAL"  # read on import; uvicorn's own level doesn't concern it

import anyio
import uvicorn
from fastmcp import Context, FastMCP

server = FastMCP("python-fastmcp", version="0.1.0")


@server.tool
async def echo(text: str) -> str:
    """Gives the text back"""
    return text


@server.tool
async def sleep(milliseconds: int) -> str:
    """Waits"""
    await asyncio.sleep(milliseconds / 1000)
    return "slept"


@server.tool
async def progress(text: str, context: Context) -> str:
    """Reports progress once"""
    await context.report_progress(1, 1)
    return text


if sys.argv[1] == "--stdio":
    run = functools.partial(server.run_async, "stdio", show_banner=False)
    anyio.run(run, backend_options={"use_uvloop": True})
else:
    app = server.http_app(json_response="--stream" not in sys.argv)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False,
                log_level="critical")
