"""The client: one request after the other, and no more of MCP than the counted servers need."""

import json
import socket

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
# A stateless call of `echo` then has 506 bytes: with more than 512 Beast reads twice, which only bench_plain would pay.
CLIENT = {"name": "count", "version": "1"}


def encode(message):
    return json.dumps(message, separators=(",", ":")).encode()


def request(number, method, params, modern, progress=False):
    meta = {}
    if modern:
        meta["io.modelcontextprotocol/protocolVersion"] = MODERN
        meta["io.modelcontextprotocol/clientInfo"] = CLIENT
        meta["io.modelcontextprotocol/clientCapabilities"] = {}
    if progress:
        meta["progressToken"] = 1
    if meta:
        params = {**params, "_meta": meta}
    return encode({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def call(number, arguments, modern, progress=False, tool="echo"):
    return request(number, "tools/call", {"name": tool, "arguments": arguments}, modern, progress)


def initialize():
    return encode({"jsonrpc": "2.0", "id": 0, "method": "initialize",
                   "params": {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": CLIENT}})


INITIALIZED = encode({"jsonrpc": "2.0", "method": "notifications/initialized"})


class Http:
    """One connection that is kept; a request is sent when the answer to the last has come."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = (f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
                     "Accept: application/json, text/event-stream\r\n").encode()
        self.more = b""
        self.input = b""

    def shake_hands(self):
        """Opens a session; what is asked from now on is asked in it."""
        self.more = b""
        _, headers, _ = self.ask(initialize())
        session = headers[b"mcp-session-id"]
        self.more = b"Mcp-Session-Id: " + session + b"\r\nMCP-Protocol-Version: " + LEGACY.encode() + b"\r\n"
        self.ask(INITIALIZED)

    def go_stateless(self, method="tools/call", name="echo"):
        self.more = f"MCP-Protocol-Version: {MODERN}\r\nMcp-Method: {method}\r\n".encode()
        if name:
            self.more += f"Mcp-Name: {name}\r\n".encode()

    def ask(self, body):
        self.socket.sendall(self.head + self.more + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return self.read_answer()

    def read_answer(self):
        while b"\r\n\r\n" not in self.input:
            self.receive()
        head, self.input = self.input.split(b"\r\n\r\n", 1)
        lines = head.split(b"\r\n")
        status = int(lines[0].split()[1])
        headers = {k.lower(): v.strip() for k, v in (line.split(b":", 1) for line in lines[1:])}
        if b"transfer-encoding" in headers:
            while not self.input.endswith(b"0\r\n\r\n"):
                self.receive()
            body, self.input = self.input, b""
        else:
            length = int(headers.get(b"content-length", 0))
            while len(self.input) < length:
                self.receive()
            body, self.input = self.input[:length], self.input[length:]
        return status, headers, body

    def receive(self):
        data = self.socket.recv(1 << 20)
        if not data:
            raise RuntimeError("the server closed the connection")
        self.input += data

    def close(self):
        self.socket.close()


class Stdio:
    def __init__(self, process):
        self.process = process

    def shake_hands(self):
        self.ask(initialize())
        self.tell(INITIALIZED)

    def go_stateless(self):
        pass

    def tell(self, line):
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def ask(self, line):
        self.tell(line)
        return 200, {}, self.process.stdout.readline()

    def close(self):
        pass
