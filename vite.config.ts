import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/**
 * The operator's console: `vite build` writes dist/console, which the server serves with a long cache because every
 * file but index.html carries a hash of its content. `npm run dev` serves it with reload and says where the server is
 * that the API calls go to.
 */
const server = process.env.BRINK_DEV_SERVER ?? 'http://127.0.0.1:8080';

/** Smaller files gain nothing that a header does not cost again, bytes. */
const COMPRESSED_FROM_BYTES = 1_024;

/** Writes .br and .gz beside every text file once, at build, so that the server never spends time on it. */
function precompress(): Plugin {
  return {
    name: 'brink-precompress',
    apply: 'build',
    writeBundle({ dir }, bundle) {
      if (dir === undefined) throw new Error('the build has no output folder');
      for (const name of Object.keys(bundle)) {
        // The page gets a nonce with each answer, so the server compresses it itself.
        if (!/\.(js|mjs|css|svg)$/.test(name)) continue;
        const file = join(dir, name);
        const data = readFileSync(file);
        if (data.length < COMPRESSED_FROM_BYTES) continue;
        // Quality 9 of 11: a tenth of the time for two per cent more bytes.
        writeFileSync(`${file}.br`, brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
        writeFileSync(`${file}.gz`, gzipSync(data, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  root: 'src/console',
  plugins: [react(), precompress()],
  // The grid of limits brings a react-dom of its own, of another version than React's.
  resolve: { dedupe: ['react', 'react-dom'] },
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
