// Ignores TERM, INT and HUP: only KILL ends it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
  process.on(signal, () => console.log(`ignored ${signal}`));
console.log('ready');
setInterval(() => {}, 1 << 30);
