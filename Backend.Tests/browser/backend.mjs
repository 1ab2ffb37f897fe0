// The real server with a real, empty database. Needs nothing but Node and a built backend.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');

export const key = 'browser-test-key-0123456789abcdef';

/** How long a server may take to start, ms. */
const startMs = 120_000;

/** In memory where there is room: no database of a test outlives its server, and a disk that others use too makes every write wait. */
function scratch() {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return process.env.TMPDIR || bavail * bsize < 2 ** 29 ? tmpdir() : '/dev/shm';
  } catch {
    return tmpdir();
  }
}

/**
 * Starts the server on a free port, with settings if need be. Returns its address and what ends it. The environment variable JAMBOX_BACKEND
 * may name another build of it.
 */
export async function startServer(...settings) {
  const folder = mkdtempSync(path.join(scratch(), 'jambox-browser-'));
  const dll = process.env.JAMBOX_BACKEND ?? path.join(root, 'Backend.Minimal/bin/Debug/net10.0/jambox-backend.dll');
  const args = [dll, '--Urls=http://127.0.0.1:0', `--Storage:Path=${path.join(folder, 'jambox.db')}`, `--Admin:Key=${key}`, ...settings];
  const server = spawn('dotnet', args, { cwd: path.join(root, 'Backend.Minimal') });
  const stop = () => {
    // At once: what it would still write is of no use to anybody.
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  process.once('exit', stop);
  const base = await new Promise((resolve, reject) => {
    let output = '';
    const late = setTimeout(() => reject(new Error(`the server does not listen after ${startMs / 1000} s: ${output}`)), startMs);
    const listen = (data) => {
      output += data;
      const found = output.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) {
        clearTimeout(late);
        resolve(found[0]);
      }
    };
    server.stdout.on('data', listen);
    server.stderr.on('data', listen);
    server.on('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`the server ended with ${code}: ${output}`));
    });
  });
  return { base, stop };
}
