/** The assistant: the questions, then the steps that follow from the answers. */
import { Button, Skeleton } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Endpoint } from '#contract/endpoint';
import { ErrorNote } from '../../components/error-note.tsx';
import { useNow } from '../../components/use-now.ts';
import { readAnswers, type Answers } from './answers.ts';
import { useConnectFacts, useMqttSettings } from './connect-queries.ts';
import type { Facts } from './facts.ts';
import { firstAnswers, saveAnswers, loadAnswers, portsFor } from './first-answers.ts';
import { Questions } from './questions.tsx';
import { StepList, type Hrefs } from './step-list.tsx';
import './connect.css';

interface ConnectPanelProps {
  /** The host name under which the browser reached this machine. */
  pageHost: string;
  hrefs: Hrefs;
}

export function ConnectPanel({ pageHost, hrefs }: ConnectPanelProps) {
  const { t } = useTranslation();
  const queries = useConnectFacts();
  const settings = useMqttSettings();
  const nowMs = useNow(10_000);
  const all = [...Object.values(queries), settings];
  const error = all.find((query) => query.error !== null)?.error ?? null;
  const { endpoints, tunnels, mqtt, keys, models } = queries;
  const isReady = endpoints.data !== undefined && settings.data !== undefined;
  return (
    <>
      {error !== null && (
        <ErrorNote title={t('connect.loadFailed')} message={error.message}>
          <Button size="xs" onClick={() => all.forEach((query) => void query.refetch())}>
            {t('retry')}
          </Button>
        </ErrorNote>
      )}
      {!isReady && error === null && <Skeleton height={240} />}
      {isReady && (
        <Assistant
          first={() =>
            firstAnswers({
              endpoints: endpoints.data,
              pageHost,
              brokerUrl: settings.data.settings.url,
              brokerUser: settings.data.settings.username,
            })
          }
          facts={{
            endpoints: endpoints.data,
            tunnels: tunnels.data ?? [],
            mqtt: mqtt.data ?? null,
            keys: keys.data ?? [],
            gatewayUrl: models.data?.gatewayUrl ?? null,
            nowMs,
          }}
          hrefs={hrefs}
        />
      )}
    </>
  );
}

interface AssistantProps {
  first: () => Answers;
  facts: Omit<Facts, 'test'>;
  hrefs: Hrefs;
}

function Assistant({ first, facts, hrefs }: AssistantProps) {
  const { t } = useTranslation();
  const [answers, setAnswers] = useState(() => loadAnswers() ?? first());
  const { plan, faults } = readAnswers(answers);
  const change = (part: Partial<Answers>): void => {
    const next = { ...answers, ...part, ...newPorts(part, facts.endpoints) };
    setAnswers(next);
    saveAnswers(next);
  };
  return (
    <>
      <Questions answers={answers} faults={faults} onChange={change} />
      {plan === null ? (
        <div className="empty">
          <strong>{t('connect.unanswered')}</strong>
          <div className="sub">{t('connect.unansweredText')}</div>
        </div>
      ) : (
        // A new key for every tunnel: a test of another tunnel says nothing about this one.
        <StepList key={JSON.stringify(plan.tunnel)} plan={plan} facts={facts} hrefs={hrefs} />
      )}
    </>
  );
}

function newPorts({ modelOn }: Partial<Answers>, endpoints: readonly Endpoint[]): Partial<Answers> {
  return modelOn === undefined ? {} : portsFor(modelOn, endpoints);
}
