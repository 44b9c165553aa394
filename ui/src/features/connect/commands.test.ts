/** The steps for every combination of answers; the commands use only options that the scripts have. */
import { describe, expect, it } from 'vitest';
import deploy from '../../../../scripts/deploy.sh?raw';
import maintain from '../../../../scripts/maintain_tunnel.sh?raw';
import start from '../../../../scripts/start_llm_server.sh?raw';
import { tunnelInputSchema } from '#contract/tunnel';
import { readAnswers, type Answers, type Plan } from './answers.ts';
import { firstAnswers } from './first-answers.ts';
import { stepsOf, type CommandId, type Step, type StepId } from './steps.ts';

const KEY = 'ssh-ed25519 AAAAC3 llm';
const CLIENT = { baseUrl: 'http://machine-b.example:8000/v1', model: 'tiny-chat' };
const FIRST = firstAnswers({
  endpoints: [],
  pageHost: 'here.example',
  brokerUrl: 'mqtts://broker.example:8883',
  brokerUser: 'machine-a',
});

function planOf(part: Partial<Answers>): Plan {
  const { plan, faults } = readAnswers({ ...FIRST, otherName: 'other.example', ...part });
  expect(faults).toEqual({});
  if (plan === null) throw new Error('no plan');
  return plan;
}

const stepsFor = (part: Partial<Answers>): Step[] =>
  stepsOf(planOf(part), { publicKey: KEY, client: CLIENT });

function commandOf(steps: readonly Step[], step: StepId, command: CommandId): string {
  return steps.find(({ id }) => id === step)?.commands.find(({ id }) => id === command)?.text ?? '';
}

const ENDS = [
  ['gateway', 'B'],
  ['apiKey', 'B'],
  ['client', 'C'],
] as const;

const REVERSE = ['model', 'key', 'authorize', 'reverse', 'incoming'];
const FORWARD = ['model', 'key', 'authorize', 'forward'];
const BROKER = ['model', 'brokerA', 'brokerB'];

it.each([
  {
    modelOn: 'here',
    way: 'ssh-other',
    direction: 'reverse',
    places: ['A here', 'A here', 'B other', 'A here', 'B other'],
    ids: REVERSE,
  },
  {
    modelOn: 'here',
    way: 'ssh-here',
    direction: 'forward',
    places: ['A here', 'B other', 'A here', 'B other'],
    ids: FORWARD,
  },
  {
    modelOn: 'other',
    way: 'ssh-here',
    direction: 'reverse',
    places: ['A other', 'A other', 'B here', 'A other', 'B here'],
    ids: REVERSE,
  },
  {
    modelOn: 'other',
    way: 'ssh-other',
    direction: 'forward',
    places: ['A other', 'B here', 'A other', 'B here'],
    ids: FORWARD,
  },
  { modelOn: 'here', way: 'broker', direction: null, places: ['A here', 'A here', 'B other'], ids: BROKER },
  { modelOn: 'other', way: 'broker', direction: null, places: ['A other', 'A other', 'B here'], ids: BROKER },
] as const)('model $modelOn, way $way: tunnel $direction', ({ modelOn, way, direction, places, ids }) => {
  const plan = planOf({ modelOn, way });
  const steps = stepsFor({ modelOn, way });
  expect(plan.tunnel?.input.direction ?? null).toBe(direction);
  expect(steps.map(({ id }) => id)).toEqual([...ids, ...ENDS.map(([id]) => id)]);
  expect(steps.slice(0, places.length).map(({ machine, place }) => `${machine} ${place}`)).toEqual(places);
  expect(steps.slice(places.length).map(({ machine }) => machine)).toEqual(
    ENDS.map(([, machine]) => machine),
  );
  expect(steps.flatMap(({ commands }) => commands).filter(({ text }) => text === '')).toEqual([]);
});

describe('the reverse tunnel from here', () => {
  const steps = stepsFor({});

  it('is the one in docs/two-machines.md', () => {
    const login = '--remote-user llm-tunnel --identity-file ~/.ssh/llm-tunnel';
    expect(commandOf(steps, 'reverse', 'keep')).toBe(`scripts/maintain_tunnel.sh other.example ${login}`);
    expect(commandOf(steps, 'reverse', 'check')).toBe(
      `scripts/maintain_tunnel.sh other.example ${login} --check`,
    );
    expect(commandOf(steps, 'key', 'makeKey')).toBe(
      "ssh-keygen -t ed25519 -N '' -f ~/.ssh/llm-tunnel\ncat ~/.ssh/llm-tunnel.pub",
    );
    expect(commandOf(steps, 'authorize', 'authorize')).toContain(
      `restrict,port-forwarding,command="false",permitlisten="127.0.0.1:8080",permitopen="127.0.0.1:8080" ${KEY}\n`,
    );
  });

  it('has the name that the script gives it, so that both manage the same tunnel', () => {
    expect(planOf({ serverPort: '9090' }).tunnel?.input).toMatchObject({ name: 'other.example:9090' });
  });

  it('names ports and files that differ from the defaults', () => {
    const part = {
      modelPort: '8001',
      serverPort: '9090',
      sshPort: '2222',
      identityFile: '~/my keys/tunnel',
      user: '',
    };
    expect(commandOf(stepsFor(part), 'reverse', 'keep')).toBe(
      "scripts/maintain_tunnel.sh other.example --identity-file ~/'my keys/tunnel' --ssh-port 2222 --remote-port 9090 --local-port 8001",
    );
    expect(commandOf(stepsFor(part), 'model', 'launch')).toMatch(/ --port 8001$/);
    expect(commandOf(stepsFor(part), 'authorize', 'authorize')).toContain('tee -a ~/.ssh/authorized_keys');
  });
});

