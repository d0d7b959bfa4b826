import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * The operator's console: `vite build` writes dist/console, which the server serves with a long cache because every
 * file but index.html carries a hash of its content. `vite` alone serves it with reload and hands the API to a running
 * server (BRINK_HTTP, default http://127.0.0.1:8080).
 */
const server = process.env.BRINK_HTTP ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: 'src/console',
  plugins: [react()],
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    target: 'es2023',
    // Inlined assets would be data: URLs, which the Content-Security-Policy need not allow.
    assetsInlineLimit: 0,
    // The polyfill is an inline concern of old browsers; a strict policy and new browsers do without it.
    modulePreload: { polyfill: false },
    // MapLibre is one piece of 1 MB; it is loaded by itself, after the duty view is usable.
    chunkSizeWarningLimit: 1_200,
  },
  server: {
    proxy: { '/api': { target: server, ws: true } },
  },
});
