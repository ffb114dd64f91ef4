// What does the TypeScript SDK, version 1, make of echo, sleep and progress? Sessions (up to 2025-11-25) as its
// documentation does them: a server and a transport each. On Node over node:http, on Bun over Bun.serve.
//
//   server.mjs PORT [--stream] | --stdio        --stream: event streams; without it JSON, which drops progress
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { z } from 'zod';

function makeServer() {
  const server = new McpServer({ name: 'ts-v1', version: '0.1.0' });
  const answer = (text) => ({ content: [{ type: 'text', text }] });
  server.registerTool('echo', { description: 'Gives the text back', inputSchema: { text: z.string() } },
    async ({ text }) => answer(text));
  server.registerTool('sleep', { description: 'Waits', inputSchema: { milliseconds: z.number() } },
    async ({ milliseconds }) => {
      await new Promise((done) => setTimeout(done, milliseconds));
      return answer('slept');
    });
  server.registerTool('progress', { description: 'Reports progress once', inputSchema: { text: z.string() } },
    async ({ text }, { _meta, sendNotification }) => {
      if (_meta?.progressToken !== undefined) {
        await sendNotification({
          method: 'notifications/progress',
          params: { progressToken: _meta.progressToken, progress: 1, total: 1 },
        });
      }
      return answer(text);
    });
  return server;
}

const words = process.argv.slice(2);
const enableJsonResponse = !words.includes('--stream');
const sessions = new Map();

async function transportFor(id, Transport) {
  if (id) return sessions.get(id);
  const transport = new Transport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse,
    onsessioninitialized: (made) => sessions.set(made, transport),
    onsessionclosed: (gone) => sessions.delete(gone),
  });
  await makeServer().connect(transport);
  return transport;
}

if (words.includes('--stdio')) {
  await makeServer().connect(new StdioServerTransport());
} else if (globalThis.Bun) {
  Bun.serve({
    hostname: '127.0.0.1',
    port: Number(words[0]),
    async fetch(request) {
      const transport = await transportFor(request.headers.get('mcp-session-id'), WebStandardStreamableHTTPServerTransport);
      return transport ? transport.handleRequest(request) : new Response(null, { status: 404 });
    },
  });
} else {
  createServer(async (request, response) => {
    const transport = await transportFor(request.headers['mcp-session-id'], StreamableHTTPServerTransport);
    if (transport) await transport.handleRequest(request, response);
    else response.writeHead(404).end();
  }).listen(Number(words[0]), '127.0.0.1');
}
