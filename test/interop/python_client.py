"""The Python SDK: python_client.py URL PROGRAM DATABASE"""

import sys
import time

import anyio
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0"


async def errands(label, client):
    listed = await client.list_tools()
    names = {tool.name for tool in listed.tools}
    assert {"list_tables", "describe_table", "query", "explain"} <= names, names
    assert "execute" not in names, "execute is offered without --allow-writes"

    tables = await client.call_tool("list_tables", {})
    assert not tables.is_error, tables
    assert "customer" in str(tables.structured_content), tables

    rows = await client.call_tool(
        "query",
        {
            "sql": "SELECT name, total FROM orders JOIN customer ON customer.id = customer_id"
            " WHERE total > :least ORDER BY total",
            "params": {"least": 8},
        },
    )
    assert not rows.is_error, rows
    assert rows.structured_content["rows"] == [["Ada", 9.5], ["Ada", 20]], rows

    refused = await client.call_tool("query", {"sql": "DELETE FROM customer"})
    assert refused.is_error, refused

    # Cancelled by leaving the scope: the statement must be interrupted, the database usable at once.
    started = time.monotonic()
    with anyio.move_on_after(0.3) as scope:
        await client.call_tool("query", {"sql": ENDLESS})
    assert scope.cancelled_caught
    again = await client.call_tool("query", {"sql": "SELECT name FROM customer WHERE city = 'Kraków'"})
    assert again.structured_content["rows"] == [["Łucja"]], again
    took = time.monotonic() - started
    assert took < 1.3, f"{label}: {took:.2f} s from the call to the next answer"

    resources = (await client.list_resources()).resources
    schema = next(r for r in resources if "schema" in str(r.uri))
    read = await client.read_resource(str(schema.uri))
    assert "customer" in read.contents[0].text, read
    print(f"{label}: ok", flush=True)


async def main(url, program, database):
    stdio = StdioServerParameters(command=program, args=["serve", "--stdio", "--sqlite", database])
    for server, where in ((url, "http"), (stdio, "stdio")):
        for mode in ("legacy", "auto", "2026-07-28"):
            label = f"python, {where}, {mode}"
            with anyio.fail_after(60):
                async with Client(server, mode=mode) as client:
                    await errands(label, client)


anyio.run(main, *sys.argv[1:])
