// The real server with a real, empty database. Needs nothing but Node and a built backend.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');

export const key = 'browser-test-key-0123456789abcdef';

/**
 * Starts the server on a free port, with settings if need be. Returns its address and what ends it. The environment variable JAMBOX_BACKEND
 * may name another build of it.
 */
export async function startServer(...settings) {
  const folder = mkdtempSync(path.join(tmpdir(), 'jambox-browser-'));
  const dll = process.env.JAMBOX_BACKEND ?? path.join(root, 'Backend.Minimal/bin/Debug/net10.0/jambox-backend.dll');
  const args = [dll, '--Urls=http://127.0.0.1:0', `--Storage:Path=${path.join(folder, 'jambox.db')}`, `--Admin:Key=${key}`, ...settings];
  const server = spawn('dotnet', args, { cwd: path.join(root, 'Backend.Minimal') });
  const base = await new Promise((resolve, reject) => {
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
  return {
    base,
    stop() {
      server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
