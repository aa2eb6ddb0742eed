import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';
import { en, vi } from './src/sentences.ts';

// The server that `npm run dev` takes its data from.
const server = process.env.LANGXANH_URL ?? 'http://127.0.0.1:8080';
const paths = ['/collections', '/compliance', '/hotspots', '/plans', '/styles', '/qgis', '/me', '/changes', '/proposals', '/imports', '/tiles', '/basemap', '/quarters', '/reports', '/sites'];
const proxy = Object.fromEntries(paths.map((path) => [path, server]));

/** Tells the service worker which files the page has, and names this state of it by their names. */
function shell(): Plugin {
  return {
    name: 'shell',
    generateBundle(_, bundle) {
      const worker = bundle['sw.js'];
      if (worker?.type !== 'chunk') throw new Error('the service worker has not been built');
      const files = [...Object.keys(bundle).filter((file) => file.startsWith('assets/')), 'favicon.svg'].sort();
      const version = createHash('sha256').update(files.join()).digest('hex').slice(0, 12);
      worker.code = worker.code.replaceAll('__SHELL__', JSON.stringify(files)).replaceAll('__VERSION__', JSON.stringify(version));
    },
  };
}

const maplibre = fileURLToPath(new URL('node_modules/maplibre-gl/src/', import.meta.url));

/**
 * Builds MapLibre from its sources: its own two bundles, for the page and for the worker, hold most of it twice. Here both
 * share their chunks, which saves a reader some 110 kB. The module answers with the worker's address.
 */
function mapWorker(): Plugin {
  const name = 'virtual:map-worker';
  let isBuild = false;
  return {
    name: 'map-worker',
    enforce: 'pre',
    config: (_, { command }) => {
      isBuild = command === 'build';
      return isBuild ? { resolve: { alias: [{ find: /^maplibre-gl$/, replacement: `${maplibre}index.ts` }] } } : {};
    },
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load(id) {
      if (id !== `\0${name}`) return undefined;
      if (!isBuild) return "export { default } from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';";
      const reference = this.emitFile({ type: 'chunk', id: `${maplibre}source/worker.ts`, name: 'map-worker' });
      return `export default import.meta.ROLLUP_FILE_URL_${reference};`;
    },
  };
}

/**
 * Makes the map's page one that can be drawn as soon as it has come: its style sheet stands in it, and it names everything that the first map needs, so that a browser asks for all of it at once: what the small first
 * script loads, and the letters.
 */
function firstMap(): Plugin {
  return {
    name: 'first-map',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {}, path }) {
        // The other pages have no first script: their own tags name what they need.
        if (!path.endsWith('index.html')) return html;
        const chunks = Object.values(bundle).filter((one) => one.type === 'chunk');
        const main = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith('src/main.ts'));
        if (!main) throw new Error('the page has no main script');
        const needed = new Set<string>();
        const visit = (file: string) => {
          if (needed.has(file)) return;
          needed.add(file);
          for (const other of chunks.find(({ fileName }) => fileName === file)?.imports ?? []) visit(other);
        };
        visit(main.fileName);
        const sheets: string[] = [];
        const bare = html.replace(/\s*<link rel="stylesheet"[^>]*href="\.\/(assets\/[^"]+)">/g, (_, file: string) => {
          sheets.unshift(`<style>${styleOf(bundle[file])}</style>`);
          // A sheet that is named is not loaded again with the code that needs it, and one that is disabled not at all.
          return `\n    <link rel="stylesheet" crossorigin href="./${file}" disabled>`;
        });
        const fonts = Object.keys(bundle).filter((file) => file.endsWith('.woff2'));
        const link = (attrs: Record<string, string | boolean>) => ({ tag: 'link', attrs, injectTo: 'head' as const });
        // Whether any of it is made up, the server says with its drawing.
        const demo = ([['vi', vi], ['en', en]] as const).map(([lang, { demoMark, demoNotice }]) => `<span lang="${lang}"><strong class="demo-mark">${demoMark}</strong> ${demoNotice}</span>`);
        return {
          // The page's own sheet, which its other pages share and which therefore comes first, changes what the map's says.
          html: bare.replace('</head>', `${sheets.join('\n')}</head>`).replace('<p id="demo-notice" hidden>', (start) => start + demo.join('')),
          tags: [
            ...[...needed].filter((file) => !html.includes(file)).map((file) => link({ rel: 'modulepreload', crossorigin: true, fetchpriority: 'low', href: `./${file}` })),
            ...fonts.map((file) => link({ rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: true, href: `./${file}` })),
          ],
        };
      },
    },
  };
}

