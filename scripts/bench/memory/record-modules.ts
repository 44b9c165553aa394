/** Preloaded into a runner (`--import`): writes to the file RECORD_MODULES, when the runner ends, which modules it loaded and how long their sources are. */
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const lengths: Record<string, number> = {};
registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    const { source } = loaded;
    lengths[url] = typeof source === 'string' ? source.length : (source?.byteLength ?? 0);
    return loaded;
  },
});
process.once('exit', () => writeFileSync(process.env['RECORD_MODULES'] ?? '', JSON.stringify(lengths)));
