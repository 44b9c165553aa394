/** Why an ssh ended, from what it said. Pure. */
import { tunnelProblem, type FoundProblem } from '#contract/tunnel-problem';
import type { SshTunnel } from './ports.ts';

export interface SshEnd {
  problem: FoundProblem;
  /** A run that tells every step would show more. */
  isUnsure: boolean;
}

interface Said {
  tunnel: SshTunnel;
  /** Without ssh's debugging lines. */
  text: string;
  /** With them. */
  all: string;
  isVerbose: boolean;
}

const LONGEST_LINE = 400;

type Rule = (said: Said) => FoundProblem | SshEnd | null;

/** The first rule that knows it counts: what ssh says of a cause stands before what it says of the consequences. */
export function classifySsh(
  lines: readonly string[],
  { tunnel, isVerbose }: { tunnel: SshTunnel; isVerbose: boolean },
): SshEnd {
  const trimmed = lines.map((line) => line.trimEnd());
  const plain = trimmed.filter((line) => !line.startsWith('debug'));
  const said: Said = { tunnel, isVerbose, text: plain.join('\n'), all: trimmed.join('\n') };
  for (const rule of RULES) {
    const found = rule(said);
    if (found !== null) return 'problem' in found ? found : { problem: found, isUnsure: false };
  }
  const line = lastTelling(plain);
  const { host } = tunnel;
  return {
    problem: line === undefined ? tunnelProblem('ended', { host }) : tunnelProblem('ended-saying', { line }),
    isUnsure: false,
  };
}

const RULES: readonly Rule[] = [
  ({ text, tunnel }) => {
    // They stand in a command to copy, and the other machine's banner can say the same.
    const name = /^Host key for ([\w.:[\]-]+) has changed/m.exec(text)?.[1];
    const file = /^Offending \S+ key in ([^"$`]+):\d+$/m.exec(text)?.[1];
    if (name === undefined && !text.includes('REMOTE HOST IDENTIFICATION HAS CHANGED')) return null;
    return tunnelProblem('host-key-changed', {
      name: name ?? tunnel.host,
      file: file ?? '~/.ssh/known_hosts',
    });
  },
  ({ text, tunnel: { host } }) =>
    /Host key verification failed|REVOKED HOST KEY/.test(text)
      ? tunnelProblem('host-key-refused', { host })
      : null,
  ({ text }) => {
    const line =
      /^.*(Bad configuration option|terminating, \d+ bad configuration|Bad owner or permissions).*$/m.exec(
        text,
      )?.[0];
    return line === undefined ? null : tunnelProblem('configuration-broken', { line: shown(line) });
  },
  // The ssh that a jump host needs is a program of its own: for ours its end is that of a pipe without an address.
  ({ text, tunnel }) => {
    if (!/UNKNOWN port 65535|^stdio forwarding failed/m.test(text)) return null;
    const line = lastTelling(
      text.split('\n').filter((line) => !/UNKNOWN port|^kex_exchange|^stdio forwarding/.test(line)),
    );
    return tunnelProblem('jump-failed', {
      jump: tunnel.jumpHost ?? tunnel.host,
      line: line ?? 'it closed the connection.',
    });
  },
  ({ text }) => {
    const file = /Permissions \d+ for '([\w./~@+-]+)' are too open/.exec(text)?.[1];
    return file === undefined ? null : tunnelProblem('identity-open', { file });
  },
  (said) =>
    /Permission denied \(|Too many authentication failures|No supported authentication methods/.test(
      said.text,
    )
      ? keyRefused(said)
      : null,
  (said) =>
    /remote port forwarding failed for listen port/.test(said.text) ? remoteForwardFailed(said) : null,
  ({ text, tunnel }) => {
    const port = /^bind \S*:(\d+): |cannot listen to port: (\d+)/m.exec(text);
    if (port === null && !text.includes('Could not request local forwarding')) return null;
    return tunnelProblem('local-port-busy-unnamed', {
      port: Number(port?.[1] ?? port?.[2] ?? tunnel.localPort),
    });
  },
  ({ text }) => {
    const host = /Could not resolve hostname ([^\s:]+)/.exec(text)?.[1];
    return host === undefined ? null : tunnelProblem('host-unknown', { host });
  },
  ({ text, tunnel: { host, port } }) => {
    if (/^ssh: connect to host .*Connection refused/m.test(text))
      return tunnelProblem('connection-refused', { host, port });
    if (/timed out during banner exchange|^ssh: connect to host .*timed out/m.test(text))
      return tunnelProblem('connect-timeout', { host, port });
    return /No route to host|Network is unreachable/.test(text) ? tunnelProblem('no-route', { host }) : null;
  },
  ({ text, tunnel: { host } }) => {
    if (/Timeout, server .* not responding|Broken pipe|Connection timed out/.test(text))
      return tunnelProblem('network-lost', { host });
    return /closed by remote host|Connection closed by|Connection reset by/.test(text)
      ? tunnelProblem('closed-by-host', { host })
      : null;
  },
];

function keyRefused({ tunnel: { host, identityFile }, all, isVerbose }: Said): SshEnd {
  const accepted = /^debug1: Server accepts key: ([\w./~@+-]+) /m.exec(all)?.[1];
  if (accepted !== undefined)
    return { problem: tunnelProblem('identity-locked', { host, file: accepted }), isUnsure: false };
  const offered = [...all.matchAll(/Offering public key: (.+?) (\S+) (SHA256:\S+)/g)].map(
    ([, file, kind, print]) => `${file} (${kind} ${print})`,
  );
  const key = offered.length > 0 ? offered.join(', ') : identityFile;
  const problem =
    key === null
      ? tunnelProblem('key-refused-unnamed', { host })
      : tunnelProblem('key-refused', { host, key });
  return { problem, isUnsure: !isVerbose };
}

/** A port that is taken and one that is not allowed look the same, but for what sshd tells a verbose client. */
function remoteForwardFailed({ tunnel, all, isVerbose }: Said): SshEnd {
  const { host, remotePort: port } = tunnel;
  const target = tunnel.direction === 'reverse' ? `${tunnel.bindAddress}:${port}` : String(port);
  const isProhibited =
    /^debug\d: Remote: (.*forwarding.*(refused|denied)|.*(disabled|prohibited).*forwarding)/im.test(all);
  const problem = isProhibited
    ? tunnelProblem('forwarding-prohibited', { host, target })
    : tunnelProblem('remote-port-busy', { host, port });
  return { problem, isUnsure: !isVerbose };
}

function lastTelling(lines: readonly string[]): string | undefined {
  const found = lines.findLast(
    (line) =>
      line !== '' &&
      !/^(Authenticated to|Transferred: |Bytes per second|Warning: Permanently added)/.test(line),
  );
  return found === undefined ? undefined : shown(found);
}

/** The other machine chooses what it says: it must not fill the page. */
function shown(line: string): string {
  const text = line.replaceAll(/\p{Cc}/gu, ' ');
  return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
}
