// ajv's part: node ajv_bench.mjs CASES.json. The same loop as json_schema.cpp.
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

function nanoseconds(once) {
  for (let n = 1; ; n *= 2) {
    const begin = process.cpuUsage();
    for (let i = 0; i < n; ++i) once();
    const took = process.cpuUsage(begin);
    const ns = (took.user + took.system) * 1000;
    if (ns >= 1e8) return ns / n;
  }
}

function instance(test, which) {
  const out = structuredClone(test[which]);
  if (test.repeat) {
    out.rows = Array.from({ length: test.repeat }, () => structuredClone(out.rows[0]));
    if (out.last) out.rows[test.repeat - 1] = out.last;
    delete out.last;
  }
  return out;
}

// As a server does it: one ajv, a schema for each tool. It remembers schemas by identity, so each is a copy.
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const withFormats = new Ajv2020({ strict: false });
addFormats.default(withFormats);
function compiled(test) {
  return (test.formats ? withFormats : ajv).compile(structuredClone(test.schema));
}

for (const test of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  const validate = compiled(test);
  const good = instance(test, 'valid');
  const bad = instance(test, 'invalid');
  let right = true;
  const tell = (what, ns) => console.log(`${test.name}\t${what}\t${ns}`);
  tell('valid', nanoseconds(() => { right &&= validate(good); }));
  tell('invalid', nanoseconds(() => { right &&= !validate(bad); }));
  tell('compile', nanoseconds(() => { compiled(test); }));
  if (!right) throw new Error(`${test.name}: a wrong verdict`);
}
