// The real server with a real, empty database, and Debian's Chromium: what every test of a page starts with.
import { chromium } from 'playwright-core';

export { key, startServer } from './backend.mjs';

/** Starts the browser, which asks for nothing by itself. */
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
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
