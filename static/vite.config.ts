import { defineConfig } from 'vite';

// The server that `npm run dev` takes its data from.
const server = process.env.LANGXANH_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  // Relative, so that the page also works behind a path prefix.
  base: './',
  server: { proxy: { '/collections': server, '/compliance': server, '/hotspots': server, '/plans': server, '/styles': server, '/qgis': server, '/me': server, '/changes': server, '/proposals': server, '/imports': server } },
  build: {
    target: 'es2022',
    // The map, a site's page, and the page that lays two side by side: none loads what only another needs.
    rolldownOptions: { input: ['index.html', 'site.html', 'compare.html'] },
    // MapLibre alone is larger than Vite's default warning allows.
    chunkSizeWarningLimit: 2000,
  },
});
