/** What a turn makes of its session: which prompt it works with, before anything is stored. */
import type { SessionChatRequest } from '#contract/chat';
import { promptSchema } from '#contract/preset';
import type { Preset, Prompt } from '#contract/preset';
import type { Session } from '#contract/session';
import type { PresetsPort, SessionsPort } from './ports.ts';
import type { Target } from '../serving/serving-request.ts';

export interface WishedSession {
  /** null: to be made. */
  known: Session | null;
  presetId: string | null;
  presetName: string | null;
  prompt: Prompt;
}

/** A preset and a system prompt in the request become the session's; a new session begins with the endpoint's default preset. Throws PRESET_NOT_FOUND. */
export function wishSession(
  request: SessionChatRequest,
  known: Session | null,
  context: { target: Target; presets: PresetsPort },
): WishedSession {
  const { presets, target } = context;
  const standard = known === null ? target.endpoint.defaultPresetId : null;
  const preset = request.preset_id
    ? presets.get(request.preset_id)
    : standard === null
      ? null
      : presets.find(standard);
  const base = preset === null ? (known?.prompt ?? promptSchema.parse({})) : promptOf(preset);
  const system = request.system_prompt ?? null;
  const presetId = preset?.id ?? known?.presetId ?? null;
  const named = preset ?? (presetId === null ? null : presets.find(presetId));
  return {
    known,
    presetId,
    presetName: named?.name ?? null,
    prompt: system === null ? base : { ...base, system },
  };
}

/** A new session with the wish in it. */
export function makeSession(
  sessions: SessionsPort,
  principal: string,
  { request, wished }: { request: SessionChatRequest; wished: WishedSession },
): Session {
  const { presetId, prompt } = wished;
  return sessions.create(principal, {
    id: request.session_id ?? undefined,
    endpointId: request.endpoint_id ?? null,
    model: null,
    presetId,
    prompt,
  });
}

/** Whether a known session does not have its wish yet. */
export function isNews({ known, presetId, prompt }: WishedSession): boolean {
  return (
    known !== null && (presetId !== known.presetId || JSON.stringify(prompt) !== JSON.stringify(known.prompt))
  );
}

function promptOf({ system, developer, template, variables, sampler }: Preset): Prompt {
  return { system, developer, template, variables, sampler };
}
