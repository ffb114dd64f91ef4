// TypeScript SDK v2: node ts_v2.mjs URL PROGRAM DATABASE
import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { errands } from './errands.mjs';

const [url, program, database] = process.argv.slice(2);
const http = () => new StreamableHTTPClientTransport(new URL(url));
const stdio = () => new StdioClientTransport({
  command: program, args: ['serve', '--stdio', '--sqlite', database], stderr: 'inherit',
});

async function run(label, transport, mode, era) {
  const client = new Client({ name: 'comcp-interop', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(transport);
  assert.equal(client.getProtocolEra(), era, label);
  await errands(label, client, (name, args, options) => client.callTool({ name, arguments: args }, options));
  await client.close();
}

await run('ts v2, http, 2026-07-28', http(), { pin: '2026-07-28' }, 'modern');
await run('ts v2, http, negotiated', http(), 'auto', 'modern');
await run('ts v2, http, handshake', http(), 'legacy', 'legacy');
await run('ts v2, stdio, 2026-07-28', stdio(), { pin: '2026-07-28' }, 'modern');
await run('ts v2, stdio, negotiated', stdio(), 'auto', 'modern');
