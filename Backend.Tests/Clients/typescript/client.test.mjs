// Types made by openapi-typescript from the committed openapi.json (a test of the backend says that it is the running one), compiled by tsc
// together with calls.ts, and used against the real server.
// Run: npm ci && node --test   (the server must have been built: dotnet build Backend.Minimal)
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../../..');
const key = 'client-test-key-0123456789abcdef';
let server, base, folder;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'jambox-client-'));
  const dll = path.join(root, 'Backend.Minimal/bin/Debug/net10.0/Backend.Minimal.dll');
  server = spawn('dotnet', [dll, '--Urls=http://127.0.0.1:0', `--Storage:Path=${path.join(folder, 'jambox.db')}`, `--Admin:Key=${key}`], { cwd: path.join(root, 'Backend.Minimal') });
  base = await new Promise((resolve, reject) => {
    let output = '';
    const listen = (data) => {
      output += data;
      const found = output.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) {
        resolve(found[0]);
      }
    };
    server.stdout.on('data', listen);
    server.stderr.on('data', listen);
    server.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${output}`)));
  });
});

after(() => {
  server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

function tool(name, ...args) {
  try {
    execFileSync(path.join(here, 'node_modules/.bin', name), args, { cwd: here, encoding: 'utf8' });
  } catch (fault) {
    assert.fail(`${name}: ${fault.stdout}${fault.stderr}`);
  }
}

test('a generated client compiles and works', async () => {
  rmSync(path.join(here, 'build'), { recursive: true, force: true });
  mkdirSync(path.join(here, 'build'));
  tool('openapi-typescript', path.join(root, 'Backend.Minimal/openapi.json'), '--default-non-nullable=false', '-o', 'api.d.ts');
  tool('tsc', '-p', '.');
  const { run } = await import('./build/calls.js');
  await run(base, key);
});
