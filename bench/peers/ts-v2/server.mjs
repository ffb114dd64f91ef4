// What does the TypeScript SDK, version 2, make of echo, sleep and progress? Every revision from one handler, which
// makes a server for each request, as its documentation does; 2025-11-25 and before get its stateless fallback. On
// Node over node:http, on Bun over Bun.serve.
//
//   server.mjs PORT | --stdio
import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

const textArgument = z.object({ text: z.string() });
const timeArgument = z.object({ milliseconds: z.number() });
const answer = (text) => ({ content: [{ type: 'text', text }] });

function makeServer() {
  const server = new McpServer({ name: 'ts-v2', version: '0.1.0' });
  server.registerTool('echo', { description: 'Gives the text back', inputSchema: textArgument },
    async ({ text }) => answer(text));
  server.registerTool('sleep', { description: 'Waits', inputSchema: timeArgument },
    async ({ milliseconds }) => {
      await new Promise((done) => setTimeout(done, milliseconds));
      return answer('slept');
    });
  server.registerTool('progress', { description: 'Reports progress once', inputSchema: textArgument },
    async ({ text }, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      if (progressToken !== undefined) {
        await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: 1, total: 1 } });
      }
      return answer(text);
    });
  return server;
}

const word = process.argv[2];
if (word === '--stdio') {
  serveStdio(makeServer);
} else {
  const handler = createMcpHandler(makeServer);
  if (globalThis.Bun) {
    Bun.serve({ hostname: '127.0.0.1', port: Number(word), fetch: (request) => handler.fetch(request) });
  } else {
    createServer(toNodeHandler(handler)).listen(Number(word), '127.0.0.1');
  }
}
