// Pictures of every page, light, dark and on a phone, of a server that is filled for it: npm run shots [-- folder], docs/pictures/portal unless
// said, with a README.md there that shows them; ONLY=name,name takes those of these pages and leaves the others. WebP, as small as a browser makes it: all of them together stay below 3.5 MB.
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { addressIn, pages } from './pages.mjs';
import { desktop, open, phone, profile } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';
import { fillServer } from './world.mjs';

/** KB that all pictures together may have: they are in the history of the repository for ever. */
const most = 3500;

export const looks = {
  light: { size: desktop },
  dark: { size: desktop, scheme: 'dark' },
  phone: { size: phone },
};

export const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../docs/pictures/portal');

/** The list of all pictures: its README.md. */
export function gallery() {
  const rows = pages.map(
    ({ name, url }) =>
      `| \`${url}\` | ${Object.keys(looks)
        .map((look) => `![${name}, ${look}](${name}-${look}.webp)`)
        .join(' | ')} |`,
  );
  return [
    '# Pictures of the portal',
    '',
    'Made by `npm run shots` in `Backend.Tests/browser`, of a server filled with virtual boxes and invented people. What the pages are for is in',
    '[portal.md](../../portal.md).',
    '',
    `| page | ${Object.keys(looks).join(' | ')} |`,
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** A picture as WebP: by the browser itself, which can. */
async function webp(encoder, png) {
  const text = await encoder.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    canvas.getContext('2d').drawImage(picture, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 });
    const packed = new Uint8Array(await blob.arrayBuffer());
    let all = '';
    for (let at = 0; at < packed.length; at += 4096) {
      all += String.fromCharCode(...packed.subarray(at, at + 4096));
    }
    return btoa(all);
  }, png.toString('base64'));
  return Buffer.from(text, 'base64');
}

async function take(target) {
  mkdirSync(target, { recursive: true });
  const taken = pages.filter(({ name }) => (process.env.ONLY ?? name).split(',').includes(name));
  for (const old of readdirSync(target).filter((name) => name.endsWith('.webp') && !process.env.ONLY)) {
    rmSync(path.join(target, old));
  }
  const server = await startServer('--RateLimits:ReadingsPerMinute=1000000', '--RateLimits:AdminPerMinute=1000000');
  const browser = await startBrowser();
  try {
    const world = await fillServer(server.base, { days: 29 });
    const encoder = await (await browser.newContext()).newPage();
    for (const [look, options] of Object.entries(looks)) {
      const known = await profile(browser, server.base, options);
      const unknown = await profile(browser, server.base, { ...options, who: null });
      for (const one of taken) {
        const url = addressIn(world, one);
        const { page } = await open(one.roles === null ? unknown : known, server.base + url);
        await page.waitForFunction(() => [...document.querySelectorAll('.bone')].every((bone) => !bone.checkVisibility()));
        await page.waitForTimeout(200);
        writeFileSync(path.join(target, `${one.name}-${look}.webp`), await webp(encoder, await page.screenshot()));
        await page.close();
      }
      await known.close();
      await unknown.close();
    }
  } finally {
    await browser.close();
    server.stop();
  }
  writeFileSync(path.join(target, 'README.md'), gallery());
  const bytes = readdirSync(target).reduce((sum, name) => sum + statSync(path.join(target, name)).size, 0);
  console.log(`${taken.length * Object.keys(looks).length} pictures, ${Math.round(bytes / 1024)} KB in ${target}`);
  if (bytes > most * 1024) {
    console.error(`More than ${most} KB: the repository keeps them for ever`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await take(process.argv[2] ?? folder);
}
