/** The answers that the assistant starts with: defaults from what exists, or those saved for this tab. Pure apart from the storage. */
import { z } from 'zod';
import type { Endpoint } from '#contract/endpoint';
import { isLoopback } from '#contract/tunnel-address';
import type { Answers } from './answers.ts';
import { freePort, localServers, portOf } from './facts.ts';

const STORAGE_KEY = 'connect-answers';
const DEFAULT_PORT = '8080';

const text = z.string().max(4096);
const answersSchema = z.object({
  modelOn: z.enum(['here', 'other']),
  way: z.enum(['ssh-other', 'ssh-here', 'broker']),
  otherName: text,
  hereName: text,
  user: text,
  sshPort: text,
  identityFile: text,
  modelPort: text,
  serverPort: text,
  brokerUrl: text,
  brokerUser: text,
});

interface KnownSettings {
  endpoints: readonly Endpoint[];
  /** The host name under which the browser reached this machine. */
  pageHost: string;
  brokerUrl: string | null;
  brokerUser: string | null;
}

export function firstAnswers({ endpoints, pageHost, brokerUrl, brokerUser }: KnownSettings): Answers {
  return {
    modelOn: 'here',
    way: 'ssh-other',
    otherName: '',
    hereName: isLoopback(pageHost) ? '' : pageHost,
    user: 'llm-tunnel',
    sshPort: '22',
    identityFile: '~/.ssh/llm-tunnel',
    ...portsFor('here', endpoints),
    brokerUrl: brokerUrl ?? '',
    brokerUser: brokerUser ?? '',
  };
}

/** A model that runs here has a known port; the end of a tunnel here needs a free one. */
export function portsFor(
  modelOn: Answers['modelOn'],
  endpoints: readonly Endpoint[],
): Pick<Answers, 'modelPort' | 'serverPort'> {
  if (modelOn === 'other') return { modelPort: DEFAULT_PORT, serverPort: String(freePort(endpoints)) };
  const servers = localServers(endpoints);
  const server = servers.find(({ status }) => status === 'online') ?? servers[0];
  return {
    modelPort: server === undefined ? DEFAULT_PORT : String(portOf(server.baseUrl)),
    serverPort: DEFAULT_PORT,
  };
}

type Reader = () => Pick<Storage, 'getItem'>;
type Writer = () => Pick<Storage, 'setItem'>;

/** null: there are no saved answers, or they cannot be read. */
export function loadAnswers(storage: Reader = () => sessionStorage): Answers | null {
  try {
    return answersSchema.parse(JSON.parse(storage().getItem(STORAGE_KEY) ?? ''));
  } catch {
    return null;
  }
}

/** Ignores a storage that cannot be written: the assistant then only asks again. */
export function saveAnswers(answers: Answers, storage: Writer = () => sessionStorage): void {
  try {
    storage().setItem(STORAGE_KEY, JSON.stringify(answers));
  } catch {
    // A private window, or a full storage.
  }
}
