/** How the page is built and served in development: relative URLs, so any base path works; `/api` goes to the runner; the first load has a budget. */
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type Rolldown } from 'vite';

const runner = `http://127.0.0.1:${process.env['RUNNER_PORT'] ?? '3002'}`;

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react(), firstLoadBudget(250_000)],
  // "#contract/*" and "#launch/*" are subpath imports of the package.json above: Vite resolves them by itself.
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    chunkSizeWarningLimit: 800,
    // What must be true before any schema is made (app/first.ts) goes with zod: whatever chunk a schema is in, it runs before it.
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: 'zod', test: /node_modules[\\/]zod[\\/]|app[\\/]first\.ts$/ }] },
      },
    },
  },
  // The runner answers to its own origin only: in development the proxy speaks for it.
  server: { proxy: { '/api': { target: runner, changeOrigin: true, headers: { origin: runner } } } },
});

/** Fails the build when what the first screen needs at its first paint (entry, its static imports, styles, the largest language) outgrows the limit. */
function firstLoadBudget(limitBytes: number): Plugin {
  return {
    name: 'first-load-budget',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const files = Object.values(bundle);
        const chunks = files.filter((file) => file.type === 'chunk');
        const entry = chunks.find(({ isEntry }) => isEntry);
        if (entry === undefined) return;
        const first = [...withImports(entry, bundle)].flatMap((chunk) => [
          chunk.code,
          ...stylesOf(chunk, bundle),
        ]);
        const locales = chunks
          .filter(({ facadeModuleId }) => /locales\/[a-z]{2}\.ts$/.test(facadeModuleId ?? ''))
          .map(({ code }) => sizeOf(code));
        const total = first.reduce((sum, source) => sum + sizeOf(source), Math.max(0, ...locales));
        const words = `first load: ${(total / 1000).toFixed(1)} kB of ${limitBytes / 1000} kB (gzip)`;
        if (total > limitBytes)
          this.error(`${words}: move what the first paint does not need behind a dynamic import`);
        this.info(words);
      },
    },
  };
}

function withImports(
  chunk: Rolldown.OutputChunk,
  bundle: Rolldown.OutputBundle,
  seen = new Set<Rolldown.OutputChunk>(),
): Set<Rolldown.OutputChunk> {
  if (seen.has(chunk)) return seen;
  seen.add(chunk);
  for (const name of chunk.imports) {
    const imported = bundle[name];
    if (imported?.type === 'chunk') withImports(imported, bundle, seen);
  }
  return seen;
}

function stylesOf(chunk: Rolldown.OutputChunk, bundle: Rolldown.OutputBundle): (string | Uint8Array)[] {
  return [...(chunk.viteMetadata?.importedCss ?? [])].flatMap((name) => {
    const file = bundle[name];
    return file?.type === 'asset' ? [file.source] : [];
  });
}

function sizeOf(source: string | Uint8Array): number {
  return gzipSync(source).length;
}
