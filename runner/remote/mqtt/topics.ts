/** Names of the topics under a prefix, and how model names stand in them. Pure. */

export interface Topics {
  /** Requests for one model, and how workers share them. */
  request: (model: string) => string;
  shared: (model: string) => string;
  /** Requests that one worker hands to another. */
  handed: (worker: string) => string;
  response: (client: string, request: string) => string;
  responses: (client: string) => string;
  isResponse: (topic: string) => boolean;
  cancel: (request: string) => string;
  cancels: string;
  /** Frames that were lost on their way are asked for once more. */
  resend: (request: string) => string;
  resends: string;
  presence: (worker: string) => string;
  presences: string;
  /** What a runner tells of itself: `/status`, `/processes/<id>`. */
  runner: (runner: string, rest: string) => string;
}

export function topicsOf(prefix: string): Topics {
  const base = `${prefix}/v1`;
  const request = (model: string): string => `${base}/req/${topicWord(model)}`;
  return {
    request,
    shared: (model) => `$share/workers/${request(model)}`,
    handed: (worker) => `${base}/worker/${worker}/req`,
    response: (client, id) => `${base}/res/${client}/${id}`,
    responses: (client) => `${base}/res/${client}/+`,
    isResponse: (topic) => topic.startsWith(`${base}/res/`) && !/[+#\0]/.test(topic),
    cancel: (id) => `${base}/cancel/${id}`,
    cancels: `${base}/cancel/+`,
    resend: (id) => `${base}/resend/${id}`,
    resends: `${base}/resend/+`,
    presence: (worker) => `${base}/presence/${worker}`,
    presences: `${base}/presence/+`,
    runner: (runner, rest) => `${base}/runner/${runner}/${rest}`,
  };
}

/** Any text as one level of a topic: `/`, `+`, `#`, `$`, spaces and all beyond ASCII are percent-encoded. */
export function topicWord(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Whether a message of that topic belongs to a subscription; `$share/group/` is not part of the filter. */
export function isMatch(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (const [index, word] of wanted.entries()) {
    if (word === '#') return true;
    if (word !== '+' && word !== levels[index]) return false;
    if (index >= levels.length) return false;
  }
  return wanted.length === levels.length;
}

/** `$share/<group>/<filter>` in its parts; null: an ordinary filter. */
export function sharedFilter(filter: string): { group: string; filter: string } | null {
  const found = /^\$share\/([^/+#]+)\/(.+)$/.exec(filter);
  return found?.[1] === undefined || found[2] === undefined ? null : { group: found[1], filter: found[2] };
}
