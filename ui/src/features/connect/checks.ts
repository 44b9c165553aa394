/** The state of each step as far as this machine can see it, with the cause of a problem. Pure. */
import type { Endpoint } from '#contract/endpoint';
import type { MqttProblem, MqttStatus } from '#contract/mqtt';
import type { Tunnel, TunnelProblem } from '#contract/tunnel';
import { isLoopback } from '#contract/tunnel-address';
import type { Plan } from './answers.ts';
import {
  remoteEndpoint,
  hasKey,
  hostOf,
  isBroker,
  localEndpoint,
  othersOf,
  tunnelHere,
  type Facts,
} from './facts.ts';
import type { StepId } from './steps.ts';

/** "there": only visible on the other machine. */
export type CheckState = 'ok' | 'busy' | 'todo' | 'bad' | 'there';

type CheckCode =
  | 'modelNone'
  | 'modelOnline'
  | 'modelLoading'
  | 'modelOffline'
  | 'modelThrough'
  | 'modelThere'
  | 'keyAccepted'
  | 'keyUnknown'
  | 'keyThere'
  | 'authorized'
  | 'authorizeUnknown'
  | 'authorizeThere'
  | 'tunnelNone'
  | 'tunnelUp'
  | 'tunnelConnecting'
  | 'tunnelStopped'
  | 'tunnelFailed'
  | 'tunnelThere'
  | 'incomingNone'
  | 'incomingUp'
  | 'incomingWaits'
  | 'incomingThere'
  | 'brokerOff'
  | 'brokerConnected'
  | 'brokerConnecting'
  | 'brokerFailed'
  | 'brokerElsewhere'
  | 'ownWorker'
  | 'ownWorkerIdle'
  | 'workerSeen'
  | 'workerIdle'
  | 'workerNone'
  | 'gatewayNone'
  | 'gatewayOnlyHere'
  | 'gatewayOpen'
  | 'gatewayModel'
  | 'gatewayNoModel'
  | 'gatewayThere'
  | 'apiKeyMade'
  | 'apiKeyNone'
  | 'apiKeyThere';

/** Values that the text of a check may contain. */
export const NO_VALUES = { port: 0, name: '', ms: 0, address: '', models: '', url: '', model: '' };
type CheckValues = typeof NO_VALUES;

export interface Check {
  code: CheckCode;
  state: CheckState;
  values: Partial<CheckValues>;
  problem?: { tunnel: TunnelProblem } | { mqtt: MqttProblem } | { endpoint: Endpoint };
}

const check = (
  state: CheckState,
  code: CheckCode,
  rest: Partial<Omit<Check, 'state' | 'code'>> = {},
): Check => ({
  state,
  code,
  values: {},
  ...rest,
});

export function checksOf(id: StepId, plan: Plan, facts: Facts): Check[] {
  switch (id) {
    case 'model':
      return [modelCheck(plan, facts)];
    case 'key':
      return [keyCheck(plan, facts)];
    case 'authorize':
      return [authorizeCheck(plan, facts)];
    case 'reverse':
    case 'forward':
      return [tunnelCheck(plan, facts)];
    case 'incoming':
      return [incomingCheck(plan, facts)];
    case 'brokerA':
      return brokerChecks(plan, plan.modelSide, facts);
    case 'brokerB':
      return brokerChecks(plan, plan.gatewaySide, facts);
    case 'gateway':
      return plan.gatewaySide === 'here'
        ? [listenerCheck(facts), gatewayModelCheck(plan, facts)]
        : [check('there', 'gatewayThere')];
    case 'apiKey':
      if (plan.gatewaySide === 'other') return [check('there', 'apiKeyThere')];
      return [hasKey(facts) ? check('ok', 'apiKeyMade') : check('todo', 'apiKeyNone')];
    case 'client':
      return [];
  }
}

/** Whether everything visible from here is done. */
export function isAllDone(checks: readonly Check[]): boolean {
  return checks.every(({ state }) => state === 'ok' || state === 'there');
}

function modelCheck(plan: Plan, facts: Facts): Check {
  if (plan.modelSide === 'other') {
    const isThrough = remoteEndpoint(plan, facts)?.status === 'online';
    return isThrough
      ? check('ok', 'modelThrough')
      : check('there', 'modelThere', { values: { port: plan.modelPort } });
  }
  const endpoint = localEndpoint(plan, facts);
  const values = { port: plan.modelPort };
  if (endpoint === null) return check('todo', 'modelNone', { values });
  const named = { values: { ...values, name: endpoint.name } };
  if (endpoint.status === 'online') return check('ok', 'modelOnline', named);
  if (endpoint.status === 'loading') return check('busy', 'modelLoading', named);
  return check('bad', 'modelOffline', { ...named, problem: { endpoint } });
}

/** Tunnel problems, by the step that fixes them. */
const KEY_PROBLEMS: ReadonlySet<string> = new Set(['identity-missing', 'identity-open', 'ssh-missing']);
const AUTHORIZE_PROBLEMS: ReadonlySet<string> = new Set([
  'key-refused',
  'key-refused-unnamed',
  'forwarding-prohibited',
  'probe-forbidden',
]);

/** The tunnel's problem, or that of a test while there is no tunnel. */
function problemHere(plan: Plan, facts: Facts): TunnelProblem | null {
  const tunnel = tunnelHere(plan, facts);
  return tunnel === null || tunnel.state === 'stopped' ? (facts.test?.problem ?? null) : tunnel.problem;
}

function isAccepted(plan: Plan, facts: Facts): boolean {
  const tunnel = tunnelHere(plan, facts);
  const isTested = facts.test?.steps.some(({ step, ok }) => step === 'connect' && ok) === true;
  return isTested || tunnel?.state === 'up' || tunnel?.state === 'degraded';
}

