/** The seeds' routes for the history of a session: read it, add to it, remove the session. */
import { Router } from 'express';
import type { Response } from 'express';
import { historyAppendSchema, historyRequestSchema } from '#contract/chat';
import { PATHS } from '#contract/paths';
import type { AnswerMeta } from '#contract/session';
import { LOCAL_PRINCIPAL } from './guard.ts';
import { removeSession } from './session-routes.ts';
import type { SessionRouteParts } from './session-routes.ts';
import { idOf, validate } from './validate.ts';

/** Every route answers 404 SESSION_NOT_FOUND for a session that is unknown or another principal's. */
export function historyRoutes(
  parts: Pick<SessionRouteParts, 'sessions' | 'principalOf' | 'stopAnswering'>,
): Router {
  const { sessions, principalOf } = parts;
  const router = Router();

  const answerHistory = (res: Response, id: string): void => {
    const principal = principalOf(res);
    const messages = sessions.messages(principal, id).map(({ id, role, content, status, at, meta }) => ({
      id,
      role,
      content,
      status,
      at,
      meta: metaFor(principal, meta),
    }));
    res.json({ ok: true, session_id: id, messages });
  };

  /** `{ok, session_id, messages}`, oldest first. */
  router.get(PATHS.chatHistory, (req, res) => answerHistory(res, idOf(req)));

  /** Body: `{session_id}`. The same answer. */
  router.post(PATHS.chatHistoryByBody, (req, res) =>
    answerHistory(res, validate(historyRequestSchema, req.body).session_id),
  );

  /** Body: `{messages: [{role, content}]}`, a history made elsewhere, added behind what is there. The same answer; 409 SESSION_BUSY. */
  router.post(PATHS.chatHistory, (req, res) => {
    const { messages } = validate(historyAppendSchema, req.body);
    sessions.appendMessages(principalOf(res), idOf(req), messages);
    answerHistory(res, idOf(req));
  });

  /** Answers `{ok}`. An answer that is being written is stopped first. */
  router.delete(PATHS.chatSessionDelete, async (req, res) => {
    await removeSession(parts, principalOf(res), idOf(req));
    res.json({ ok: true });
  });

  return router;
}

/** The launch command tells of this machine: it is for those who run it. */
function metaFor(principal: string, meta: AnswerMeta | null): AnswerMeta | null {
  return meta === null || principal === LOCAL_PRINCIPAL ? meta : { ...meta, launch: null };
}
