/** How the page is built and served in development: relative URLs, so any base path works; `/api` goes to the runner. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const runner = `http://127.0.0.1:${process.env['RUNNER_PORT'] ?? '3002'}`;

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  // "#contract/*" and "#launch/*" are subpath imports of the package.json above: Vite resolves them by itself.
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 800 },
  // The runner answers to its own origin only: in development the proxy speaks for it.
  server: { proxy: { '/api': { target: runner, changeOrigin: true, headers: { origin: runner } } } },
});
