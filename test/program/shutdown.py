#!/usr/bin/env python3
"""How the program ends, with streams and calls open: shutdown.py PROGRAM

SIGTERM lets calls finish within the drain limit, ends every stream with its last chunk and exits with 0; a second
signal exits at once; the end of stdin ends a stdio server. H-20, D-01. Standard library only.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROGRAM = sys.argv[1]
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0"
# Sanitizers make everything slower; the limits that are promised are well apart from this slack.
SLACK = 4.0


class Server:
    def __init__(self, *options):
        self.folder = tempfile.TemporaryDirectory()
        sample = os.path.join(self.folder.name, "sample.db")
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--sample-path", sample, *options],
            stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            found = re.search(r"http://127\.0\.0\.1:(\d+)/mcp", line)
            if found:
                self.port = int(found.group(1))
                return
        raise SystemExit("the server did not say where it listens")

    def ends_with(self, code, within):
        started = time.monotonic()
        try:
            _, log = self.process.communicate(timeout=within + SLACK)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise SystemExit(f"still running after {within + SLACK} s")
        took = time.monotonic() - started
        assert self.process.returncode == code, f"exit {self.process.returncode}, not {code}:\n{log}"
        self.folder.cleanup()
        return took

    def request(self, method, body=None, **headers):
        """Sends a request and returns its socket, with the head of the answer not yet read."""
        text = b"" if body is None else json.dumps(body).encode()
        head = [f"{method} /mcp HTTP/1.1", f"Host: 127.0.0.1:{self.port}",
                "Accept: application/json, text/event-stream", "Content-Type: application/json",
                f"Content-Length: {len(text)}"]
        head += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + text)
        return connection

    def initialize(self):
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        connection = self.request("POST", {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
        answer = read_until(connection, b'"serverInfo"')
        session = re.search(rb"mcp-session-id: *(\S+)", answer, re.IGNORECASE).group(1).decode()
        connection.close()
        self.request("POST", {"jsonrpc": "2.0", "method": "notifications/initialized"},
                     Mcp_Session_Id=session).recv(100)
        return session


def read_until(connection, what, limit=30):
    connection.settimeout(limit)
    data = b""
    while what not in data:
        part = connection.recv(65536)
        assert part, f"closed before {what!r}: {data!r}"
        data += part
    return data


def read_all(connection):
    connection.settimeout(30)
    data = b""
    while part := connection.recv(65536):
        data += part
    return data


def call(request_id, sql):
    return {"jsonrpc": "2.0", "id": request_id, "method": "tools/call",
            "params": {"name": "query", "arguments": {"sql": sql}}}


def open_streams(server):
    """A legacy GET stream, a modern listen stream, and a call that would run for minutes."""
    session = server.initialize()
    get = server.request("GET", Mcp_Session_Id=session)
    read_until(get, b"\r\n\r\n")
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {}}
    listen = server.request(
        "POST", {"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen",
                 "params": {"_meta": meta, "notifications": {"toolsListChanged": True}}},
        MCP_Protocol_Version="2026-07-28", Mcp_Method="subscriptions/listen")
    acknowledged = read_until(listen, b"notifications/subscriptions/acknowledged")
    assert b"text/event-stream" in acknowledged, acknowledged
    running = server.request("POST", call(5, ENDLESS), Mcp_Session_Id=session)
    time.sleep(0.3)  # on its way; were it later, the server would only have less to end
    return get, listen, running


def sigterm_ends_streams_and_calls_within_the_drain_limit():
    server = Server("--drain-limit", "1s")
    get, listen, running = open_streams(server)
    server.process.send_signal(signal.SIGTERM)
    # Chunked bodies end with their last chunk: nothing is cut off.
    assert read_all(get).endswith(b"0\r\n\r\n")
    ended = read_all(listen)
    assert ended.endswith(b"0\r\n\r\n") and b'"resultType":"complete"' in ended, ended
    read_all(running)
    server.ends_with(0, within=1.0)


def sigterm_lets_a_call_finish():
    server = Server("--drain-limit", "20s")
    session = server.initialize()
    counting = ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500000)"
                " SELECT count(*) AS total FROM n")
    running = server.request("POST", call(5, counting), Mcp_Session_Id=session)
    time.sleep(0.1)
    server.process.send_signal(signal.SIGTERM)
    answer = read_all(running)
    assert b"1500000" in answer, answer
    server.ends_with(0, within=20.0)


def a_second_signal_ends_at_once():
    server = Server("--drain-limit", "60s")
    streams = open_streams(server)
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    assert server.process.poll() is None, "the first signal ended it although a call was running"
    server.process.send_signal(signal.SIGTERM)
    server.ends_with(128 + signal.SIGTERM, within=0.5)
    del streams


def an_idle_server_ends_at_once():
    server = Server("--drain-limit", "60s")
    server.process.send_signal(signal.SIGINT)
    server.ends_with(0, within=0.5)


def the_end_of_stdin_ends_a_stdio_server(with_a_call):
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [PROGRAM, "serve", "--stdio", "--sample-path", os.path.join(folder, "s.db"), "--drain-limit", "500ms"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if with_a_call:
            params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
            for message in ({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params},
                            {"jsonrpc": "2.0", "method": "notifications/initialized"}, call(1, ENDLESS)):
                process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            assert "serverInfo" in process.stdout.readline()
            time.sleep(0.3)
        process.stdin.close()
        try:
            process.wait(0.5 + SLACK)
        except subprocess.TimeoutExpired:
            process.kill()
            raise SystemExit("the end of stdin did not end the program")
        assert process.returncode == 0, process.returncode
        process.stdout.close()


for case in (an_idle_server_ends_at_once,
             sigterm_ends_streams_and_calls_within_the_drain_limit,
             sigterm_lets_a_call_finish,
             a_second_signal_ends_at_once,
             lambda: the_end_of_stdin_ends_a_stdio_server(with_a_call=False),
             lambda: the_end_of_stdin_ends_a_stdio_server(with_a_call=True)):
    case()
    print("ok", case.__name__, flush=True)
