// TypeScript SDK v1 over HTTP, HTTP+SSE and stdio: node ts_v1.mjs URL PROGRAM DATABASE
import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { errands } from './errands.mjs';

const [url, program, database] = process.argv.slice(2);

async function run(label, transport) {
  const client = new Client({ name: 'comcp-interop', version: '1' });
  await client.connect(transport);
  assert.equal(client.getServerVersion().name.length > 0, true);
  await errands(label, client, (name, args, options) =>
    client.callTool({ name, arguments: args }, undefined, options));
  await client.ping();
  if (transport.terminateSession) await transport.terminateSession();
  await client.close();
}

await run('ts v1, http', new StreamableHTTPClientTransport(new URL(url)));
await run('ts v1, http+sse', new SSEClientTransport(new URL('/sse', url)));
await run('ts v1, stdio', new StdioClientTransport({
  command: program, args: ['serve', '--stdio', '--sqlite', database], stderr: 'inherit',
}));
