/** JSON that a stranger sent, read with limits. */

/** Of brackets in brackets. Millions of them keep the parser busy for seconds, and overflow the stack of whoever writes them out again. */
const MAX_DEPTH = 128;

/** Throws SyntaxError, also for JSON that is nested too deep. */
export function readJson(payload: Buffer): unknown {
  if (!isShallow(payload)) throw new SyntaxError('nested too deep');
  return JSON.parse(payload.toString('utf8'));
}

/** Whether others would read it. */
export function isShallow(payload: Buffer): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < payload.length; at += 1) {
    const sign = payload[at];
    if (isInText && sign === BACKSLASH) at += 1;
    else if (sign === QUOTE) isInText = !isInText;
    else if (isInText) continue;
    else if (sign === BRACKET || sign === BRACE) depth += 1;
    else if (sign === BRACKET + 2 || sign === BRACE + 2) depth -= 1;
    if (depth > MAX_DEPTH) return false;
  }
  return true;
}

const QUOTE = 0x22;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
