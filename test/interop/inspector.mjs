// The Inspector's command line over every transport, in both eras: node inspector.mjs URL PROGRAM DATABASE EVERYTHING
// EVERYTHING is the conformance suite's server: it has prompts, which the database hasn't.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const [url, program, database, everything] = process.argv.slice(2);
const inspector = fileURLToPath(new URL('node_modules/.bin/mcp-inspector', import.meta.url));

/** One run of the Inspector: the result that it prints. */
async function inspect(target, ...options) {
  const { stdout } = await promisify(execFile)(
    inspector, ['--cli', ...target, ...options, '--format', 'json', '--quiet']);
  return JSON.parse(stdout).result;
}

async function ask_database(target) {
  const { tools } = await inspect(target, '--method', 'tools/list');
  assert.ok(tools.some((tool) => tool.name === 'query'), JSON.stringify(tools));

  const args = { sql: 'SELECT name FROM customer WHERE id > ? ORDER BY name', params: [1] };
  const rows = await inspect(target, '--method', 'tools/call', '--tool-name', 'query',
    '--tool-args-json', JSON.stringify(args));
  assert.deepEqual(rows.structuredContent.rows, [['Grace'], ['Łucja']]);

  const { resources } = await inspect(target, '--method', 'resources/list');
  const schema = resources.find((resource) => /schema/.test(resource.uri));
  const read = await inspect(target, '--method', 'resources/read', '--uri', schema.uri);
  assert.match(read.contents[0].text, /customer/);
}

async function ask_everything(target) {
  const { prompts } = await inspect(target, '--method', 'prompts/list');
  assert.ok(prompts.some((prompt) => prompt.name === 'test_prompt_with_arguments'), JSON.stringify(prompts));
  const got = await inspect(target, '--method', 'prompts/get', '--prompt-name', 'test_prompt_with_arguments',
    '--prompt-args', 'arg1=one', 'arg2=two');
  assert.match(got.messages[0].content.text, /arg1='one', arg2='two'/);
}

/** Starts the server with prompts on a port of its own: the process and its URL. */
async function start_everything() {
  const server = spawn(everything, ['--listen', '127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const line of createInterface(server.stderr)) {
    const found = line.match(/http:\/\/127\.0\.0\.1:\d+\/mcp/);
    if (found) return [server, found[0]];
  }
  throw new Error(`${everything} did not say where it listens`);
}

const [server, other] = await start_everything();
try {
  // A second or two of node for each run, so both eras at once.
  await Promise.all(['legacy', 'modern'].map(async (era) => {
    const how = ['--protocol-era', era];
    await ask_database(['--transport', 'http', '--server-url', url, ...how]);
    await ask_everything(['--transport', 'http', '--server-url', other, ...how]);
    console.log(`inspector, http, ${era}: ok`);
    await ask_database([program, 'serve', '--stdio', '--sqlite', database, ...how]);
    await ask_everything([everything, '--stdio', ...how]);
    console.log(`inspector, stdio, ${era}: ok`);
  }));
  const table = await inspect(['--transport', 'sse', '--server-url', new URL('/sse', url).href],
    '--method', 'tools/call', '--tool-name', 'describe_table', '--tool-arg', 'table=customer');
  assert.match(JSON.stringify(table.structuredContent), /city/);
  console.log('inspector, http+sse: ok');
} finally {
  server.kill();
}
