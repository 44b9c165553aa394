/** The steps of a plan, in order, each with its machine and the commands there. Pure. */
import type { Plan } from './answers.ts';
import {
  authorizeCommand,
  brokerCommands,
  curlCommand,
  gatewayCommand,
  healthCommand,
  keyCommand,
  launchCommand,
  makeKeyCommand,
  postTunnelCommand,
  pythonCommand,
  tunnelCommands,
  type ClientSettings,
} from './commands.ts';

export type StepId =
  | 'model'
  | 'key'
  | 'authorize'
  | 'reverse'
  | 'forward'
  | 'incoming'
  | 'brokerA'
  | 'brokerB'
  | 'gateway'
  | 'apiKey'
  | 'client';

export type CommandId =
  | 'launch'
  | 'health'
  | 'makeKey'
  | 'authorize'
  | 'check'
  | 'keep'
  | 'post'
  | 'deploy'
  | 'gateway'
  | 'apiKey'
  | 'baseUrl'
  | 'curl'
  | 'python';

export interface Step {
  id: StepId;
  machine: 'A' | 'B' | 'C';
  place: 'here' | 'other' | 'client';
  commands: readonly { id: CommandId; text: string }[];
}

interface StepOptions {
  /** The public key of the machine that runs ssh, as in its `.pub` file. */
  publicKey: string;
  client: ClientSettings;
}

export function stepsOf(plan: Plan, { publicKey, client }: StepOptions): Step[] {
  const a = { machine: 'A', place: plan.modelSide } as const;
  const b = { machine: 'B', place: plan.gatewaySide } as const;
  return [
    {
      id: 'model',
      ...a,
      commands: [
        { id: 'launch', text: launchCommand(plan) },
        { id: 'health', text: healthCommand(plan.modelPort) },
      ],
    },
    ...(plan.tunnel === null ? brokerSteps(plan) : tunnelSteps(plan, plan.tunnel, publicKey)),
    { id: 'gateway', ...b, commands: [{ id: 'gateway', text: gatewayCommand() }] },
    { id: 'apiKey', ...b, commands: [{ id: 'apiKey', text: makeKeyCommand() }] },
    {
      id: 'client',
      machine: 'C',
      place: 'client',
      commands: [
        { id: 'baseUrl', text: client.baseUrl },
        { id: 'curl', text: curlCommand(client) },
        { id: 'python', text: pythonCommand(client) },
      ],
    },
  ];
}

function brokerSteps(plan: Plan): Step[] {
  const commands = [{ id: 'deploy', text: brokerCommands(plan) }] as const;
  return [
    { id: 'brokerA', machine: 'A', place: plan.modelSide, commands },
    { id: 'brokerB', machine: 'B', place: plan.gatewaySide, commands },
  ];
}

function tunnelSteps(plan: Plan, { input, madeBy }: NonNullable<Plan['tunnel']>, publicKey: string): Step[] {
  const from = { machine: madeBy === plan.modelSide ? 'A' : 'B', place: madeBy } as const;
  const to = {
    machine: from.machine === 'A' ? 'B' : 'A',
    place: madeBy === 'here' ? 'other' : 'here',
  } as const;
  const script = tunnelCommands(input);
  const identityFile = input.direction === 'incoming' ? null : input.identityFile;
  const keep: Step['commands'] =
    script === null
      ? [{ id: 'post', text: postTunnelCommand(input) }]
      : [
          { id: 'check', text: script.check },
          { id: 'keep', text: script.keep },
        ];
  return [
    { id: 'key', ...from, commands: [{ id: 'makeKey', text: keyCommand(identityFile) }] },
    { id: 'authorize', ...to, commands: [{ id: 'authorize', text: authorizeCommand(input, publicKey) }] },
    { id: input.direction === 'reverse' ? 'reverse' : 'forward', ...from, commands: keep },
    ...(plan.incoming === null
      ? []
      : [
          {
            id: 'incoming' as const,
            ...to,
            commands: [{ id: 'post' as const, text: postTunnelCommand(plan.incoming) }],
          },
        ]),
  ];
}
