// The real server with a real, empty database, and Debian's Chromium: what every test of a page starts with.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

export { key, startServer } from './backend.mjs';

/** Debian's Chromium. The headless shell is the same engine without the windows around it, and needs half the time for the same page. */
const builds = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** Starts the browser, which asks for nothing by itself. The environment variable CHROMIUM may name another one. */
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? builds.find(existsSync) ?? builds[0],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
