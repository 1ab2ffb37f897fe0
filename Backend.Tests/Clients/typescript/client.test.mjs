// Types made by openapi-typescript from the committed openapi.json (a test of the backend says that it is the running one), compiled by tsc
// together with calls.ts, and used against the real server.
// Run: npm ci && node --test   (the server must have been built: dotnet build Backend.Minimal)
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { key, startServer } from '../../browser/backend.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
let server;

before(async () => {
  server = await startServer();
});

after(() => server?.stop());

function tool(name, ...args) {
  try {
    execFileSync(path.join(here, 'node_modules/.bin', name), args, { cwd: here, encoding: 'utf8' });
  } catch (fault) {
    assert.fail(`${name}: ${fault.stdout}${fault.stderr}`);
  }
}

test('a generated client compiles and works', async () => {
  rmSync(path.join(here, 'build'), { recursive: true, force: true });
  tool('openapi-typescript', path.join(here, '../../../Backend.Minimal/openapi.json'), '--default-non-nullable=false', '-o', 'api.d.ts');
  tool('tsc', '-p', '.');
  const { run } = await import('./build/calls.js');
  await run(server.base, key);
});
