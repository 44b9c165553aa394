/** The address to give to clients, who is let in, and an example to begin with. */
import { SegmentedControl, Select, Skeleton } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../components/copy-button.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { useNow } from '../../components/use-now.ts';
import { clientAddress } from './client-address.ts';
import { EXAMPLE_LANGUAGES, clientExample, modelNames, type ExampleLanguage } from './client-example.ts';
import { useGatewayEndpoints, useGatewayKeys, useGatewayRoutes } from './gateway-queries.ts';
import { doorState } from './key-state.ts';
import { useGatewayModels } from './model-queries.ts';
import './gateway.css';

interface AddressBoxProps {
  /** Folder of the page. */
  pageUrl: string;
  serversHref: string;
}

const DOOR_TONES = { open: 'busy', keyed: 'ok', locked: 'bad' } as const;

export function AddressBox({ pageUrl, serversHref }: AddressBoxProps) {
  const { t } = useTranslation();
  const keys = useGatewayKeys().data;
  const models = useGatewayModels();
  // A runner that does not tell of a listener has no other than its own.
  const baseUrl = models.isPending ? null : clientAddress(models.data?.gatewayUrl ?? null, pageUrl);
  const nowMs = useNow(10_000);
  // Not before it is known whether the gateway is locked: "open" would be wrong then.
  const door =
    keys === undefined || models.isPending
      ? null
      : doorState(keys, { nowMs, isLocked: (models.data?.locked ?? null) !== null });
  return (
    <section className="card gateway-address" aria-label={t('gateway.address.title')}>
      <div className="gateway-address-line">
        <h2>{t('gateway.address.title')}</h2>
        {baseUrl === null ? (
          <Skeleton height={40} />
        ) : (
          <div className="row gateway-url">
            <code className="grow">{baseUrl}</code>
            <CopyButton text={baseUrl} label={t('gateway.address.copy')} />
          </div>
        )}
        <div className="sub gateway-door">
          {door !== null && (
            <>
              <StateDot tone={DOOR_TONES[door]} />
              <span>{t(`gateway.address.${door}`)}</span>
            </>
          )}
        </div>
      </div>
      <Example
        baseUrl={baseUrl ?? clientAddress(null, pageUrl)}
        needsKey={door !== 'open'}
        serversHref={serversHref}
      />
    </section>
  );
}

interface ExampleProps {
  baseUrl: string;
  needsKey: boolean;
  serversHref: string;
}

function Example({ baseUrl, needsKey, serversHref }: ExampleProps) {
  const { t } = useTranslation();
  const routes = useGatewayRoutes().data;
  const endpoints = useGatewayEndpoints().data;
  const [language, setLanguage] = useState<ExampleLanguage>('curl');
  const [chosen, setChosen] = useState<string | null>(null);
  const names = modelNames(routes ?? [], endpoints ?? []);
  const model = chosen !== null && names.includes(chosen) ? chosen : (names[0] ?? null);
  const text = clientExample(language, { baseUrl, model: model ?? 'MODEL', needsKey });
  return (
    <div className="gateway-example">
      <div className="row wrap">
        <h3 className="grow">{t('gateway.address.example')}</h3>
        {names.length > 0 && (
          <Select
            className="gateway-example-model"
            size="xs"
            aria-label={t('gateway.address.model')}
            data={names}
            value={model}
            allowDeselect={false}
            onChange={setChosen}
          />
        )}
        <SegmentedControl
          size="xs"
          aria-label={t('gateway.address.language')}
          data={[...EXAMPLE_LANGUAGES]}
          value={language}
          onChange={(value) => setLanguage(value)}
        />
        <CopyButton text={text} label={t('gateway.address.copyExample')} />
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reached by the keyboard */}
      <pre className="gateway-code" tabIndex={0} aria-label={t('gateway.address.example')}>
        {text}
      </pre>
      {endpoints !== undefined && names.length === 0 && (
        <div className="sub">
          {t('gateway.address.noModel')} <a href={serversHref}>{t('gateway.address.toServers')}</a>
        </div>
      )}
    </div>
  );
}
