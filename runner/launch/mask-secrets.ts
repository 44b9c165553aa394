/** Replaces keys, tokens and passwords wherever a command is shown or logged. Rather hides too much than too little. */

const MASK = '***';

/** By the end of its name: `--api-key`, `HF_TOKEN`, `clientSecret`. Counts such as `--max-tokens` and `--n-tokens` are none. `-hft` is llama-server's short `--hf-token`. */
const SECRET_NAME = /(keys?|token|secrets?|passw(or)?ds?|passphrase|credentials?)$|^hft$/i;
const FLAG = /^(--?|\/)([A-Za-z][\w.-]*)$/;
/** `--api-key=…`, PowerShell's `-ApiKey:…`, and `HF_TOKEN=…` as docker and env take it. */
const FLAG_WITH_VALUE = /^((?:--?|\/)?([A-Za-z_][\w-]*)[=:]).+$/s;

/** The same arguments with the values of secret flags replaced by `***`. */
export function maskSecrets(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const before = index === 0 ? undefined : args[index - 1];
    return before !== undefined && isSecretFlag(before) ? MASK : maskArg(arg);
  });
}

/** The same arguments without secret flags and their values; a secret inside another argument is replaced by `***`. */
export function dropSecrets(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    const before = index === 0 ? undefined : args[index - 1];
    const isDropped =
      isSecretFlag(arg) || isSecretAssignment(arg) || (before !== undefined && isSecretFlag(before));
    return isDropped ? [] : [maskText(arg)];
  });
}

/** The same variables with secret ones replaced by `***`. */
export function maskEnv(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, isSecretName(name) ? MASK : maskText(value)]),
  );
}

/** Whether a variable or flag of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

function isSecretFlag(arg: string): boolean {
  const name = FLAG.exec(arg)?.[2];
  return name !== undefined && isSecretName(name);
}

function isSecretAssignment(arg: string): boolean {
  const name = FLAG_WITH_VALUE.exec(arg)?.[2];
  return name !== undefined && isSecretName(name);
}

function maskArg(arg: string): string {
  return isSecretAssignment(arg) ? (FLAG_WITH_VALUE.exec(arg)?.[1] ?? '') + MASK : maskText(arg);
}

/** The lengths are bounded so that no text, however long, makes these slow. */
const IN_TEXT: readonly RegExp[] = [
  // https://user:password@host
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,256}:)[^\s/]{1,512}(?=@)/gi,
  // ?api_key=… of a URL
  /([?&][\w.-]{0,64}(?:key|token|secret|password)=)[^\s&#'"]+/gi,
  // Authorization: Bearer …, and any other mention of a bearer token
  /(\bauthorization\s*:\s*(?:(?:bearer|basic|token)\s+)?)[^\s'"]+/gi,
  /(\bbearer\s+)[^\s'"]+/gi,
  // X-Api-Key: … and "api_key": "…"
  /(\b[\w-]{0,64}(?:key|token|secret|password)["']?\s*:\s*["']?)[^\s'",}]+/gi,
  // --api-key … and API_KEY=… inside a longer line, as a shell gets it
  /((?:^|\s)--?(?:[\w.-]{0,64}(?:key|token|secret|password)|hft)(?:=|\s+))(?:"(?:\\.|[^"\\])*"|'[^']*'|\S+)/gi,
  /((?:^|[\s;"'])(?:\$env:)?\w{0,64}(?:keys?|token|secrets?|password)=)(?:"[^"]*"|'[^']*'|[^\s;"']+)/gi,
];

/** A whole line (a shell command, a header, a URL) with the secrets in it replaced by `***`. */
export function maskText(text: string): string {
  return IN_TEXT.reduce((masked, pattern) => masked.replace(pattern, `$1${MASK}`), text);
}
