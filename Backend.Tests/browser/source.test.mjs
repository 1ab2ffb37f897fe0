// The source of the portal: types, style, texts, libraries, sizes. Needs no browser.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startServer } from './backend.mjs';
import { folder as pictures, gallery } from './shots.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const portal = path.resolve(here, '../../Backend.Minimal/Portal');
let server;

before(async () => {
  server = await startServer();
});

after(() => server?.stop());

function tool(name, args, cwd = here) {
  try {
    execFileSync(path.join(here, 'node_modules/.bin', name), args, { cwd, encoding: 'utf8' });
  } catch (fault) {
    assert.fail(`${name}: ${fault.stdout}${fault.stderr}`);
  }
}

function sources(folder = portal) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? (entry.name === 'vendor' ? [] : sources(file)) : entry.name.endsWith('.js') ? [file] : [];
  });
}

test('types are right: tsc, with the types of the API', () => {
  mkdirSync(path.join(here, 'build'), { recursive: true });
  tool('openapi-typescript', [
    path.join(here, '../../Backend.Minimal/openapi.json'),
    '--default-non-nullable=false',
    '-o',
    'build/api.d.ts',
  ]);
  tool('tsc', ['-p', '.']);
});

test('style is right: eslint', () => {
  tool('eslint', ['-c', path.join(here, 'eslint.config.mjs'), '.'], portal);
});

test('a class belongs to one file of styles: two that style the same name spoil each other’s pages', () => {
  const owners = new Map();
  for (const file of readdirSync(path.join(portal, 'css')).filter((name) => !['tokens.css', 'print.css'].includes(name))) {
    const text = readFileSync(path.join(portal, 'css', file), 'utf8');
    for (const [, name] of text.matchAll(/^\.([a-z][\w-]*)(?=\s*[,{]$)/gm)) {
      owners.set(name, (owners.get(name) ?? new Set()).add(file));
    }
  }
  assert.ok(owners.size > 100);
  assert.deepEqual(
    [...owners].filter(([, files]) => files.size > 1).map(([name]) => name),
    [],
  );
});

test('docs/pictures/portal shows every page, as npm run shots left it', (it) => {
  if (!existsSync(pictures)) {
    it.skip('no pictures were taken yet');
    return;
  }
  const text = gallery();
  assert.equal(readFileSync(path.join(pictures, 'README.md'), 'utf8'), text);
  const shown = [...text.matchAll(/\]\(([\w-]+\.webp)\)/g)].map((match) => match[1]);
  assert.deepEqual(
    readdirSync(pictures)
      .filter((name) => name !== 'README.md')
      .sort(),
    shown.sort(),
  );
});

