// Brings the libraries of the portal to the versions of package.json: minified, with their licences and hashes. Run at upgrades: npm run
// vendor. The test of vendored files compares the hashes, so that nobody edits what is not ours.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync, transformSync } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const modules = path.join(here, 'node_modules');
const target = path.resolve(here, '../../Backend.Minimal/Portal/vendor');
mkdirSync(target, { recursive: true });

const version = (name) => JSON.parse(readFileSync(path.join(modules, name, 'package.json'), 'utf8'));

/**
 * Borders of countries and coasts as lines of whole numbers, each point as the way from the one before. In fiftieths of a degree: at the
 * largest zoom without tiles that is two pixels, and half the bytes of what the package has.
 */
function borders() {
  const topology = JSON.parse(readFileSync(path.join(modules, 'world-atlas/countries-110m.json'), 'utf8'));
  const { scale, translate } = topology.transform;
  const parts = 50;
  const arcs = topology.arcs.map((arc) => {
    let [x, y] = [0, 0];
    let [lastX, lastY] = [0, 0];
    const line = [];
    arc.forEach(([dx, dy], index) => {
      x += dx;
      y += dy;
      const at = [x * scale[0] + translate[0], y * scale[1] + translate[1]].map((degrees) => Math.round(degrees * parts));
      if (index === 0 || at[0] !== lastX || at[1] !== lastY) {
        line.push(at[0] - lastX, at[1] - lastY);
        [lastX, lastY] = at;
      }
    });
    return line;
  });
  return `export const borders = ${JSON.stringify({ parts, arcs })};\n`;
}

function minify(file) {
  return buildSync({
    entryPoints: [path.join(modules, file)],
    bundle: true,
    format: 'esm',
    minify: true,
    write: false,
    legalComments: 'none',
  }).outputFiles[0].text;
}

/**
 * ESP Web Tools with all that it is made of, in one file.
 * (package.json holds @material/web at the last version whose styles lie where ESP Web Tools 10.4.0 looks for them.)
 */
function webTools() {
  return withoutInlineStyles(bundled('esp-web-tools', path.join(modules, 'esp-web-tools/dist/install-button.js')));
}

/**
 * One file of an entry and all that it is made of, with the licences of every library that went in: a bundle takes whatever was imported,
 * so the list is what the bundler says it took.
 */
function bundled(name, entry) {
  const { outputFiles, metafile } = buildSync({
    entryPoints: [entry],
    absWorkingDir: here,
    bundle: true,
    format: 'esm',
    minify: true,
    write: false,
    metafile: true,
    legalComments: 'none',
  });
  // The folder of each: two may be there in two versions.
  const folders = new Set(Object.keys(metafile.inputs).map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)[0]));
  const licences = [...folders].sort().map((folder) => {
    const about = JSON.parse(readFileSync(path.join(here, folder, 'package.json'), 'utf8'));
    const file = readdirSync(path.join(here, folder)).find((one) => /^licen[cs]e(\.|$)/i.test(one));
    return `${about.name} ${about.version} (${about.license})\n\n${readFileSync(path.join(here, folder, file), 'utf8')
      .replaceAll('\r', '')
      .trim()}\n`;
  });
  writeFileSync(path.join(target, `${name}.LICENSE.txt`), licences.join(`\n${'-'.repeat(78)}\n\n`));
  return outputFiles[0].text;
}

/**
 * The portal's policy lets no style attribute in. Two of an icon's become attributes of SVG; the others are Lit's styleMap, which writes an
 * attribute the first time and sets properties from then on: it sets them from the start.
 */
function withoutInlineStyles(text) {
  for (const [inline, instead] of [
    [/style="width: 28px; vertical-align: middle;"/, 'width="28" height="28"'],
    [/style="fill:currentColor;"/, 'fill="currentColor"'],
    [/(if\(this\.ft===void 0\))return (this\.ft=new Set\(Object\.keys\((\w+)\)\)),this\.render\(\3\);/, '$1$2;'],
  ]) {
    if (!inline.test(text)) {
      throw new Error(`ESP Web Tools has changed: ${inline} is not there; see what it needs of the policy now`);
    }
    text = text.replace(inline, instead);
  }
  return text;
}

const files = [
  { package: 'esp-web-tools', name: 'esp-web-tools.js', text: webTools },
  {
    package: 'esptool-js',
    name: 'esptool-js.js',
    text: () => bundled('esptool-js', path.join(modules, 'esptool-js/lib/index.js')),
  },
  { package: 'uplot', licence: 'LICENSE', name: 'uplot.js', text: () => minify('uplot/dist/uPlot.esm.js') },
  {
    package: 'uplot',
    name: 'uplot.css',
    text: () => transformSync(readFileSync(path.join(modules, 'uplot/dist/uPlot.min.css'), 'utf8'), { loader: 'css', minify: true }).code,
  },
  { package: 'leaflet', licence: 'LICENSE', name: 'leaflet.js', text: () => minify('leaflet/dist/leaflet-src.esm.js') },
  {
    package: 'leaflet',
    name: 'leaflet.css',
    text: () =>
      transformSync(readFileSync(path.join(modules, 'leaflet/dist/leaflet.css'), 'utf8').replace(/url\([^)]*\)/g, 'none'), {
        loader: 'css',
        minify: true,
      }).code,
  },
  { package: 'world-atlas', licence: 'LICENSE', name: 'world.js', text: borders },
];

const rows = [];
for (const file of files) {
  const text = file.text();
  writeFileSync(path.join(target, file.name), text);
  const about = version(file.package);
  const hash = createHash('sha256').update(text).digest('hex');
  if (file.licence) {
    writeFileSync(path.join(target, `${file.package}.LICENSE.txt`), readFileSync(path.join(modules, file.package, file.licence)));
  }
  rows.push(`| \`${file.name}\` | ${file.package} ${about.version} | ${about.license} | \`${hash}\` |`);
}
writeFileSync(
  path.join(target, 'README.md'),
  `# Libraries of others

Made by \`npm run vendor\` in \`Backend.Tests/browser\` from the packages of its \`package.json\`; never edited by hand. A test compares
the hashes.

| file | package | licence | SHA-256 |
|---|---|---|---|
${rows.join('\n')}
`,
);