function keyCheck(plan: Plan, facts: Facts): Check {
  if (plan.tunnel?.madeBy === 'other')
    return tunnelHere(plan, facts)?.state === 'up' ? check('ok', 'keyAccepted') : check('there', 'keyThere');
  const problem = problemHere(plan, facts);
  if (problem !== null && KEY_PROBLEMS.has(problem.code))
    return check('bad', 'tunnelFailed', { problem: { tunnel: problem } });
  return isAccepted(plan, facts) ? check('ok', 'keyAccepted') : check('todo', 'keyUnknown');
}

function authorizeCheck(plan: Plan, facts: Facts): Check {
  if (plan.tunnel?.madeBy === 'other') {
    return tunnelHere(plan, facts)?.state === 'up'
      ? check('ok', 'authorized')
      : check('there', 'authorizeThere');
  }
  const problem = problemHere(plan, facts);
  if (problem !== null && AUTHORIZE_PROBLEMS.has(problem.code)) {
    return check('bad', 'tunnelFailed', { problem: { tunnel: problem } });
  }
  return isAccepted(plan, facts) ? check('ok', 'authorized') : check('todo', 'authorizeUnknown');
}

function tunnelCheck(plan: Plan, facts: Facts): Check {
  const tunnel = tunnelHere(plan, facts);
  if (plan.tunnel?.madeBy === 'other') {
    return tunnel?.state === 'up'
      ? check('ok', 'tunnelUp', { values: upValues(tunnel) })
      : check('there', 'tunnelThere');
  }
  if (tunnel !== null) return tunnelState(tunnel);
  const problem = facts.test?.problem ?? null;
  return problem === null
    ? check('todo', 'tunnelNone')
    : check('bad', 'tunnelFailed', { problem: { tunnel: problem } });
}

function tunnelState(tunnel: Tunnel): Check {
  const problem = tunnel.problem === null ? {} : { problem: { tunnel: tunnel.problem } };
  switch (tunnel.state) {
    case 'up':
      return check('ok', 'tunnelUp', { values: upValues(tunnel), ...problem });
    case 'connecting':
      return check('busy', 'tunnelConnecting', problem);
    case 'stopped':
      return check('todo', 'tunnelStopped');
    case 'degraded':
    case 'down':
      return check('bad', 'tunnelFailed', problem);
  }
}

function upValues({ latencyMs }: Tunnel): { ms: number } {
  return { ms: Math.max(1, Math.round(latencyMs ?? 1)) };
}

function incomingCheck(plan: Plan, facts: Facts): Check {
  if (plan.gatewaySide === 'other') return check('there', 'incomingThere');
  const tunnel = tunnelHere(plan, facts);
  if (tunnel === null) return check('todo', 'incomingNone');
  if (tunnel.state === 'up') return check('ok', 'incomingUp', { values: upValues(tunnel) });
  // Nothing listens until the other machine connects: that is no failure.
  if (tunnel.state === 'connecting' || tunnel.problem?.code === 'incoming-absent')
    return check('busy', 'incomingWaits');
  return tunnelState(tunnel);
}

function brokerChecks(plan: Plan, place: 'here' | 'other', { mqtt }: Facts): Check[] {
  if (mqtt === null) return [];
  if (place === 'other') return [workerCheck(plan, mqtt)];
  const link = linkCheck(plan, mqtt);
  return plan.modelSide === 'here' && link.state === 'ok' ? [link, ownWorkerCheck(mqtt)] : [link];
}

function linkCheck(plan: Plan, mqtt: MqttStatus): Check {
  const values = { address: mqtt.address ?? '' };
  if (mqtt.state === 'off') return check('todo', 'brokerOff');
  if (!isBroker(plan, mqtt)) return check('todo', 'brokerElsewhere', { values });
  if (mqtt.problem !== null) return check('bad', 'brokerFailed', { problem: { mqtt: mqtt.problem } });
  return mqtt.state === 'connected'
    ? check('ok', 'brokerConnected', { values })
    : check('busy', 'brokerConnecting', { values });
}

function ownWorkerCheck({ workers }: MqttStatus): Check {
  const models = workers.find(({ isOwn }) => isOwn)?.models ?? [];
  const names = models.map(({ model }) => model).join(', ');
  return models.length > 0
    ? check('ok', 'ownWorker', { values: { models: names } })
    : check('todo', 'ownWorkerIdle');
}

function workerCheck(plan: Plan, mqtt: MqttStatus): Check {
  const worker = othersOf(mqtt)[0];
  if (worker === undefined) return check('there', 'workerNone');
  const values = { name: worker.name, models: worker.models.map(({ model }) => model).join(', ') };
  if (plan.modelSide === 'here')
    return check('ok', 'workerSeen', { values: { ...values, models: values.models || '—' } });
  return worker.models.length > 0
    ? check('ok', 'workerSeen', { values })
    : check('busy', 'workerIdle', { values });
}

function listenerCheck({ gatewayUrl }: Facts): Check {
  if (gatewayUrl === null) return check('todo', 'gatewayNone');
  const values = { url: gatewayUrl };
  return isLoopback(hostOf(gatewayUrl))
    ? check('todo', 'gatewayOnlyHere', { values })
    : check('ok', 'gatewayOpen', { values });
}

function gatewayModelCheck(plan: Plan, facts: Facts): Check {
  const endpoint = remoteEndpoint(plan, facts);
  if (endpoint === null) return check('todo', 'gatewayNoModel');
  if (endpoint.status !== 'online') return check('bad', 'gatewayNoModel', { problem: { endpoint } });
  return check('ok', 'gatewayModel', {
    values: { model: endpoint.model ?? endpoint.models[0] ?? endpoint.id },
  });
}
