// Pictures of every page, light, dark and on a phone, of a server that is filled for it: npm run shots [folder], docs/pictures unless said.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pages } from './pages.mjs';
import { desktop, open, phone, profile } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';
import { fillServer } from './world.mjs';

const folder = process.argv[2] ?? path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../docs/pictures');
mkdirSync(folder, { recursive: true });
const server = await startServer('--RateLimits:ReadingsPerMinute=1000000', '--RateLimits:AdminPerMinute=1000000');
const browser = await startBrowser();
try {
    const world = await fillServer(server.base, { days: 29 });
    for (const [name, options] of Object.entries({
        light: { size: desktop },
        dark: { size: desktop, scheme: 'dark' },
        phone: { size: phone },
    })) {
        for (const one of pages) {
            const context = await profile(browser, server.base, { ...options, who: one.roles === null ? null : 'key' });
            const { page } = await open(
                context,
                server.base + one.url.replace('{place}', world.places[0].id).replace('{box}', world.boxes[0].id).replace('{rollout}', world.rollout),
            );
            await page.waitForTimeout(300);
            await page.screenshot({ path: path.join(folder, `${one.name}-${name}.png`) });
            await context.close();
        }
    }
} finally {
    await browser.close();
    server.stop();
}
