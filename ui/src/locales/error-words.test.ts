/** The runner's errors appear in the page's language, and nothing in its message is lost. */
import i18next from 'i18next';
import { afterEach, describe, expect, it } from 'vitest';
import { STATUS_BY_CODE } from '#contract/error-codes';
import { FAULT_TEXTS } from '#launch/launch-fault';
import { ApiError } from '../api/api-error.ts';
import { errorWords, faultWords } from './error-words.ts';
import { hrRunner } from './hr-runner.ts';
import { RUNNER_TEXTS, runnerTexts } from './runner-texts.ts';

const places = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name))].toSorted();

const inCroatian = (code: string, message: string, details?: unknown): string =>
  errorWords({ code, message, details }, hrRunner);

describe('a failed request', () => {
  it('keeps the runner’s message where the language has no texts', () => {
    expect(errorWords({ code: 'PORT_TAKEN', message: 'Port 1 is taken.', details: { port: 1 } }, null)).toBe(
      'Port 1 is taken.',
    );
    expect(errorWords({ code: 'PORT_TAKEN', message: 'Port 1 is taken.' })).toBe('Port 1 is taken.');
  });

  it.each([
    [{ port: 8000, processId: 'web', pid: 7, program: 'node' }, /^Port 8000 zauzima proces „web”\./],
    [{ port: 8000, processId: null, pid: 7, program: 'python' }, /^Port 8000 zauzima python \(pid 7\)\./],
    [{ port: 8000, processId: null, pid: null, program: null }, /^Port 8000 zauzima drugi program\./],
    [undefined, /^Port je zauzet\. \(No port between 1 and 2 is free\.\)$/],
  ])('names the holder of a taken port from %j', (details, words) => {
    expect(inCroatian('PORT_TAKEN', 'No port between 1 and 2 is free.', details)).toMatch(words);
  });

  it.each([
    [{ tokens: 900, context: 512 }, /tokena: 900, a u kontekst stane: 512/],
    [{ tokens: null, context: null }, /^Poruka je dulja od konteksta modela\. Skratite/],
  ])('gives the figures for a message that is too long from %j', (details, words) => {
    expect(inCroatian('CONTEXT_EXCEEDED', 'too long', details)).toMatch(words);
  });

  it('lists the faulty fields of a request', () => {
    const details = [
      { path: 'form.port', message: 'must be a number' },
      { path: '', message: 'is empty' },
    ];
    expect(inCroatian('INVALID_REQUEST', 'not valid', details)).toBe(
      'Zahtjev nije valjan: form.port: must be a number; is empty',
    );
  });

  it('keeps what only the runner’s message says, unchanged', () => {
    expect(inCroatian('SPAWN_FAILED', 'spawn {{message}} E2BIG')).toBe(
      'Naredba se nije mogla pokrenuti. (spawn {{message}} E2BIG)',
    );
    expect(inCroatian('NEW_CODE', 'Said {{code}}.')).toBe('Said {{code}}.');
    expect(inCroatian('toString', 'odd')).toBe('odd');
  });

  it('has a text for every code, with no placeholder but the message', () => {
    const silent = ['STOPPED', 'CLIENT_GONE', 'RUNNER_KILLED'];
    expect(Object.keys(hrRunner.errors).toSorted()).toEqual(
      [...Object.keys(STATUS_BY_CODE), ...silent].toSorted(),
    );
    for (const [code, text] of Object.entries(hrRunner.errors)) {
      expect.soft(['', 'message'], code).toContain(places(text).join());
      expect.soft(inCroatian(code, 'SAID'), code).not.toMatch(/[{}]/);
    }
  });
});

describe('an ApiError', () => {
  afterEach(async () => i18next.changeLanguage('en'));

  it('is in the language that the page has when the message is read', async () => {
    await i18next.init({ lng: 'hr', resources: { hr: { [RUNNER_TEXTS]: hrRunner }, en: {} } });
    const error = new ApiError('NO_ENDPOINT', 'No server is online.');
    expect(runnerTexts()).toEqual(hrRunner);
    expect(error.message).toMatch(/^Nijedan poslužitelj nije dostupan/);
    await i18next.changeLanguage('en');
    expect(error.message).toBe('No server is online.');
    expect(String(error)).toBe('ApiError: No server is online.');
  });
});

describe('a fault of the launch form', () => {
  const fault = {
    reason: 'batch-needs-windows',
    values: { extension: '.bat', platform: 'linux' },
    message: 'A .bat file needs Windows.',
  };

  it('is in the page’s language, both before the launch and when the runner refuses it', () => {
    const words = 'Datoteci .bat treba Windows, a ovaj je runner na sustavu linux. Upotrijebite skriptu .sh.';
    expect(faultWords(fault, hrRunner)).toBe(words);
    expect(
      inCroatian('SCRIPT_UNSUPPORTED', fault.message, {
        field: 'path',
        reason: fault.reason,
        values: fault.values,
      }),
    ).toBe(words);
    expect(faultWords(fault, null)).toBe(fault.message);
    expect(faultWords({ ...fault, reason: 'new-reason' }, hrRunner)).toBe(fault.message);
  });

  it('has the same values in each language', () => {
    for (const [reason, text] of Object.entries(hrRunner.faults)) {
      expect
        .soft(places(text), reason)
        .toEqual(places(new Map<string, string>(Object.entries(FAULT_TEXTS)).get(reason) ?? ''));
    }
  });
});
