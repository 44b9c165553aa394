/** The chat REST of the seeds: answers as a whole or streamed, stateless or in a session; health of the default endpoint. */
import type { Request, Response } from 'express';
import { Router } from 'express';
import { chatRequestSchema, sessionChatRequestSchema } from '#contract/chat';
import type { ChatResponse } from '#contract/chat';
import { PATHS } from '#contract/paths';
import type { ChatService, StartedAnswer } from '../chat/chat-service.ts';
import type { LiveAnswer } from '../chat/live-answer.ts';
import { AppError } from '../base/errors.ts';
import type { EndpointRegistry } from '../serving/endpoints/endpoint-registry.ts';
import { lastEventOf, sendFrames } from './chat-stream.ts';
import type { StreamPlace } from './chat-stream.ts';
import { principalOf } from './guard.ts';
import type { SseConnection } from './sse.ts';
import { idOf, validate } from './validate.ts';

export interface LlmRouteParts {
  chat: ChatService;
  endpoints: EndpointRegistry;
  /** The connections that are open, so that a shutdown can end them. */
  connections: Set<SseConnection>;
}

/**
 * Before an answer has begun a refusal is a JSON error with its status: INVALID_REQUEST, ENDPOINT_NOT_FOUND, PRESET_NOT_FOUND, NO_ENDPOINT,
 * ENDPOINT_OFFLINE, ENDPOINT_LOADING, IMAGE_NOT_SUPPORTED, SESSION_BUSY. After that a stream says it in an `{"error"}` frame, and a call
 * that does not stream by the status of the error.
 */
export function llmRoutes({ chat, endpoints, connections }: LlmRouteParts): Router {
  const router = Router();

  /** Body: ChatRequest. Answers ChatResponse: `{ok, response, …}`. */
  router.post(PATHS.chat, async (req, res) => {
    const started = chat.chat(principalOf(res), validate(chatRequestSchema, req.body));
    res.json(await wholeAnswer(res, started));
  });

  /** Body: SessionChatRequest. Answers ChatResponse with `session_id`. */
  router.post(PATHS.chatSession, async (req, res) => {
    const started = chat.sessionChat(principalOf(res), validate(sessionChatRequestSchema, req.body));
    res.json(await wholeAnswer(res, started));
  });

  /** Body: ChatRequest. SSE of ChatFrame. With Last-Event-ID of an earlier stream nothing is asked anew: the rest of that one follows. */
  router.post(PATHS.chatStream, async (req, res) => {
    const begin = (): LiveAnswer => chat.chat(principalOf(res), validate(chatRequestSchema, req.body)).live;
    await sendFrames(res, { ...(resumed(req, res) ?? fromStart(begin())), connections, isRealtime: false });
  });

  /** Body: SessionChatRequest. SSE of ChatFrame; resumes as `/chat/stream`. */
  router.post(PATHS.chatSessionStream, async (req, res) => {
    const begin = (): LiveAnswer =>
      chat.sessionChat(principalOf(res), validate(sessionChatRequestSchema, req.body)).live;
    await sendFrames(res, { ...(resumed(req, res) ?? fromStart(begin())), connections, isRealtime: false });
  });

  /** The frames of an answer, live or recorded, after Last-Event-ID or from the start; `?realtime=1` at its own pace. 404 STREAM_NOT_FOUND. */
  router.get(PATHS.chatStreams, async (req, res) => {
    const streamId = idOf(req);
    const answer = chat.find(principalOf(res), streamId);
    const last = lastEventOf(req);
    const position = last?.streamId === streamId ? last.position : 0;
    await sendFrames(res, {
      answer,
      streamId,
      position,
      connections,
      isRealtime: req.query['realtime'] === '1',
    });
  });

  /** Stops an answer; what had arrived stays. Answers `{ok}` when it has ended, also when it had already. 404 STREAM_NOT_FOUND. */
  router.post(PATHS.chatStop, async (req, res) => {
    await chat.stopStream(principalOf(res), idOf(req));
    res.json({ ok: true });
  });

  /** `{ok, mode, status, endpoint_id, server_url, model, latency_ms}` after a fresh check; 503 NO_ENDPOINT, ENDPOINT_OFFLINE, ENDPOINT_LOADING. */
  router.get(PATHS.llmHealth, async (_req, res) => {
    const endpoint = await endpoints.ping(endpoints.defaultTarget().endpoint.id);
    if (endpoint.status === 'loading')
      throw new AppError('ENDPOINT_LOADING', `${endpoint.name} is still loading its model.`);
    if (endpoint.status === 'offline')
      throw new AppError('ENDPOINT_OFFLINE', `${endpoint.name} is offline. ${endpoint.problem ?? ''}`.trim());
    res.json({
      ok: true,
      mode: endpoint.source === 'mqtt' ? 'mqtt' : 'sse',
      status: endpoint.status,
      endpoint_id: endpoint.id,
      server_url: endpoint.baseUrl,
      model: endpoint.model,
      latency_ms: endpoint.latencyMs,
    });
  });

  /** A request that is repeated with Last-Event-ID wants the rest of what it asked for before. */
  function resumed(req: Request, res: Response): StreamPlace | null {
    const last = lastEventOf(req);
    return last === null ? null : { ...last, answer: chat.find(principalOf(res), last.streamId) };
  }

  return router;
}

function fromStart(answer: LiveAnswer): StreamPlace {
  return { answer, streamId: answer.id, position: 0 };
}

/** A client that leaves before it has its answer does not want it any more. */
async function wholeAnswer(res: Response, { live, response }: StartedAnswer): Promise<ChatResponse> {
  const leave = live.follow();
  res.once('close', leave);
  if (res.closed) leave();
  return response;
}
