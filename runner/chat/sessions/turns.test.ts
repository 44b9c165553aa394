import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  begin,
  EMPTY,
  ended,
  exchange,
  historyLines,
  linesOf,
  META,
  openSessions,
} from './testing/open-sessions.ts';
import type { SessionStore } from './session-store.ts';

const code = (expected: string): unknown => expect.objectContaining({ code: expected });

function withSession(): ReturnType<typeof openSessions> {
  const opened = openSessions();
  opened.sessions.create('local', { ...EMPTY, id: 'a', title: 't' });
  return opened;
}

describe('a turn', () => {
  it('puts the message and an empty answer into the session, then the answer', () => {
    const { sessions } = withSession();
    const user = { content: 'typed', sent: 'sent', images: ['data:image/png;base64,AA=='] };
    const { userMessageId, answerId } = sessions.beginTurn('local', 'a', { user, meta: META });
    const begun = sessions.get('local', 'a');
    expect(begun).toMatchObject({ isAnswering: true, messageCount: 2 });
    expect(sessions.messages('local', 'a')).toMatchObject([
      { id: userMessageId, role: 'user', ...user, status: 'complete', meta: null },
      { id: answerId, role: 'assistant', content: '', status: 'streaming', meta: META },
    ]);
    const meta = { ...META, durationMs: 12 };
    sessions.endTurn(answerId, ended({ content: 'x', reasoning: 'r', toolCalls: [{ id: 1 }], meta }));
    expect(sessions.messages('local', 'a')[1]).toMatchObject({
      content: 'x',
      reasoning: 'r',
      toolCalls: [{ id: 1 }],
      status: 'complete',
      meta,
    });
    const after = sessions.get('local', 'a');
    expect(after.isAnswering).toBe(false);
    expect(after.updatedAt > begun.updatedAt).toBe(true);
    expect(sessions.history('local', 'a')).toEqual([
      { id: userMessageId, role: 'user', text: 'sent', images: user.images, toolCalls: null },
      { id: answerId, role: 'assistant', text: 'x', images: [], toolCalls: [{ id: 1 }] },
    ]);
  });

  it('waits until the one before has ended', () => {
    const { sessions } = withSession();
    const { answerId } = begin(sessions, 'a');
    expect(() => begin(sessions, 'a')).toThrow(code('SESSION_BUSY'));
    expect(() => sessions.appendMessages('local', 'a', [{ role: 'assistant', content: 'x' }])).toThrow(
      code('SESSION_BUSY'),
    );
    expect(sessions.messages('local', 'a')).toHaveLength(2);
    sessions.endTurn(answerId, ended());
    begin(sessions, 'a');
  });

  it('ends once: a late second end changes nothing', () => {
    const { sessions } = withSession();
    const { answerId } = begin(sessions, 'a');
    sessions.endTurn(answerId, ended({ content: 'first' }));
    sessions.endTurn(answerId, ended({ content: 'second', status: 'cut' }));
    sessions.endTurn('unknown', ended());
    expect(linesOf(sessions, 'a')).toEqual(['user: question', 'assistant: first']);
  });

  it('that failed stays to be seen, and the model never gets to see it', () => {
    const { sessions } = withSession();
    exchange(sessions, 'a', ['q1', 'a1']);
    const error = { code: 'UPSTREAM_CUT', message: 'gone' };
    sessions.endTurn(
      begin(sessions, 'a', { text: 'q2' }).answerId,
      ended({ status: 'failed', content: '', error }),
    );
    sessions.endTurn(
      begin(sessions, 'a', { text: 'q3' }).answerId,
      ended({ status: 'cut', content: '', error }),
    );
    sessions.endTurn(
      begin(sessions, 'a', { text: 'q4' }).answerId,
      ended({ status: 'cut', content: 'half', toolCalls: ['{'] }),
    );
    expect(sessions.messages('local', 'a')[3]).toMatchObject({ status: 'failed', error });
    expect(historyLines(sessions, 'a')).toEqual(['user: q1', 'assistant: a1', 'user: q4', 'assistant: half']);
    expect(sessions.history('local', 'a').at(-1)?.toolCalls).toBeNull();
  });

  it('is not part of the history that it is answered with', () => {
    const { sessions } = withSession();
    exchange(sessions, 'a', ['q1', 'a1']);
    const { answerId } = begin(sessions, 'a', { text: 'q2' });
    expect(sessions.history('local', 'a', { before: answerId }).map(({ text }) => text)).toEqual([
      'q1',
      'a1',
    ]);
    sessions.endTurn(answerId, ended());
    exchange(sessions, 'a', ['q3', 'a3']);
    expect(sessions.history('local', 'a', { before: answerId }).map(({ text }) => text)).toEqual([
      'q1',
      'a1',
    ]);
  });
});