/** A style sheet of the build as it stands in the page: what it loads lies in the folder of the sheet. */
function styleOf(sheet: { type: string; source?: string | Uint8Array } | undefined): string {
  if (sheet?.type !== 'asset') throw new Error('the page names a style sheet that has not been built');
  return String(sheet.source).replace(/url\((["']?)(?:\.\/)?([\w-]+\.woff2)/g, 'url($1./assets/$2');
}

/** Of MapLibre what a flat map of tiles, lines, areas, marks and pictures never comes to: the globe, relief, buildings with a height, heat. */
const UNUSED = [
  'data/bucket/(fill_extrusion|heatmap)_bucket',
  'data/dem_data',
  'geo/projection/(globe_(camera_helper|covering_tiles_details_provider|projection|transform)|vertical_perspective_\\w+)',
  'render/terrain(_coverage)?',
  'shaders/glsl/(_projection_globe|atmosphere|collision_|color_relief|debug|fill_extrusion|heatmap|hillshade|sky|terrain)[\\w.]*',
  'source/((video|raster_dem_tile)_source|raster_dem_tile_worker_source)',
  'style/style_layer/(color_relief|fill_extrusion|heatmap|hillshade)_style_layer',
  'tile/terrain_tile_manager',
  'webgl/render_to_texture',
  'webgl/draw/draw_(collision_debug|color_relief|debug|fill_extrusion|heatmap|hillshade|terrain)',
  'webgl/program/(atmosphere|color_relief|debug|fill_extrusion|heatmap|hillshade|sky)_program',
];

/** What it comes to in each frame and draws where nobody sees it: the sky above the horizon of a map that is never tilted. */
const UNSEEN = ['webgl/draw/draw_sky'];

/**
 * Leaves out what this page never comes to: of proj4 all projections but that of VN-2000, as its own `build:custom` does,
 * all other datums and what reads WKT, MGRS and grid files; of MapLibre the reader of MLT tiles, for ours are MVT, and what `UNUSED`
 * names. What stands in their place says so where it is called after all; a name that is no longer there when MapLibre changes breaks
 * the build.
 */
function lean(): Plugin {
  const instead: Record<string, string> = {
    '../projs': "import tmerc from 'proj4/lib/projections/etmerc.js'; export default (proj4) => proj4.Proj.projections.add(tmerc);",
    './constants/Datum': "export default { wgs84: { towgs84: '0,0,0', ellipse: 'WGS84', datumName: 'WGS84' } };",
    './nadgrid': 'export const getNadgrids = () => null; export default null;',
    'wkt-parser': "export default () => { throw new Error('systems in WKT are not read'); };",
    mgrs: 'export const [forward, toPoint] = []; export default {};',
    // For browsers that cannot unpack by themselves, which are older than what else the page asks of them.
    fflate: "export const decompressSync = () => { throw new Error('this browser unpacks no archives'); };",
    '@maplibre/mlt': "export const GEOMETRY_TYPE = {}; export const decodeTile = () => { throw new Error('tiles of this kind are not read'); };",
  };
  const [unused, unseen] = [UNUSED, UNSEEN].map((names) => new RegExp(`^(${names.join('|')})\\.ts$`)) as [RegExp, RegExp];
  return {
    name: 'lean',
    apply: 'build',
    enforce: 'pre',
    resolveId: (source, importer) => (source in instead && importer && /node_modules\/(proj4|maplibre-gl|pmtiles)\//.test(importer) ? `\0lean:${source}` : undefined),
    load(id) {
      if (id.startsWith('\0lean:')) return instead[id.slice(6)];
      const file = id.startsWith(maplibre) ? id.slice(maplibre.length) : '';
      if (unused.test(file)) return absent(id, (name) => `throw new Error(${JSON.stringify(`${file}: ${name} is not in this build`)});`);
      if (unseen.test(file)) return absent(id, () => '');
      // Of its description it wants the version alone.
      if (id === join(maplibre, '../package.json')) return JSON.stringify({ version: JSON.parse(readFileSync(id, 'utf8')).version });
      return undefined;
    },
  };
}

/** A module with the names of another, each doing what `instead` says; whether something is of its kind is answered with no. */
function absent(id: string, instead: (name: string) => string): string {
  const source = readFileSync(id, 'utf8');
  // A shader is a text that is taken apart at the start.
  if (source.includes('export default ')) return "export default '';";
  const declared = [...source.matchAll(/^export (?:abstract )?(?:async )?(?:class|function|const) (\w+)/gm)].map(([, name = '']) => name);
  const listed = [...source.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, names = '']) => names.split(',').map((name) => name.trim()).filter(Boolean));
  return [...declared, ...listed].map((name) => `export function ${name}() { ${/^is[A-Z]/.test(name) ? 'return false;' : instead(name)} }`).join('\n');
}

/** Lays a packed copy beside each file, which the server hands out as it is. */
function packed(): Plugin {
  return {
    name: 'packed',
    apply: 'build',
    writeBundle({ dir = '' }) {
      const assets = join(dir, 'assets');
      for (const file of readdirSync(assets)) if (/\.(js|mjs|css)$/.test(file)) writeFileSync(join(assets, `${file}.br`), brotliCompressSync(readFileSync(join(assets, file))));
    },
  };
}

export default defineConfig({
  // Relative, so that the page also works behind a path prefix.
  base: './',
  // As MapLibre builds itself: a field that is only declared does not empty what the parent class has put there.
  oxc: { assumptions: { setPublicClassFields: true }, typescript: { removeClassFieldsWithoutInitializer: true } },
  plugins: [mapWorker(), lean(), shell(), firstMap(), packed()],
  server: { proxy },
  preview: { proxy },
  build: {
    target: 'es2022',
    // Browsers that do not know the hint are served without it.
    modulePreload: { polyfill: false },
    // MapLibre alone is larger than Vite's default warning allows.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      // The map, a site's page, and the page that lays two side by side: none loads what only another needs.
      input: { index: 'index.html', site: 'site.html', compare: 'compare.html', sw: 'sw/main.ts' },
      output: {
        // Few files: without HTTP/2 a browser asks for six at a time, and each round costs a sixth of a second.
        codeSplitting: {
          groups: [
            { name: 'boot', test: /src[\\/](early|first|scheme|symbols)\.ts$|preload-helper|src[\\/]style\.css/, priority: 2 },
            // What the map's page shares with those of a site and of two side by side.
            { name: 'shared', test: /static[\\/]src[\\/]((evidence|panel|ui)[\\/])?\w+\.ts$|site[\\/]address\.ts$/, minShareCount: 2, priority: 1 },
          ],
        },
        // By its ending MapLibre knows a worker that is a module.
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : name === 'map-worker' ? 'assets/[name]-[hash].mjs' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
