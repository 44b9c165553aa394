/** What a tunnel does, drawn: the machine with the model server, and the one where it appears. Reads as one sentence. */
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Way, WayEnd } from './tunnel-way.ts';

export function WayDrawing({ way }: { way: Way }) {
  const { t } = useTranslation();
  const { from, to } = way;
  return (
    <div className="tunnel-way">
      <End
        end={from}
        words={
          from.at === null
            ? t('tunnels.way.fromUnknown')
            : t('tunnels.way.from', { at: placeWords(from.at, t) })
        }
      />
      <span className="tunnel-arrow">
        <svg viewBox="0 0 40 12" aria-hidden="true">
          <path d="M1 6h37M33 1.5L38 6l-5 4.5" />
        </svg>
        <span className="visually-hidden">{t('tunnels.way.leadsTo')}</span>
      </span>
      <End end={to} words={to.at === null ? '' : t('tunnels.way.to', { at: placeWords(to.at, t) })} />
    </div>
  );
}

function End({ end, words }: { end: WayEnd; words: string }) {
  const { t } = useTranslation();
  return (
    <div className="tunnel-end">
      {end.host === null ? (
        <strong>{t(`tunnels.way.${end.machine}`)}</strong>
      ) : (
        <strong className="mono">{end.host}</strong>
      )}
      <span>{words}</span>
    </div>
  );
}

function placeWords(at: NonNullable<WayEnd['at']>, t: TFunction): string {
  return at.kind === 'port' ? t('tunnels.way.port', { port: at.port }) : at.address;
}