it('the request for the other runner is valid for its REST API', () => {
  const forward = commandOf(stepsFor({ way: 'ssh-here' }), 'forward', 'post');
  const body = /-d '([^']*)'$/.exec(forward)?.[1] ?? '';
  expect(tunnelInputSchema.parse(JSON.parse(body))).toEqual(planOf({ way: 'ssh-here' }).tunnel?.input);
  expect(JSON.parse(body)).toMatchObject({
    direction: 'forward',
    host: 'here.example',
    user: 'llm-tunnel',
    remotePort: 8080,
  });
  const incoming = /-d '([^']*)'$/.exec(commandOf(stepsFor({}), 'incoming', 'post'))?.[1] ?? '';
  expect(tunnelInputSchema.parse(JSON.parse(incoming))).toEqual(planOf({}).incoming);
});

it('a key for a forward tunnel may not listen on any port', () => {
  const steps = stepsFor({ modelOn: 'other', way: 'ssh-other' });
  expect(commandOf(steps, 'authorize', 'authorize')).toContain(
    'permitlisten="127.0.0.1:1",permitopen="127.0.0.1:8080"',
  );
});

it('the broker way sets broker and mode on both machines', () => {
  const steps = stepsFor({ way: 'broker' });
  const command =
    "MQTT_PASSWORD='<password>' scripts/deploy.sh --yes --mode mqtt --broker-url mqtts://broker.example:8883 --broker-user machine-a\nnpm start";
  expect(commandOf(steps, 'brokerA', 'deploy')).toBe(command);
  expect(commandOf(steps, 'brokerB', 'deploy')).toBe(command);
});

it('every option exists in its script', () => {
  const scripts = { deploy, maintain_tunnel: maintain, start_llm_server: start };
  const part = { modelPort: '1', serverPort: '2', sshPort: '3' };
  const used = [{}, part, { way: 'ssh-here' as const }, { way: 'broker' as const }]
    .flatMap((answers) => stepsFor(answers))
    .flatMap(({ commands }) => commands.flatMap(({ text }) => text.split('\n')))
    .flatMap((line) => {
      const script = /scripts\/(\w+)\.sh/.exec(line)?.[1];
      return script === undefined
        ? []
        : [...line.matchAll(/ (--[a-z-]+)/g)].map(([, option = '']) => ({ script, option }));
    });
  expect(new Set(used.map(({ script }) => script))).toEqual(new Set(Object.keys(scripts)));
  const help = (script: string): string =>
    /<<'TEXT'\n([^]*?)\nTEXT/.exec(scripts[script as keyof typeof scripts])?.[1] ?? '';
  expect(used.filter(({ script, option }) => !help(script).includes(`  ${option} `))).toEqual([]);
});

it('clients get three lines; quotes in a model name are escaped', () => {
  const [, curl, python] =
    stepsOf(planOf({}), { publicKey: '', client: { ...CLIENT, model: `it's "it"` } }).at(-1)?.commands ?? [];
  expect(curl?.text).toContain(String.raw`it'\''s \"it\"`);
  expect(python?.text).toContain(String.raw`it'\''s \"it\"`);
});

it.each([
  ['otherName', { otherName: '' }],
  ['otherName', { otherName: '-oProxyCommand=x' }],
  ['user', { user: 'a b' }],
  ['sshPort', { sshPort: '0' }],
  ['modelPort', { modelPort: '' }],
  ['serverPort', { serverPort: '70000' }],
  ['identityFile', { identityFile: 'keys/one' }],
  ['hereName', { way: 'ssh-here', hereName: '' }],
  ['brokerUrl', { way: 'broker', brokerUrl: 'http://broker.example' }],
  ['brokerUser', { way: 'broker', brokerUser: "it's" }],
] as [string, Partial<Answers>][])('no plan with a faulty %s: %j', (field, part) => {
  expect(readAnswers({ ...FIRST, otherName: 'other.example', ...part })).toEqual({
    plan: null,
    faults: { [field]: true },
  });
});
