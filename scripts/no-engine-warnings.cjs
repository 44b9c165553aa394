/**
 * Preloaded into npm by prepare.js: drops the warning EBADENGINE and nothing else. npm compares packages with the Node that runs npm, but the
 * product runs on the Node among its dependencies. At the source rather than in the output, so that npm keeps its terminal and its progress.
 */
const { emit } = process;

/** npm logs by events of `process`: ('log', level, prefix, …message). */
process.emit = function emitWithoutEngineWarnings(event, ...args) {
  const [level, prefix] = args;
  if (event === 'log' && level === 'warn' && prefix === 'EBADENGINE') return false;
  return emit.call(this, event, ...args);
};
