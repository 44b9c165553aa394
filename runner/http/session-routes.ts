/** Sessions: list and search, make, read, change, remove, fork, export. */
import { Router } from 'express';
import type { Response } from 'express';
import { z } from 'zod';
import { PATHS } from '#contract/paths';
import { promptSchema } from '#contract/preset';
import type { Prompt } from '#contract/preset';
import { sessionChangeSchema, sessionForkSchema, sessionInputSchema } from '#contract/session';
import type { SessionChange } from '#contract/session';
import { AppError } from '../base/errors.ts';
import type { SessionStore } from '../chat/sessions/session-store.ts';
import { idOf, validate } from './validate.ts';

export interface SessionRouteParts {
  sessions: SessionStore;
  /** Whose request it is: "local", or a key's. */
  principalOf: (res: Response) => string;
  /** Throws PRESET_NOT_FOUND. */
  promptOfPreset: (presetId: string) => Prompt;
  /** Null: it has none. */
  defaultPresetOf: (endpointId: string | null) => string | null;
  /** Nothing happens when the session is not answering. */
  stopAnswering: (principal: string, sessionId: string) => Promise<void>;
  /** Throws ENDPOINT_NOT_FOUND. */
  checkEndpoint: (endpointId: string) => void;
}

const listQuerySchema = z.object({
  search: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
  before: z.iso.datetime({ offset: true }).optional(),
});
const exportQuerySchema = z.object({ format: z.enum(['markdown', 'json']).default('markdown') });

/** Every route with an id answers 404 SESSION_NOT_FOUND for one that is unknown or another principal's. */
export function sessionRoutes(parts: SessionRouteParts): Router {
  const { sessions, principalOf, checkEndpoint } = parts;
  const router = Router();

  /** `{ok, sessions}`, the last changed first. `?search=` in titles and messages, `?limit=` (50, at most 200), `?before=` an `updatedAt`. */
  router.get(PATHS.sessions, (req, res) => {
    const { before, ...query } = validate(listQuerySchema, req.query);
    const cursor = before === undefined ? undefined : new Date(before).toISOString();
    res.json({ ok: true, sessions: sessions.list(principalOf(res), { ...query, before: cursor }) });
  });

  /** Body: SessionInput. Answers 201 `{ok, session}`; 409 SESSION_EXISTS, 404 PRESET_NOT_FOUND and ENDPOINT_NOT_FOUND. */
  router.post(PATHS.sessions, (req, res) => {
    const { id, title, model = null, ...input } = validate(sessionInputSchema, req.body ?? {});
    const endpointId = input.endpointId ?? null;
    if (endpointId !== null) checkEndpoint(endpointId);
    const { presetId = null, prompt = promptSchema.parse({}) } = promptAtStart(parts, {
      ...input,
      endpointId,
    });
    res.status(201).json({
      ok: true,
      session: sessions.create(principalOf(res), { id, title, endpointId, model, presetId, prompt }),
    });
  });

  /** `{ok, session, messages}`; messages that a newer turn has replaced are not among them. */
  router.get(PATHS.session, (req, res) => {
    const [principal, id] = [principalOf(res), idOf(req)];
    res.json({ ok: true, session: sessions.get(principal, id), messages: sessions.messages(principal, id) });
  });

  /** Body: SessionChange; absent fields stay. Answers `{ok, session}`; 404 PRESET_NOT_FOUND and ENDPOINT_NOT_FOUND. */
  router.patch(PATHS.session, (req, res) => {
    const [principal, id] = [principalOf(res), idOf(req)];
    const { title, endpointId, model, ...input } = validate(sessionChangeSchema, req.body ?? {});
    const session = sessions.get(principal, id);
    if (typeof endpointId === 'string') checkEndpoint(endpointId);
    const applied = promptOfInput(parts, input, session.presetId);
    res.json({ ok: true, session: sessions.change(principal, id, { title, endpointId, model, ...applied }) });
  });

  /** Answers `{ok}`. An answer that is being written is stopped first. */
  router.delete(PATHS.session, async (req, res) => {
    const [principal, id] = [principalOf(res), idOf(req)];
    await removeSession(parts, principal, id);
    res.json({ ok: true });
  });

  /** Body: `{messageId?, title?}`. Answers 201 `{ok, session}`: the copy; 404 MESSAGE_NOT_FOUND. */
  router.post(PATHS.sessionFork, (req, res) => {
    const fork = validate(sessionForkSchema, req.body ?? {});
    res.status(201).json({ ok: true, session: sessions.fork(principalOf(res), idOf(req), fork) });
  });

  /** A file to keep: `?format=markdown` (default) to read, `json` (SessionExport) with everything. */
  router.get(PATHS.sessionExport, (req, res) => {
    const [principal, id] = [principalOf(res), idOf(req)];
    const { format } = validate(exportQuerySchema, req.query);
    const { title } = sessions.get(principal, id);
    const extension = format === 'json' ? 'json' : 'md';
    res.set('content-disposition', attachment(title === '' ? id : title, extension));
    if (format === 'json') res.json(sessions.exportJson(principal, id));
    else res.type('text/markdown').send(sessions.exportMarkdown(principal, id));
  });

  return router;
}

type PromptInput = Pick<SessionChange, 'presetId' | 'prompt'>;

/** Nothing said: the endpoint's preset. One that is gone is no reason to refuse a session. */
function promptAtStart(
  parts: SessionRouteParts,
  { endpointId, ...input }: PromptInput & { endpointId: string | null },
): PromptInput {
  if (input.presetId !== undefined || input.prompt !== undefined) return promptOfInput(parts, input, null);
  const presetId = parts.defaultPresetOf(endpointId);
  try {
    return promptOfInput(parts, { presetId }, null);
  } catch (error) {
    if (error instanceof AppError && error.code === 'PRESET_NOT_FOUND') return {};
    throw error;
  }
}

/** A preset without a prompt is copied; with one it is only where that came from, and may be gone if the session has it from there already. */
function promptOfInput(
  parts: SessionRouteParts,
  { presetId, prompt }: PromptInput,
  present: string | null,
): PromptInput {
  if (typeof presetId !== 'string' || (prompt !== undefined && presetId === present))
    return { presetId, prompt };
  const ofPreset = parts.promptOfPreset(presetId);
  return { presetId, prompt: prompt ?? ofPreset };
}

/** Stops what the session is answering, then removes it. */
export async function removeSession(
  { sessions, stopAnswering }: Pick<SessionRouteParts, 'sessions' | 'stopAnswering'>,
  principal: string,
  id: string,
): Promise<void> {
  // In this order: no turn can begin in between.
  sessions.remove(principal, id);
  await stopAnswering(principal, id);
}

/** RFC 6266: an ASCII name for old clients, the whole one for the rest. */
function attachment(name: string, extension: string): string {
  const letters = name
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}"*/:<>?\\|%\s]+/gu, ' ')
    .trim();
  // Code points: a cut must not halve an emoji's surrogates.
  const safe = Array.from(letters.replace(/^[. ]+/, ''))
    .slice(0, 100)
    .join('');
  const ascii = safe
    .normalize('NFKD')
    .replaceAll(/[^\w .()-]+/g, '')
    .trim();
  const encoded = encodeURIComponent(safe).replaceAll(
    /['()]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii === '' ? 'session' : ascii}.${extension}"; filename*=UTF-8''${encoded || 'session'}.${extension}`;
}