describe('a turn that replaces others', () => {
  function replacing(
    replaceFrom: (turns: { first: string; second: string; secondAnswer: string }) => string,
  ) {
    const opened = withSession();
    const { sessions } = opened;
    const { userMessageId: first } = exchange(sessions, 'a', ['q1', 'a1']);
    const { userMessageId: second, answerId: secondAnswer } = exchange(sessions, 'a', ['q2', 'a2']);
    exchange(sessions, 'a', ['q3', 'a3']);
    return {
      ...opened,
      ...begin(sessions, 'a', { text: 'new', replaceFrom: replaceFrom({ first, second, secondAnswer }) }),
    };
  }
  const before = ['user: q1', 'assistant: a1', 'user: q2', 'assistant: a2', 'user: q3', 'assistant: a3'];
  const after = ['user: q1', 'assistant: a1', 'user: new', 'assistant: answer'];

  it('hides them at once and removes them for good when its answer has come', () => {
    const { sessions, answerId, store } = replacing(({ second }) => second);
    expect(linesOf(sessions, 'a')).toEqual([
      'user: q1',
      'assistant: a1',
      'user: new',
      'assistant:  [streaming]',
    ]);
    expect(sessions.history('local', 'a', { before: answerId })).toHaveLength(2);
    sessions.endTurn(answerId, ended());
    expect(linesOf(sessions, 'a')).toEqual(after);
    expect(store.prepare('SELECT count(*) AS n FROM messages').get()).toEqual({ n: 4 });
  });

  it('takes the question of a named answer along', () => {
    const { sessions, answerId } = replacing(({ secondAnswer }) => secondAnswer);
    sessions.endTurn(answerId, ended());
    expect(linesOf(sessions, 'a')).toEqual(after);
  });

  it.each(['failed', 'cut'] as const)('gives them back when it %s with nothing', (status) => {
    const { sessions, answerId, store } = replacing(({ first }) => first);
    expect(linesOf(sessions, 'a')).toHaveLength(2);
    sessions.endTurn(answerId, ended({ status, content: '', reasoning: 'thought', toolCalls: [] }));
    expect(linesOf(sessions, 'a')).toEqual(before);
    expect(sessions.get('local', 'a')).toMatchObject({ isAnswering: false, messageCount: 6 });
    expect(store.prepare('SELECT count(*) AS n FROM messages').get()).toEqual({ n: 6 });
  });

  it.each([{ content: 'half' }, { content: '', toolCalls: ['call'] }])(
    'keeps what came of a cut one: %o',
    (part) => {
      const { sessions, answerId } = replacing(({ second }) => second);
      sessions.endTurn(answerId, ended({ status: 'cut', ...part }));
      expect(linesOf(sessions, 'a')).toEqual([
        'user: q1',
        'assistant: a1',
        'user: new',
        `assistant: ${part.content} [cut]`,
      ]);
    },
  );

  it('names a visible message of this session, else nothing happens', () => {
    const { sessions, answerId } = replacing(({ second }) => second);
    sessions.endTurn(answerId, ended());
    sessions.create('local', { ...EMPTY, id: 'b' });
    const elsewhere = exchange(sessions, 'b', ['q', 'x']).userMessageId;
    for (const replaceFrom of ['nope', elsewhere]) {
      expect(() => begin(sessions, 'a', { replaceFrom })).toThrow(code('MESSAGE_NOT_FOUND'));
    }
    expect(linesOf(sessions, 'a')).toEqual(after);
  });
});

