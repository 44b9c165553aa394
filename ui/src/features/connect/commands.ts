/** The commands for each machine, ready to paste into a shell. Pure. */
import type { TunnelInput } from '#contract/tunnel';
import { quoteForPosix } from '#launch/quote-for-posix';
import { tunnelSetup } from '#launch/tunnel-setup';
import type { Plan } from './answers.ts';

export const GATEWAY_PORT = 8000;
const RUNNER_URL = 'http://127.0.0.1:3002';
const DEFAULT_PORT = 8080;
/** Placeholder for a secret that only the reader knows. */
const YOUR_KEY = '<your key>';
const PUBLIC_KEY = 'ssh-ed25519 AAAA…';

/** Quotes a word for a shell; `~/` stays unquoted, because a shell expands it only then. */
function word(text: string): string {
  if (/^[\w@%+=:,./[\]-]+$/.test(text)) return text;
  if (text.startsWith('~/')) return `~/${text.length === 2 ? '' : word(text.slice(2))}`;
  return quoteForPosix.argument(text);
}

export function launchCommand({ modelPort }: Plan): string {
  const port = modelPort === DEFAULT_PORT ? '' : ` --port ${modelPort}`;
  return `GPU_LAYERS=-1 scripts/start_llm_server.sh ~/models/model.gguf${port}`;
}

export function healthCommand(port: number): string {
  return `curl http://127.0.0.1:${port}/health`;
}

export function keyCommand(identityFile: string | null): string {
  const file = word(identityFile ?? '~/.ssh/id_ed25519');
  return `ssh-keygen -t ed25519 -N '' -f ${file}\ncat ${file}.pub`;
}

/** For the machine that ssh connects to: creates the user and restricts its key. */
export function authorizeCommand(tunnel: TunnelInput, publicKey: string): string {
  const context = { knownHosts: '', user: '', ssh: 'ssh', isWindows: false };
  const key = publicKey.trim() === '' ? PUBLIC_KEY : publicKey.trim();
  const line = tunnelSetup(tunnel, { ...context, publicKey: key }).authorizedKeysLine ?? '';
  const user = tunnel.direction === 'incoming' ? null : tunnel.user;
  if (user === null) return `install -d -m 700 ~/.ssh\ntee -a ~/.ssh/authorized_keys <<'LINE'\n${line}\nLINE`;
  return [
    `id ${user} >/dev/null 2>&1 || sudo useradd --create-home --shell /usr/sbin/nologin ${user}`,
    `sudo install -d -m 700 -o ${user} -g "$(id -gn ${user})" ~${user}/.ssh`,
    `sudo -u ${user} tee -a ~${user}/.ssh/authorized_keys <<'LINE'`,
    line,
    'LINE',
  ].join('\n');
}

/** null for other directions: the script makes reverse tunnels only. */
export function tunnelCommands(tunnel: TunnelInput): { check: string; keep: string } | null {
  if (tunnel.direction !== 'reverse') return null;
  const { host, user, identityFile, port, localPort, remotePort } = tunnel;
  const words = [
    'scripts/maintain_tunnel.sh',
    word(host),
    ...(user === null ? [] : ['--remote-user', word(user)]),
    ...(identityFile === null ? [] : ['--identity-file', word(identityFile)]),
    ...(port === 22 ? [] : ['--ssh-port', port]),
    ...(remotePort === DEFAULT_PORT ? [] : ['--remote-port', remotePort]),
    ...(localPort === DEFAULT_PORT ? [] : ['--local-port', localPort]),
  ];
  const keep = words.join(' ');
  return { check: `${keep} --check`, keep };
}

/** `POST /api/tunnels` on the machine that makes the tunnel, without the default values. */
export function postTunnelCommand(tunnel: TunnelInput): string {
  const wanted = Object.entries(tunnel).filter(([name, value]) => !isDefault(name, value));
  const body = `{\n  ${wanted.map(([name, value]) => `"${name}": ${JSON.stringify(value)}`).join(', ')} }`;
  return `curl -X POST ${RUNNER_URL}/api/tunnels -H 'Content-Type: application/json' -d ${quoteForPosix.argument(body)}`;
}

const DEFAULTS = new Map<string, unknown>([
  ['bindAddress', '127.0.0.1'],
  ['localHost', '127.0.0.1'],
  ['remoteHost', '127.0.0.1'],
  ['port', 22],
  ['compression', false],
  ['startWithRunner', true],
]);

function isDefault(name: string, value: unknown): boolean {
  return value === null || (DEFAULTS.has(name) && DEFAULTS.get(name) === value);
}

export function brokerCommands({ answers: { brokerUrl, brokerUser } }: Plan): string {
  const user = brokerUser.trim();
  const login = user === '' ? '' : ` --broker-user ${word(user)}`;
  const password = user === '' ? '' : "MQTT_PASSWORD='<password>' ";
  return `${password}scripts/deploy.sh --yes --mode mqtt --broker-url ${word(brokerUrl.trim())}${login}\nnpm start`;
}

export function gatewayCommand(): string {
  return `GATEWAY_PORT=${GATEWAY_PORT} GATEWAY_HOST=0.0.0.0 npm start`;
}

export function makeKeyCommand(): string {
  return `curl -X POST ${RUNNER_URL}/api/gateway/keys -H 'Content-Type: application/json' -d '{"name":"machine-c"}'`;
}

export interface ClientSettings {
  baseUrl: string;
  model: string;
}

export function curlCommand({ baseUrl, model }: ClientSettings): string {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello!' }] });
  return `curl ${baseUrl}/chat/completions -H 'Authorization: Bearer ${YOUR_KEY}' -H 'Content-Type: application/json' -d ${quoteForPosix.argument(body)}`;
}

export function pythonCommand({ baseUrl, model }: ClientSettings): string {
  const client = `OpenAI(base_url=${JSON.stringify(baseUrl)}, api_key="${YOUR_KEY}")`;
  const asked = `model=${JSON.stringify(model)}, messages=[{"role": "user", "content": "Hello!"}]`;
  return `python3 -c ${quoteForPosix.argument(`from openai import OpenAI; print(${client}.chat.completions.create(${asked}).choices[0].message.content)`)}`;
}
