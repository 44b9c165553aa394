/** The steps of a plan with their current states, and the overall progress. */
import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { StateDot } from '../../components/state-dot.tsx';
import { BrokerAction } from './broker-action.tsx';
import type { Plan } from './answers.ts';
import { checksOf, isAllDone, type Check } from './checks.ts';
import { clientSettings } from './client-settings.ts';
import { useTestTunnel } from './connect-queries.ts';
import { tunnelHere, type Facts } from './facts.ts';
import { StepCard } from './step-card.tsx';
import { stepsOf, type Step } from './steps.ts';
import { TunnelActions } from './tunnel-actions.tsx';

export interface Hrefs {
  servers: string;
  tunnels: string;
  mqtt: string;
  gateway: string;
}

interface StepListProps {
  plan: Plan;
  facts: Omit<Facts, 'test'>;
  hrefs: Hrefs;
}

export function StepList({ plan, facts: known, hrefs }: StepListProps) {
  const { t } = useTranslation();
  const [publicKey, setPublicKey] = useState('');
  const test = useTestTunnel();
  const facts: Facts = { ...known, test: test.data ?? null };
  const steps = stepsOf(plan, { publicKey, client: clientSettings(plan, facts) });
  const checked = steps.map((step) => ({ step, checks: checksOf(step.id, plan, facts) }));
  const nameOf = (place: Step['place']): string => {
    const name = plan.answers.otherName.trim();
    return place === 'other' && name !== '' ? name : t(`connect.places.${place}`);
  };
  const parts = { plan, facts, hrefs, test };
  return (
    <section className="connect-section" aria-label={t('connect.stepsTitle')}>
      <div className="row wrap">
        <h2 className="grow">{t('connect.stepsTitle')}</h2>
        <Progress checks={checked.flatMap(({ checks }) => checks)} />
      </div>
      <div className="sub">{t('connect.stepsHint')}</div>
      <ol className="connect-steps">
        {checked.map(({ step, checks }, index) => (
          <StepCard key={step.id} step={step} number={index + 1} checks={checks} nameOf={nameOf}>
            {step.id === 'authorize' && (
              <TextInput
                label={t('connect.publicKey')}
                description={t('connect.publicKeyHint')}
                inputWrapperOrder={HINT_BELOW}
                classNames={{ input: 'mono' }}
                placeholder={KEY_EXAMPLE}
                autoComplete="off"
                spellCheck={false}
                value={publicKey}
                onChange={(event) => setPublicKey(event.currentTarget.value)}
              />
            )}
            {step.place === 'here' && <StepActions {...parts} step={step} checks={checks} />}
          </StepCard>
        ))}
      </ol>
    </section>
  );
}

const HINT_BELOW = ['label', 'input', 'description', 'error'] as (
  | 'label'
  | 'input'
  | 'description'
  | 'error'
)[];
const KEY_EXAMPLE = 'ssh-ed25519 AAAA…';

function Progress({ checks }: { checks: readonly Check[] }) {
  const { t } = useTranslation();
  const here = checks.filter(({ state }) => state !== 'there');
  const done = here.filter(({ state }) => state === 'ok').length;
  return (
    <output className="row">
      <StateDot tone={isAllDone(checks) ? 'ok' : 'busy'} />
      <span>
        {isAllDone(checks) ? t('connect.allDone') : t('connect.progress', { done, all: here.length })}
      </span>
    </output>
  );
}

interface StepActionsProps {
  plan: Plan;
  facts: Facts;
  hrefs: Hrefs;
  test: ReturnType<typeof useTestTunnel>;
  step: Step;
  checks: readonly Check[];
}

function StepActions({ plan, facts, hrefs, test, step, checks }: StepActionsProps) {
  const { t } = useTranslation();
  const isDone = isAllDone(checks);
  const tunnel = { tunnel: tunnelHere(plan, facts), test, tunnelsHref: hrefs.tunnels };
  switch (step.id) {
    case 'model':
      return isDone ? null : <a href={hrefs.servers}>{t('connect.actions.toServers')}</a>;
    case 'reverse':
    case 'forward':
      return plan.tunnel === null ? null : <TunnelActions {...tunnel} input={plan.tunnel.input} />;
    case 'incoming':
      return plan.incoming === null ? null : <TunnelActions {...tunnel} input={plan.incoming} />;
    case 'brokerA':
    case 'brokerB':
      return checks[0]?.state === 'ok' ? (
        <a href={hrefs.mqtt}>{t('connect.actions.toMqtt')}</a>
      ) : (
        <BrokerAction
          url={plan.answers.brokerUrl.trim()}
          username={plan.answers.brokerUser.trim()}
          mqttHref={hrefs.mqtt}
        />
      );
    case 'apiKey':
      return <a href={hrefs.gateway}>{t('connect.actions.toGateway')}</a>;
    case 'key':
    case 'authorize':
    case 'gateway':
    case 'client':
      return null;
  }
}
