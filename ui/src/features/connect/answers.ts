/** The user's answers to the assistant's questions, their validation, and the plan that follows from them. Pure. */
import { mqttUrlSchema } from '#contract/mqtt';
import { tunnelInputSchema, type TunnelInput } from '#contract/tunnel';

type Side = 'here' | 'other';

/** `way`: ssh connects to the other machine, or to this one; or both machines reach a broker. */
export interface Answers {
  modelOn: Side;
  way: 'ssh-other' | 'ssh-here' | 'broker';
  /** Names or addresses of the machines, as reachable from the other one and from clients. */
  otherName: string;
  hereName: string;
  /** On the machine that ssh connects to. */
  user: string;
  sshPort: string;
  /** On the machine that runs ssh. */
  identityFile: string;
  /** Ports of the model server: on its own machine, and on the other one at the end of the tunnel. */
  modelPort: string;
  serverPort: string;
  brokerUrl: string;
  brokerUser: string;
}

export type Field = Exclude<keyof Answers, 'modelOn' | 'way'>;
export type Faults = { [field in Field]?: true };

/** Machine A is on `modelSide` and has the model; machine B is on `gatewaySide` and has the gateway. */
export interface Plan {
  answers: Answers;
  modelSide: Side;
  gatewaySide: Side;
  modelPort: number;
  tunnel: { input: TunnelInput; madeBy: Side } | null;
  /** The entry that B registers to watch the end of a reverse tunnel. */
  incoming: TunnelInput | null;
}

/** The fields that these answers require, in order; `isNeeded` ones must not be empty. */
export function fieldsOf({
  modelOn,
  way,
}: Pick<Answers, 'modelOn' | 'way'>): { field: Field; isNeeded: boolean }[] {
  const names = [
    { field: 'otherName' as const, isNeeded: way === 'ssh-other' },
    // Clients connect to the machine with the gateway: the one without the model.
    ...(way === 'ssh-here' || modelOn === 'other'
      ? [{ field: 'hereName' as const, isNeeded: way === 'ssh-here' }]
      : []),
  ];
  const ssh = [
    { field: 'user' as const, isNeeded: false },
    { field: 'sshPort' as const, isNeeded: true },
    { field: 'identityFile' as const, isNeeded: false },
    { field: 'modelPort' as const, isNeeded: true },
    { field: 'serverPort' as const, isNeeded: true },
  ];
  const broker = [
    { field: 'brokerUrl' as const, isNeeded: true },
    { field: 'brokerUser' as const, isNeeded: false },
    { field: 'modelPort' as const, isNeeded: true },
  ];
  return [...names, ...(way === 'broker' ? broker : ssh)];
}

/** Validates the answers; `plan` is null while there are faults. */
export function readAnswers(answers: Answers): { plan: Plan | null; faults: Faults } {
  const needed = fieldsOf(answers);
  const faults: Faults = {};
  for (const { field, isNeeded } of needed) {
    if ((isNeeded && answers[field].trim() === '') || !isValid(field, answers[field])) faults[field] = true;
  }
  if (Object.keys(faults).length > 0) return { plan: null, faults };
  const modelSide = answers.modelOn;
  const modelPort = Number(answers.modelPort);
  const roles = {
    answers,
    modelSide,
    gatewaySide: modelSide === 'here' ? 'other' : 'here',
    modelPort,
  } as const;
  if (answers.way === 'broker') return { plan: { ...roles, tunnel: null, incoming: null }, faults };
  return { plan: { ...roles, ...tunnelsOf(answers) }, faults };
}

/** Uses the name that maintain_tunnel.sh gives, so that both manage the same tunnel. */
function tunnelsOf(answers: Answers): Pick<Plan, 'tunnel' | 'incoming'> {
  const { modelOn, way, otherName, hereName, user, identityFile } = answers;
  const madeBy = way === 'ssh-other' ? 'here' : 'other';
  const [modelPort, serverPort] = [Number(answers.modelPort), Number(answers.serverPort)];
  const host = (way === 'ssh-other' ? otherName : hereName).trim();
  const ssh = { host, port: Number(answers.sshPort), user: orNull(user), identityFile: orNull(identityFile) };
  const parse = (fields: object): TunnelInput => tunnelInputSchema.parse(fields);
  if (modelOn !== madeBy) {
    const forward = {
      direction: 'forward',
      name: `${host}:${modelPort}`,
      ...ssh,
      remotePort: modelPort,
      localPort: serverPort,
    };
    return { tunnel: { input: parse(forward), madeBy }, incoming: null };
  }
  const reverse = {
    direction: 'reverse',
    name: `${host}:${serverPort}`,
    ...ssh,
    localPort: modelPort,
    remotePort: serverPort,
  };
  const name = modelOn === 'other' && otherName.trim() !== '' ? otherName.trim() : 'machine-a';
  const incoming = { direction: 'incoming', name, remotePort: serverPort };
  return { tunnel: { input: parse(reverse), madeBy }, incoming: parse(incoming) };
}

const [reverseShape] = [tunnelInputSchema.options[0].shape];

function isValid(field: Field, text: string): boolean {
  const value = text.trim();
  if (value === '') return true;
  switch (field) {
    case 'otherName':
    case 'hereName':
      return reverseShape.host.safeParse(value).success;
    case 'user':
      return reverseShape.user.safeParse(value).success;
    case 'sshPort':
    case 'modelPort':
    case 'serverPort':
      return reverseShape.localPort.safeParse(Number(value)).success;
    case 'identityFile':
      return reverseShape.identityFile.safeParse(value).success;
    case 'brokerUrl':
      return mqttUrlSchema.safeParse(value).success;
    case 'brokerUser':
      return /^[^\s'"`$\\]{1,256}$/.test(value);
  }
}

function orNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}
