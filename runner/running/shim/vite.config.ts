/** Builds the shim as one plain file: without the TypeScript stripper and a dozen modules each shim takes a third less memory. */
import { join } from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  build: {
    ssr: 'main.ts',
    target: 'node24',
    minify: false,
    outDir: join(import.meta.dirname, '..', '..', '..', '.cache', 'shim'),
    emptyOutDir: true,
    rolldownOptions: { output: { format: 'cjs', entryFileNames: 'shim.cjs' } },
  },
});
