/** The System screen: processor, memory, graphics cards, the runner itself, and files it could not read. */
import { Button, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import type { SystemResponse } from '#contract/system';
import { ErrorNote } from '../../components/error-note.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { en } from '../../locales/en.ts';
import { fill } from '../../locales/fill.ts';
import { useSystem } from './system-query.ts';
import './system-screen.css';

const text = en.system;

export function SystemScreen() {
  const { data, error, refetch, isFetching } = useSystem();
  return (
    <section className="system" aria-label={text.title}>
      <h1>{text.title}</h1>
      {error !== null && (
        <ErrorNote title={text.loadFailed} message={error.message}>
          <Button size="xs" loading={isFetching} onClick={() => void refetch()}>
            {en.retry}
          </Button>
        </ErrorNote>
      )}
      {data === undefined && error === null && <Skeletons />}
      {data !== undefined && <Facts system={data} />}
    </section>
  );
}

function Facts({ system }: { system: SystemResponse }) {
  const { cpu, memory, gpus, llamaServer, faults } = system;
  const used = memory.totalBytes - memory.availableBytes;
  return (
    <>
      <div className="system-grid">
        <FactCard title={text.cpu}>
          <div>{cpu.name}</div>
          <div className="sub">{fill(text.cores, { cores: cpu.cores })}</div>
          {cpu.loadPercent !== null && <Meter label={text.load} part={cpu.loadPercent / 100} words={`${Math.round(cpu.loadPercent)} %`} />}
        </FactCard>
        <FactCard title={text.memory}>
          <div>{fill(text.available, { available: formatBytes(memory.availableBytes), total: formatBytes(memory.totalBytes) })}</div>
          <Meter label={text.used} part={used / memory.totalBytes} words={formatBytes(used)} />
        </FactCard>
        {gpus.map((gpu, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- two cards of one kind have one name
          <FactCard key={`${gpu.name}-${index}`} title={text.gpu}>
            <div>{gpu.name}</div>
            <div className="sub">
              {[gpu.vendor, gpu.memoryBytes === null ? null : formatBytes(gpu.memoryBytes)].filter(Boolean).join(' · ')}
            </div>
            {gpu.memoryBytes !== null && gpu.memoryUsedBytes !== null && (
              <Meter label={text.used} part={gpu.memoryUsedBytes / gpu.memoryBytes} words={formatBytes(gpu.memoryUsedBytes)} />
            )}
          </FactCard>
        ))}
        {gpus.length === 0 && (
          <FactCard title={text.gpu}>
            <div className="sub">{text.noGpu}</div>
          </FactCard>
        )}
        <FactCard title={text.llamaServer}>
          {llamaServer === null ? <div className="sub">{text.noLlamaServer}</div> : <div className="mono anywhere">{llamaServer.path}</div>}
          {typeof llamaServer?.version === 'string' && <div className="sub">{llamaServer.version}</div>}
        </FactCard>
        <FactCard title={text.runner}>
          <div>{fill(text.version, { version: system.version, platform: system.platform })}</div>
          <div className="mono sub anywhere">{system.dataDir}</div>
        </FactCard>
      </div>
      <h2>{text.faults}</h2>
      {faults.length === 0 ? (
        <div className="sub">{text.noFaults}</div>
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
