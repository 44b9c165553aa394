/** The System screen: processor, memory, graphics cards, the runner, and the files it could not read. */
import { Button, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SystemResponse } from '#contract/system';
import { ErrorNote } from '../../components/error-note.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { useSystem } from './system-query.ts';
import './system-screen.css';

export function SystemScreen() {
  const { t } = useTranslation();
  const { data, error, refetch, isFetching } = useSystem();
  return (
    <section className="system" aria-label={t('system.title')}>
      <h1>{t('system.title')}</h1>
      {error !== null && (
        <ErrorNote title={t('system.loadFailed')} message={error.message}>
          <Button size="xs" loading={isFetching} onClick={() => void refetch()}>
            {t('retry')}
          </Button>
        </ErrorNote>
      )}
      {data === undefined && error === null && <Skeletons />}
      {data !== undefined && <Facts system={data} />}
    </section>
  );
}

function Facts({ system }: { system: SystemResponse }) {
  const { t } = useTranslation();
  const { cpu, memory, gpus, llamaServer, faults } = system;
  const used = memory.totalBytes - memory.availableBytes;
  return (
    <>
      <div className="system-grid">
        <FactCard title={t('system.cpu')}>
          <div>{cpu.name}</div>
          <div className="sub">{t('system.cores', { count: cpu.cores })}</div>
          {cpu.loadPercent !== null && (
            <Meter
              label={t('system.load')}
              part={cpu.loadPercent / 100}
              words={`${Math.round(cpu.loadPercent)} %`}
            />
          )}
        </FactCard>
        <FactCard title={t('system.memory')}>
          <div>
            {t('system.available', {
              available: formatBytes(memory.availableBytes),
              total: formatBytes(memory.totalBytes),
            })}
          </div>
          <Meter label={t('system.used')} part={used / memory.totalBytes} words={formatBytes(used)} />
        </FactCard>
        {gpus.map((gpu, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- two cards of one kind have one name
          <FactCard key={`${gpu.name}-${index}`} title={t('system.gpu')}>
            <div>{gpu.name}</div>
            <div className="sub">
              {[gpu.vendor, gpu.memoryBytes === null ? null : formatBytes(gpu.memoryBytes)]
                .filter(Boolean)
                .join(' · ')}
            </div>
            {gpu.memoryBytes !== null && gpu.memoryUsedBytes !== null && (
              <Meter
                label={t('system.used')}
                part={gpu.memoryUsedBytes / gpu.memoryBytes}
                words={formatBytes(gpu.memoryUsedBytes)}
              />
            )}
          </FactCard>
        ))}
        {gpus.length === 0 && (
          <FactCard title={t('system.gpu')}>
            <div className="sub">{t('system.noGpu')}</div>
          </FactCard>
        )}
        <FactCard title={t('system.llamaServer')}>
          {llamaServer === null ? (
            <div className="sub">{t('system.noLlamaServer')}</div>
          ) : (
            <div className="mono anywhere">{llamaServer.path}</div>
          )}
          {typeof llamaServer?.version === 'string' && <div className="sub">{llamaServer.version}</div>}
        </FactCard>
        <FactCard title={t('system.runner')}>
          <div>{t('system.version', { version: system.version, platform: system.platform })}</div>
          <div className="mono sub anywhere">{system.dataDir}</div>
        </FactCard>
      </div>
      <h2>{t('system.faults')}</h2>
      {faults.length === 0 ? (
        <div className="sub">{t('system.noFaults')}</div>
      ) : (
        <ul className="fault-list">
          {faults.map((fault) => (
            <li key={fault.file} className="note note-busy">
              <strong className="mono">{fault.file}</strong>
              {fault.message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function FactCard({ title, children }: { title: string; children: ReactNode }) {
  return (
    <article className="card">
      <h3>{title}</h3>
      {children}
    </article>
  );
}

function Meter({ label, part, words }: { label: string; part: number; words: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, part)) * 100);
  return (
    <div className="meter">
      <div className="row sub">
        <span className="grow">{label}</span>
        <span className="mono">{words}</span>
      </div>
      <div className="meter-bar" aria-hidden="true">
        <i style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}

function Skeletons() {
  return (
    <div className="system-grid" aria-hidden="true">
      {[0, 1, 2, 3].map((index) => (
        <div key={index} className="card">
          <Skeleton height={14} width="40%" />
          <Skeleton height={12} width="75%" />
          <Skeleton height={8} />
        </div>
      ))}
    </div>
  );
}
