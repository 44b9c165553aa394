/** Finds the port in arguments that nobody filled into a form: `--port N` or `--port=N`, nothing else (`-p` means too many things). */

/** A number from 1 to 65535, or null. The last one counts, as servers read it. */
export function guessPort(args: readonly string[]): number | null {
  const values = args.flatMap((arg, index) => {
    if (arg === '--port') return [args[index + 1] ?? ''];
    return arg.startsWith('--port=') ? [arg.slice('--port='.length)] : [];
  });
  const last = values.at(-1) ?? '';
  const port = /^\d{1,5}$/.test(last) ? Number(last) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}
