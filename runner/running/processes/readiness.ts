/** Proves that a run is ready: the URL answers (or the port accepts, or a line appears), and the socket that answered is our child's own. */
import { connect } from 'node:net';
import type { Ready } from '#contract/process';
import { processNote, type ProcessNote } from '#contract/process-note';
import { findPortOwner, describePortOwner } from '../os/port-owner.ts';
import { hasProcessTable } from '../os/process-table.ts';
import { findMembers } from '../os/run-members.ts';
import type { RunIdentity } from '../os/run-members.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
const ANSWER_PATIENCE_MS = 5_000;

export interface ReadinessCheck {
  ready: Ready;
  run: RunIdentity;
  signal: AbortSignal;
  /** Subscribes to the texts of the run's log lines. */
  watchLines: (onText: (text: string) => void) => () => void;
  /** Told what the run waits for, whenever that changes. */
  onNote: (note: ProcessNote) => void;
}

/** Resolves true when ready, false when `signal` was aborted first. */
export async function waitUntilReady(check: ReadinessCheck): Promise<boolean> {
  if ('pattern' in check.ready) return waitForLine(check, new RegExp(check.ready.pattern));
  let pauseMs = FIRST_PAUSE_MS;
  while (!check.signal.aborted) {
    const note = await askOnce(check.ready, check);
    if (check.signal.aborted) return false;
    if (note === null) return true;
    check.onNote(note);
    await pause(pauseMs, check.signal);
    pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
  }
  return false;
}

/** null when ready, else what it waits for. */
async function askOnce(
  ready: { url: string } | { port: number },
  check: ReadinessCheck,
): Promise<ProcessNote | null> {
  const port = 'url' in ready ? portOf(ready.url) : ready.port;
  const waitsFor = 'url' in ready ? await askUrl(ready.url, check.signal) : await askPort(ready.port);
  if (waitsFor !== null) return waitsFor;
  if (!hasProcessTable || findPortOwner(port, findMembers(check.run)) !== null) return null;
  const owner = describePortOwner(port);
  return owner === null
    ? processNote('port-of-another', { port })
    : processNote('port-of-program', { port, program: owner.name, pid: owner.pid });
}

/** 401 and 403 come from a server that is up and wants its key. */
async function askUrl(url: string, signal: AbortSignal): Promise<ProcessNote | null> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_PATIENCE_MS)]),
      redirect: 'manual',
    });
    await response.body?.cancel();
    const { ok, status } = response;
    if (ok || status === 401 || status === 403) return null;
    return processNote(status === 503 ? 'url-loading' : 'url-refuses', { url, status });
  } catch {
    return processNote('url-silent', { url });
  }
}

async function askPort(port: number): Promise<ProcessNote | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: ANSWER_PATIENCE_MS });
    const settle = (note: ProcessNote | null): void => {
      socket.destroy();
      resolve(note);
    };
    socket.once('connect', () => settle(null));
    socket.once('error', () => settle(processNote('port-closed', { port })));
    socket.once('timeout', () => settle(processNote('port-closed', { port })));
  });
}

async function waitForLine(check: ReadinessCheck, pattern: RegExp): Promise<boolean> {
  if (check.signal.aborted) return false;
  check.onNote(processNote('line-awaited', { pattern: pattern.source }));
  return new Promise((resolve) => {
    const unwatch = check.watchLines((text) => {
      if (pattern.test(text)) settle(true);
    });
    const settle = (isReady: boolean): void => {
      unwatch();
      check.signal.removeEventListener('abort', giveUp);
      resolve(isReady);
    };
    const giveUp = (): void => settle(false);
    check.signal.addEventListener('abort', giveUp);
  });
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