test('libraries of others are those of the list, unchanged, with their licences', () => {
  const readme = readFileSync(path.join(portal, 'vendor/README.md'), 'utf8');
  const rows = [...readme.matchAll(/\| `([^`]+)` \| (\S+) \S+ \| [^|]+ \| `([0-9a-f]{64})` \|/g)];
  const files = readdirSync(path.join(portal, 'vendor')).filter((name) => /\.(js|css)$/.test(name));
  assert.deepEqual(rows.map((row) => row[1]).sort(), files.sort());
  for (const [, name, library, hash] of rows) {
    assert.equal(
      createHash('sha256')
        .update(readFileSync(path.join(portal, 'vendor', name)))
        .digest('hex'),
      hash,
      name,
    );
    assert.ok(readFileSync(path.join(portal, 'vendor', `${library}.LICENSE.txt`), 'utf8').length > 100);
  }
});

/** All texts of a language: those of every page, and those of groups of pages. */
async function texts(language) {
  const files = readdirSync(path.join(portal, 'texts')).filter((name) => name === `${language}.js` || name.startsWith(`${language}-`));
  const parts = await Promise.all(files.map(async (name) => (await import(pathToFileURL(path.join(portal, 'texts', name)))).default));
  assert.equal(new Set(parts.flatMap(Object.keys)).size, parts.flatMap(Object.keys).length, 'a text stands in two files');
  return Object.assign({}, ...parts);
}

const slots = (text) => [...new Set(JSON.stringify(text).match(/\{\w+\}/g) ?? [])].sort();

for (const language of new Set(
  readdirSync(path.join(portal, 'texts'))
    .map((name) => name.slice(0, 2))
    .filter((name) => name !== 'en'),
)) {
  test(`${language} has every text of English, with the same parts to fill in`, async () => {
    const [english, other] = [await texts('en'), await texts(language)];
    assert.deepEqual(
      Object.keys(other).filter((key) => !(key in english)),
      [],
      'texts that English does not have',
    );
    assert.deepEqual(
      Object.keys(english).filter((key) => !(key in other)),
      [],
      'missing texts',
    );
    for (const [key, text] of Object.entries(english)) {
      assert.deepEqual(slots(other[key]), slots(text), key);
      assert.equal(typeof other[key], typeof text, key);
    }
  });
}

// One word for one thing, in every page: what would be a second word for it.
const secondWords = { es: /\b(cajas?(?! registradora)|lugar(es)?|propietari[oa]s?|llamativ[oa]s?)\b/i };

for (const [language, second] of Object.entries(secondWords)) {
  test(`${language} has one word for a box, for a place, for who is responsible`, async () => {
    const forms = (text) => (typeof text === 'string' ? [text] : Object.values(text));
    const found = Object.entries(await texts(language)).filter(([, text]) => forms(text).some((one) => second.test(one)));
    assert.deepEqual(found, []);
  });
}

test('every kind of alert and of notification has its texts', async () => {
  const english = await texts('en');
  const api = JSON.parse(readFileSync(path.join(here, '../../Backend.Minimal/openapi.json'), 'utf8'));
  const { AlertRow, NotificationRow } = api.components.schemas;
  const alerts = AlertRow.properties.alert_type.enum;
  const kinds = NotificationRow.properties.kind.enum;
  assert.ok(alerts.includes('offline') && kinds.includes('online'));
  const needed = [...alerts.map((type) => `alert.${type}`), ...kinds.flatMap((kind) => [`kind.${kind}`, `kind.${kind}Why`])];
  assert.deepEqual(
    needed.filter((key) => !(key in english)),
    [],
  );
});

test('every text that a page asks for is there, and every text is asked for', async () => {
  const english = await texts('en');
  const code = sources()
    .filter((file) => !file.includes(`${path.sep}texts${path.sep}`) && !path.basename(file).startsWith('_'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const asked = [...code.matchAll(/'([a-z][A-Za-z]*(?:\.[A-Za-z0-9_]+)+)'/g)].map((match) => match[1]);
  const direct = [...code.matchAll(/(?<![.\w])(?:t|tn)\(\s*'([^']+)'/g)].map((match) => match[1]);
  // Of boxes and of things: both must be there.
  const both = [...code.matchAll(/\bkeyFor\(\w+, '([^']+)'/g)].flatMap((match) => [match[1], `${match[1]}_things`]);
  asked.push(...both);
  assert.deepEqual(
    [...direct, ...both].filter((key) => !(key in english)),
    [],
    'texts that are not there',
  );
  // Of a text that is put together (`status.${state}`, `chart.hours_${what}`, `${what}.today`, word('status', state)) a part is enough.
  const beginnings = [...code.matchAll(/`([a-z][A-Za-z]*\.[A-Za-z_.]*)\$\{/g)].map((match) => match[1]);
  beginnings.push(...[...code.matchAll(/\bword\(\s*'([^']+)'/g)].map((match) => `${match[1]}.`));
  const endings = [...code.matchAll(/`\$\{\w+\}(\.[A-Za-z]+)`/g)].map((match) => match[1]);
  const unused = Object.keys(english).filter(
    (key) => !asked.includes(key) && !beginnings.some((part) => key.startsWith(part)) && !endings.some((part) => key.endsWith(part)),
  );
  assert.deepEqual(unused, [], 'texts that nobody asks for');
});

/** KB as they travel, compressed. */
async function size(url) {
  const answer = await fetch(server.base + url, { headers: { 'Accept-Encoding': 'gzip' } });
  assert.equal(answer.status, 200, url);
  // fetch unpacks; what travelled is what the server says it sent.
  const bytes = Number(answer.headers.get('Content-Length'));
  assert.ok(bytes > 0, url);
  return bytes / 1024;
}

test('sizes are within the budget', async () => {
  const shell = await (await fetch(server.base)).text();
  const base = /\/p\/[0-9a-f]+/.exec(shell)[0];
  const pages = readdirSync(path.join(portal, 'pages')).filter((name) => !name.startsWith('_'));
  const languages = readdirSync(path.join(portal, 'texts'));
  const budget = [
    ['shell', ['/'], 2.5],
    ['styles', [`${base}/portal.css`], 8],
    ['core', [`${base}/core/core.js`, `${base}/app/app.js`, `${base}/theme.js`], 16],
    ['parts', [`${base}/parts/parts.js`], 8],
    ['uPlot', [`${base}/vendor/uplot.js`], 23.9],
    ['Leaflet with the styles of the map', [`${base}/vendor/leaflet.js`, `${base}/map.css`], 46.4],
    ['borders', [`${base}/vendor/world.js`], 21.5],
    ['map', [`${base}/parts/map.js`], 12],
    // Half a megabyte as it is, with the flashing stubs of all chips: loaded when somebody flashes a chip, and by nobody else.
    ['ESP Web Tools', [`${base}/vendor/esp-web-tools.js`], 145],
    // The same for the bench: loaded when a board is connected.
    ['esptool-js', [`${base}/vendor/esptool-js.js`], 114],
    ...pages.map((name) => [name, [`${base}/pages/${name}`], 12]),
    ...languages.map((name) => [name, [`${base}/texts/${name}`], 8]),
  ];
  const over = [];
  for (const [name, urls, limit] of budget) {
    let sum = 0;
    for (const url of urls) {
      sum += await size(url);
    }
    console.log(`# ${name}: ${sum.toFixed(1)} of ${limit} KB`);
    if (sum > limit) {
      over.push(`${name}: ${sum.toFixed(1)} KB, ${limit} allowed`);
    }
  }
  assert.deepEqual(over, []);
});

test('files are immutable, the shell is asked for anew, and both are compressed', async () => {
  const page = await fetch(server.base);
  assert.equal(page.headers.get('Cache-Control'), 'no-cache');
  const base = /\/p\/[0-9a-f]+/.exec(await page.text())[0];
  const file = await fetch(`${server.base}${base}/core/core.js`);
  assert.match(file.headers.get('Cache-Control'), /immutable/);
  assert.equal((await fetch(`${server.base}/p/0000000000000000/core/core.js`)).status, 404);
  assert.equal((await fetch(`${server.base}${base}/pages/_example.js`)).status, 404);
});