describe('after a kill -9 of the runner', () => {
  it('an answer in the making is cut, with what was recorded', () => {
    const { sessions, file } = withSession();
    exchange(sessions, 'a', ['q1', 'a1']);
    const { answerId } = begin(sessions, 'a', { text: 'q2' });
    const next = openSessions({ file }).sessions;
    const asked: unknown[] = [];
    const recorded = (...asking: unknown[]) => {
      asked.push(asking);
      return { content: 'half', reasoning: 'thought' };
    };
    expect(next.recover(recorded)).toBe(1);
    expect(asked).toEqual([['s1', answerId]]);
    expect(next.messages('local', 'a').at(-1)).toMatchObject({
      id: answerId,
      status: 'cut',
      content: 'half',
      reasoning: 'thought',
      meta: META,
      error: {
        code: 'RUNNER_KILLED',
        message: 'The runner ended while this was being written.',
      },
    });
    expect(next.get('local', 'a').isAnswering).toBe(false);
    expect(next.recover(recorded)).toBe(0);
    expect(historyLines(next, 'a')).toHaveLength(4);
  });

  it('an answer of which nothing came stays as a cut one that the model does not see', () => {
    const { sessions, file } = withSession();
    begin(sessions, 'a');
    const next = openSessions({ file }).sessions;
    expect(next.recover(() => ({ content: '', reasoning: null }))).toBe(1);
    expect(linesOf(next, 'a')).toEqual(['user: question', 'assistant:  [cut]']);
    expect(historyLines(next, 'a')).toEqual([]);
    begin(next, 'a');
  });

  it('what an empty answer was to replace is back', () => {
    const { sessions, file } = withSession();
    const { userMessageId } = exchange(sessions, 'a', ['q1', 'a1']);
    begin(sessions, 'a', { replaceFrom: userMessageId });
    const next = openSessions({ file }).sessions;
    expect(next.recover(() => ({ content: '', reasoning: null }))).toBe(1);
    expect(linesOf(next, 'a')).toEqual(['user: q1', 'assistant: a1']);
  });
});

describe('a history made elsewhere', () => {
  it('is added behind what is there, with its system message', () => {
    const { sessions } = openSessions();
    sessions.create('local', { ...EMPTY, id: 'a' });
    sessions.appendMessages('local', 'a', [
      { role: 'system', content: 's' },
      { role: 'user', content: 'q1' },
      { role: 'assistant', content: 'a1' },
    ]);
    expect(historyLines(sessions, 'a')).toEqual(['system: s', 'user: q1', 'assistant: a1']);
    expect(sessions.get('local', 'a')).toMatchObject({ title: 'q1', messageCount: 3 });
  });

  it.each([
    [['user'], 'messages.0: the history must end with an answer'],
    [['user', 'user', 'assistant'], 'messages.0: a user message must be followed by its answer'],
  ] as const)('with the roles %o is refused', (roles, message) => {
    const { sessions } = withSession();
    const messages = roles.map((role) => ({ role, content: 'x' }));
    expect(() => sessions.appendMessages('local', 'a', messages)).toThrow(message);
    expect(() => sessions.appendMessages('local', 'a', messages)).toThrow(code('INVALID_REQUEST'));
    expect(sessions.get('local', 'a').messageCount).toBe(0);
  });
});

describe('whatever happens', () => {
  const step = fc.record({
    replace: fc.option(fc.nat(20), { nil: null }),
    status: fc.constantFrom('complete', 'cut', 'failed', 'killed' as const),
    content: fc.constantFrom('', 'text'),
  });

  it('the history alternates and ends with an answer, and every complete turn is in it until one with an answer replaces it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const { sessions } = withSession();
        const expected: string[][] = [];
        steps.forEach((one, index) => applyStep(sessions, { ...one, name: `q${index}` }, expected));
        expect(historyLines(sessions, 'a')).toEqual(
          expected.flatMap(([question, answer]) => (answer === undefined ? [] : [question, answer])),
        );
      }),
      { numRuns: 40 },
    );
  });

  type Step = {
    replace: number | null;
    status: 'complete' | 'cut' | 'failed' | 'killed';
    content: string;
    name: string;
  };

  /** `turns` is the model: a question and, where the model is to see it, its answer. */
  function applyStep(
    sessions: SessionStore,
    { replace, status, content, name }: Step,
    turns: string[][],
  ): void {
    const visible = sessions.messages('local', 'a');
    const at = replace === null || visible.length === 0 ? null : replace % visible.length;
    const { answerId } = begin(sessions, 'a', {
      text: name,
      replaceFrom: at === null ? null : (visible[at]?.id ?? null),
    });
    expect(sessions.history('local', 'a', { before: answerId }).at(-1)?.role ?? 'assistant').toBe(
      'assistant',
    );
    if (status === 'killed') sessions.recover(() => ({ content, reasoning: null }));
    else sessions.endTurn(answerId, ended({ status, content }));
    const isNothing = status !== 'complete' && content === '';
    if (isNothing && at !== null) return;
    if (at !== null) turns.splice(Math.floor(at / 2));
    turns.push(
      isNothing || status === 'failed' ? [`user: ${name}`] : [`user: ${name}`, `assistant: ${content}`],
    );
    expect(sessions.get('local', 'a')).toMatchObject({ isAnswering: false, messageCount: turns.length * 2 });
  }
});
