// What every TypeScript client does with the server, whatever its version.
import assert from 'node:assert/strict';

export const endless =
  'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0';

/** `call(name, args, options)` hides how the versions differ. */
export async function errands(label, client, call) {
  const { tools } = await client.listTools();
  const names = tools.map((tool) => tool.name);
  for (const expected of ['list_tables', 'describe_table', 'query', 'explain']) {
    assert.ok(names.includes(expected), `${label}: tools/list lacks ${expected}: ${names}`);
  }
  assert.ok(!names.includes('execute'), `${label}: execute is offered without --allow-writes`);
  assert.equal(tools.find((tool) => tool.name === 'query').annotations.readOnlyHint, true);

  const tables = await call('list_tables', {});
  assert.ok(!tables.isError, JSON.stringify(tables));
  assert.match(JSON.stringify(tables.structuredContent), /customer/);

  const rows = await call('query', {
    sql: 'SELECT name, total FROM orders JOIN customer ON customer.id = customer_id WHERE total > ? ORDER BY total',
    params: [8],
  });
  assert.ok(!rows.isError, JSON.stringify(rows));
  assert.deepEqual(rows.structuredContent.rows, [['Ada', 9.5], ['Ada', 20]]);
  assert.deepEqual(rows.structuredContent.columns.map((column) => column.name), ['name', 'total']);

  const refused = await call('query', { sql: 'DELETE FROM customer' });
  assert.equal(refused.isError, true);
  assert.match(refused.content[0].text, /read-only|not allowed|refused/i);

  const abort = new AbortController();
  const cancelled = call('query', { sql: endless }, { signal: abort.signal });
  setTimeout(() => abort.abort(new Error('enough')), 300);
  const started = Date.now();
  await assert.rejects(cancelled, `${label}: the cancelled call must be rejected`);
  // The statement must have been interrupted: the database answers within a second of the cancel.
  const again = await call('query', { sql: "SELECT name FROM customer WHERE city = 'Kraków'" });
  assert.deepEqual(again.structuredContent.rows, [['Łucja']]);
  assert.ok(Date.now() - started < 1300, `${label}: ${Date.now() - started} ms from the call to the next answer`);

  const { resources } = await client.listResources();
  const schema = resources.find((resource) => /schema/.test(resource.uri));
  assert.ok(schema, `${label}: no schema among ${resources.map((resource) => resource.uri)}`);
  const read = await client.readResource({ uri: schema.uri });
  assert.match(read.contents[0].text, /customer/);
  console.log(`${label}: ok`);
}
