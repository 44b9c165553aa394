/** The figures of a tunnel, and the way to the model behind it. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Tunnel } from '#contract/tunnel';
import { formatCount } from '../../format/number.ts';
import { momentOf, msWords } from './tunnel-words.ts';

export function TunnelFacts({ tunnel, chatHref }: { tunnel: Tunnel; chatHref: string }) {
  const { t } = useTranslation();
  const { upSince, latencyMs, restarts, endpointId, state } = tunnel;
  return (
    <dl className="tunnel-facts">
      {upSince !== null && <Fact name={t('tunnels.facts.upSince')}>{momentOf(upSince)}</Fact>}
      {latencyMs !== null && <Fact name={t('tunnels.facts.latency')}>{msWords(latencyMs, t)}</Fact>}
      {(restarts > 0 || upSince !== null) && (
        <Fact name={t('tunnels.facts.restarts')} hint={t('tunnels.facts.restartsHint')}>
          {formatCount(restarts)}
        </Fact>
      )}
      {endpointId !== null && state === 'up' && (
        <div className="tunnel-endpoint">
          <dt className="visually-hidden">{t('nav.chat')}</dt>
          <dd>
            <a href={chatHref} title={t('tunnels.inChatHint')}>
              {t('tunnels.inChat')}
            </a>
          </dd>
        </div>
      )}
    </dl>
  );
}

function Fact({ name, hint, children }: { name: string; hint?: string; children: ReactNode }) {
  return (
    <div title={hint}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
