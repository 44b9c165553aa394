/** Decides whether a request may enter the gateway: its key, the key's scopes, quota and limits. Keys themselves are the key store's. */
import type { GatewayKey, GatewayRouteGroup } from '#contract/gateway';
import { isExpired, isModelAllowed, isRouteAllowed } from './key-scopes.ts';
import type { KeyStore } from './key-store.ts';
import { LOCK_MESSAGES } from './keys-marker.ts';
import { AdmissionError } from './limits-admission-error.ts';
import { limitHeaders, retryHeaders } from './limits-headers.ts';
import { LimitWindow } from './limits-window.ts';
import type { WindowState } from './limits-window.ts';

export interface LimitsParts {
  keys: Pick<KeyStore, 'find' | 'isOpen' | 'locked' | 'spend' | 'isLimitedByTokens'>;
  now: () => Date;
  /** The "minute" of the limits; shorter in tests. */
  windowMs?: number;
}

export interface Caller {
  /** What came as `Authorization: Bearer …` or `x-api-key`. */
  secret: string | null;
  /** Whether it came in where only this machine can. */
  isLoopbackListener: boolean;
}

export interface AskedRequest extends Caller {
  /** null: the request names none. A key that is limited to some models must name one, but for the list of models. */
  model: string | null;
  group: GatewayRouteGroup;
}

export interface Admission {
  /** null: there are no keys, everybody on this machine may. */
  keyId: string | null;
  keyName: string | null;
  /** For the answer, whatever it will be. */
  headers: Record<string, string>;
}

export class Limits {
  readonly #parts: LimitsParts;
  readonly #requests: LimitWindow;
  readonly #tokens: LimitWindow;

  constructor(parts: LimitsParts) {
    this.#parts = parts;
    this.#requests = new LimitWindow(parts.windowMs ?? 60_000);
    this.#tokens = new LimitWindow(parts.windowMs ?? 60_000);
  }

  /** Whose request it is; counts nothing, so it can be asked before the body is read. Throws AdmissionError 401. null: no key is needed. */
  identify({ secret, isLoopbackListener }: Caller): GatewayKey | null {
    const { keys, now } = this.#parts;
    if (keys.isOpen && isLoopbackListener) return null;
    if (secret === null || secret === '') {
      if (keys.locked !== null) throw new AdmissionError('missing_api_key', LOCK_MESSAGES[keys.locked]);
      const how = keys.isOpen
        ? 'This gateway has no API keys yet: make one on its page, and'
        : 'This gateway wants an API key:';
      throw new AdmissionError('missing_api_key', `${how} send it as Authorization: Bearer <key>.`);
    }
    const key = keys.find(secret);
    if (key === null) {
      if (keys.locked !== null) throw new AdmissionError('invalid_api_key', LOCK_MESSAGES[keys.locked]);
      throw new AdmissionError(
        'invalid_api_key',
        'This API key is not known here. Check it, or ask whoever runs this gateway for one.',
      );
    }
    if (key.revokedAt !== null) {
      throw new AdmissionError(
        'key_revoked',
        `The API key ${key.hint}… was revoked. Ask whoever runs this gateway for a new one.`,
      ).of(key);
    }
    if (isExpired(key, now())) {
      throw new AdmissionError(
        'key_expired',
        `The API key ${key.hint}… expired at ${key.expiresAt}. Ask whoever runs this gateway for a new one.`,
      ).of(key);
    }
    return key;
  }

  /** Counts one request of the key's minute, if it lets it in. Throws AdmissionError. */
  async check(asked: AskedRequest): Promise<Admission> {
    const key = this.identify(asked);
    if (key === null) return { keyId: null, keyName: null, headers: {} };
    checkScopes(key, asked);
    if (key.tokenQuota !== null && key.usedTokens >= key.tokenQuota) {
      const message = `The API key ${key.hint}… has used its ${key.tokenQuota} tokens. Ask whoever runs this gateway for more.`;
      // No time helps here: without the header OpenAI's SDKs would try twice more.
      throw new AdmissionError('insufficient_quota', message, { 'x-should-retry': 'false' }).of(key);
    }
    return { keyId: key.id, keyName: key.name, headers: await this.#enter(key) };
  }

  /** After the answer: prompt and answer count for the key's minute, its quota and its usage. Without a key nothing is counted. */
  async spend(keyId: string | null, used: { requests: number; tokens: number }): Promise<void> {
    if (keyId === null) return;
    this.#parts.keys.spend(keyId, used);
    if (used.tokens >= 1 && this.#parts.keys.isLimitedByTokens(keyId))
      await this.#tokens.add(keyId, Math.round(used.tokens));
  }

  async #enter(key: GatewayKey): Promise<Record<string, string>> {
    const { id, requestsPerMinute, tokensPerMinute } = key;
    const tokens = tokensPerMinute === null ? null : await this.#tokens.look(id, tokensPerMinute);
    if (requestsPerMinute === null) {
      if (isFull(tokens)) throw tooMany({ requests: null, tokens }).of(key);
      return limitHeaders({ requests: null, tokens });
    }
    if (isFull(tokens))
      throw tooMany({ requests: await this.#requests.look(id, requestsPerMinute), tokens }).of(key);
    const requests = await this.#requests.take(id, requestsPerMinute);
    if (!requests.isTaken) throw tooMany({ requests, tokens }).of(key);
    return limitHeaders({ requests, tokens });
  }
}

function checkScopes(key: GatewayKey, { group, model }: AskedRequest): void {
  if (!isRouteAllowed(key.routes, group)) {
    throw new AdmissionError(
      'route_not_allowed',
      `The API key ${key.hint}… opens ${key.routes.join(', ')} only, not ${group}.`,
    ).of(key);
  }
  if (key.models.length === 0) return;
  if (model === null ? group === 'models' : isModelAllowed(key.models, model)) return;
  const which = model === null ? 'Name one of them in "model"' : `The model "${model}" is not among them`;
  throw new AdmissionError(
    'model_not_allowed',
    `The API key ${key.hint}… opens the models ${key.models.join(', ')} only. ${which}.`,
  ).of(key);
}

function isFull(state: WindowState | null): state is WindowState {
  return state !== null && state.used >= state.limit;
}

/** Both may be full: the client waits for the later one. */
function tooMany(windows: { requests: WindowState | null; tokens: WindowState | null }): AdmissionError {
  const full = Object.entries(windows).flatMap(([name, state]) =>
    isFull(state) ? [{ ...state, name }] : [],
  );
  const waitMs = Math.max(...full.map(({ resetMs }) => resetMs), 1);
  const which = full.map(({ limit, name }) => `${limit} ${name}`).join(' and ');
  const message = `This API key may use ${which} a minute. Try again in ${Math.ceil(waitMs / 1000)} s.`;
  return new AdmissionError('rate_limit_exceeded', message, {
    ...limitHeaders(windows),
    ...retryHeaders(waitMs),
  });
}
