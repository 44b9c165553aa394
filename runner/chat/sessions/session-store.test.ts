import { describe, expect, it, vi } from 'vitest';
import { promptSchema } from '#contract/preset';
import { sessionExportSchema, sessionSchema } from '#contract/session';
import { AppError } from '../../base/errors.ts';
import { SessionStore } from './session-store.ts';
import { begin, EMPTY, ended, exchange, linesOf, META, openSessions } from './testing/open-sessions.ts';

const code = (expected: string): unknown => expect.objectContaining({ code: expected });

describe('sessions', () => {
  it('are made with defaults, found again, and pass the contract', () => {
    const { sessions } = openSessions();
    const prompt = promptSchema.parse({ system: 'Be brief.', sampler: { temperature: 0 } });
    const made = sessions.create('local', {
      ...EMPTY,
      id: 'my-session-123',
      endpointId: 'e1',
      model: 'm',
      presetId: 'p',
      prompt,
    });
    expect(sessionSchema.parse(made)).toEqual(made);
    expect(made).toMatchObject({
      id: 'my-session-123',
      title: '',
      endpointId: 'e1',
      model: 'm',
      presetId: 'p',
      prompt,
      messageCount: 0,
    });
    expect(made).toMatchObject({ isAnswering: false, forkedFrom: null, createdAt: made.updatedAt });
    expect(sessions.get('local', 'my-session-123')).toEqual(made);
    expect(sessions.find('local', 'my-session-123')).toEqual(made);
    expect(sessions.messages('local', 'my-session-123')).toEqual([]);
  });

  it('have ids that are in use once for each principal', () => {
    const { sessions } = openSessions();
    sessions.create('local', { ...EMPTY, id: 'a' });
    expect(() => sessions.create('local', { ...EMPTY, id: 'a' })).toThrow(code('SESSION_EXISTS'));
    expect(sessions.create('key:k', { ...EMPTY, id: 'a' }).id).toBe('a');
  });

  it('of another principal are as unknown as those that never were', () => {
    const { sessions } = openSessions();
    sessions.create('key:k', { ...EMPTY, id: 'a', title: 'secret' });
    const turn = { user: { content: '', sent: null, images: [] }, meta: META };
    const calls = [
      () => sessions.get('local', 'a'),
      () => sessions.messages('local', 'a'),
      () => sessions.change('local', 'a', { title: 't' }),
      () => sessions.remove('local', 'a'),
      () => sessions.fork('local', 'a'),
      () => sessions.beginTurn('local', 'a', turn),
      () => sessions.history('local', 'a'),
      () => sessions.appendMessages('local', 'a', [{ role: 'assistant', content: 'x' }]),
      () => sessions.exportMarkdown('local', 'a'),
      () => sessions.exportJson('local', 'a'),
    ];
    const unknown = new AppError(
      'SESSION_NOT_FOUND',
      'There is no session with the id a. It may have been removed.',
    );
    for (const call of calls) expect(call).toThrow(unknown);
    expect(sessions.find('local', 'a')).toBeNull();
    expect(sessions.list('local')).toEqual([]);
    expect(sessions.list('local', { search: 'secret' })).toEqual([]);
    expect(sessions.get('key:k', 'a').messageCount).toBe(0);
    expect(() => openSessions().sessions.get('local', 'a')).toThrow(unknown);
  });

  it('change in the given fields only', () => {
    const { sessions } = openSessions();
    const made = sessions.create('local', {
      ...EMPTY,
      id: 'a',
      title: 't',
      endpointId: 'e1',
      model: 'm',
      presetId: 'p',
    });
    const prompt = promptSchema.parse({ system: 'new' });
    expect(sessions.change('local', 'a', { title: undefined, model: null, prompt })).toEqual({
      ...made,
      model: null,
      prompt,
      updatedAt: '2026-11-05T12:00:02.000Z',
    });
    expect(sessions.change('local', 'a', { title: 'u', endpointId: null, presetId: null })).toMatchObject({
      title: 'u',
      endpointId: null,
      presetId: null,
      prompt,
    });
  });

  it('are removed with their messages, also while answering; the late end of the answer is let go', () => {
    const { sessions, store } = openSessions();
    sessions.create('local', { ...EMPTY, id: 'a' });
    exchange(sessions, 'a', ['q', 'a']);
    const { answerId } = begin(sessions, 'a');
    sessions.remove('local', 'a');
    expect(store.prepare('SELECT count(*) AS n FROM messages').get()).toEqual({ n: 0 });
    sessions.endTurn(answerId, ended());
    expect(sessions.list('local')).toEqual([]);
  });

  it('tell of every change, after it is stored', () => {
    const { sessions } = openSessions();
    const news: string[] = [];
    sessions.changed.subscribe(({ principal, id }) =>
      news.push(`${principal} ${id} ${sessions.find(principal, id)?.messageCount ?? 'gone'}`),
    );
    sessions.create('local', { ...EMPTY, id: 'a' });
    sessions.change('local', 'a', { title: 't' });
    const { answerId } = begin(sessions, 'a');
    sessions.endTurn(answerId, ended());
    sessions.endTurn(answerId, ended());
    sessions.remove('local', 'a');
    expect(news).toEqual(['local a 0', 'local a 0', 'local a 2', 'local a 2', 'local a gone']);
  });

  it('are named by their first message', () => {
    const { sessions } = openSessions();
    sessions.create('local', { ...EMPTY, id: 'a' });
    begin(sessions, 'a', { text: '\n  Why is the sky blue?\nSecond line' });
    expect(sessions.get('local', 'a').title).toBe('Why is the sky blue?');
    sessions.create('local', { ...EMPTY, id: 'b', title: 'Mine' });
    begin(sessions, 'b', { text: 'Why?' });
    expect(sessions.get('local', 'b').title).toBe('Mine');
  });

  it('with damaged columns are still listed and read', () => {
    const { sessions, store } = openSessions();
    sessions.create('local', { ...EMPTY, id: 'a' });
    exchange(sessions, 'a', ['q', 'x']);
    store.exec(`UPDATE sessions SET prompt = '{', forked_from = '[1]';
      UPDATE messages SET images = 'no', tool_calls = '{', error = '1', meta = '{}', status = 'odd', role = 'odd'`);
    expect(sessions.list('local')).toMatchObject([{ id: 'a', prompt: EMPTY.prompt, forkedFrom: null }]);
    const damaged = { role: 'user', images: [], toolCalls: null, error: null, meta: null, status: 'cut' };
    expect(sessions.messages('local', 'a')).toMatchObject([damaged, damaged]);
    expect(sessions.history('local', 'a')).toEqual([]);
  });

  it('are exported as JSON that passes the contract', () => {
    const { sessions } = openSessions();
    sessions.create('local', { ...EMPTY, id: 'a' });
    exchange(sessions, 'a', ['q', 'x']);
    const exported = sessions.exportJson('local', 'a');
    expect(sessionExportSchema.parse(exported)).toEqual(exported);
    expect(exported.messages.map(({ content }) => content)).toEqual(['q', 'x']);
  });
});

describe('the list', () => {
  const ids = (list: readonly { id: string }[]): string => list.map(({ id }) => id).join(' ');

  it('has the last changed first, in pages that leave out none, even when all change in one millisecond', () => {
    const { sessions } = openSessions({ now: () => new Date('2026-11-05T12:00:00.000Z') });
    for (const id of ['a', 'b', 'c', 'd', 'e']) sessions.create('local', { ...EMPTY, id });
    sessions.change('local', 'b', { title: 'later' });
    const first = sessions.list('local', { limit: 2 });
    expect(ids(first)).toBe('b e');
    const second = sessions.list('local', { limit: 2, before: first[1]?.updatedAt });
    expect(ids(second)).toBe('d c');
    expect(ids(sessions.list('local', { limit: 2, before: second[1]?.updatedAt }))).toBe('a');
  });

  it('has 50 sessions, at most 200', () => {
    const { sessions } = openSessions();
    for (let index = 0; index < 210; index += 1) sessions.create('local', { ...EMPTY, id: `s${index}` });
    expect(sessions.list('local')).toHaveLength(50);
    expect(sessions.list('local', { limit: 5000 })).toHaveLength(200);
    expect(sessions.list('local', { limit: -1 })).toHaveLength(1);
  });

  it('and every other statement finds its rows by an index', () => {
    const { store } = openSessions();
    const prepare = vi.spyOn(store, 'prepare');
    const sessions = new SessionStore({ store, now: () => new Date(), newId: () => 'x' });
    expect(sessions.list('local')).toEqual([]);
    const statements = prepare.mock.calls.map(([sql]) => sql);
    expect(statements.length).toBeGreaterThan(15);
    const slow = statements.filter((sql) =>
      store
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .some((step) => /^SCAN (?!CONSTANT)|TEMP B-TREE/.test(String(step['detail']))),
    );
    expect(slow).toEqual([]);
  });

  it.each([
    ['ŠTO', 'croatian'],
    ['čćŽ', 'croatian'],
    ['straßE', 'german'],
    ['ÜBER', 'german'],
    ['100%', 'percent'],
    ['snake_case', 'underscore'],
    [String.raw`c:\dir`, 'backslash'],
    ['TITLE of', 'title'],
    ['привет', 'cyrillic'],
    ['cafe\u0301', 'accent'],
    ['  Über ', 'german'],
  ])('finds %s in a title or a message, whatever the case', (search, found) => {
    const { sessions } = openSessions();
    const texts = {
      croatian: 'Pa što je ovo, ČĆž?',
      german: 'über die STRAßE',
      percent: 'at 100% of',
      near: '100 of snakeXcase c:dir cafe',
      underscore: 'a Snake_Case name',
      backslash: String.raw`C:\Dir`,
      cyrillic: 'ПРИВЕТ мир',
      accent: 'CAF\u00C9',
    };
    for (const [id, text] of Object.entries(texts)) {
      sessions.create('local', { ...EMPTY, id, title: 'x' });
      exchange(sessions, id, ['q', text]);
    }
    sessions.create('local', { ...EMPTY, id: 'title', title: 'The Title of it' });
    expect(ids(sessions.list('local', { search }))).toBe(found);
  });

  it('does not find what a newer turn has replaced', () => {
    const { sessions } = openSessions();
    sessions.create('local', { ...EMPTY, id: 'a', title: 't' });
    const { userMessageId } = exchange(sessions, 'a', ['needle', 'x']);
    expect(sessions.list('local', { search: 'needle' })).toHaveLength(1);
    begin(sessions, 'a', { text: 'hay', replaceFrom: userMessageId });
    expect(sessions.list('local', { search: 'needle' })).toEqual([]);
  });
});

describe('a fork', () => {
  it('has copies of the messages up to the given one, with ids of their own', () => {
    const { sessions } = openSessions();
    const prompt = promptSchema.parse({ system: 's' });
    sessions.create('local', { ...EMPTY, id: 'a', title: 'T', endpointId: 'e1', presetId: 'p', prompt });
    const { answerId } = exchange(sessions, 'a', ['q1', 'a1']);
    exchange(sessions, 'a', ['q2', 'a2']);
    const fork = sessions.fork('local', 'a', { messageId: answerId });
    expect(fork).toMatchObject({
      title: 'T (fork)',
      endpointId: 'e1',
      presetId: 'p',
      prompt,
      messageCount: 2,
    });
    expect(fork.forkedFrom).toEqual({ sessionId: 'a', messageId: answerId });
    expect(linesOf(sessions, fork.id)).toEqual(['user: q1', 'assistant: a1']);
    expect(sessions.messages('local', fork.id)[1]).toEqual({
      ...sessions.messages('local', 'a')[1],
      id: expect.not.stringMatching(answerId),
    });
    sessions.remove('local', 'a');
    expect(linesOf(sessions, fork.id)).toHaveLength(2);
  });

  it('has all messages when none is named, and the given title', () => {
    const { sessions } = openSessions();
    sessions.create('local', { ...EMPTY, id: 'a', title: 'T' });
    const { answerId } = exchange(sessions, 'a', ['q1', 'a1']);
    const fork = sessions.fork('local', 'a', { title: 'Other' });
    expect(fork).toMatchObject({
      title: 'Other',
      forkedFrom: { sessionId: 'a', messageId: answerId },
      messageCount: 2,
    });
  });

  it('leaves out an answer that has not begun, with its question, and can be talked to at once', () => {
    const { sessions } = openSessions();
    sessions.create('local', { ...EMPTY, id: 'a' });
    exchange(sessions, 'a', ['q1', 'a1']);
    begin(sessions, 'a');
    const fork = sessions.fork('local', 'a');
    expect(linesOf(sessions, fork.id)).toEqual(['user: q1', 'assistant: a1']);
    expect(fork.isAnswering).toBe(false);
    begin(sessions, fork.id);
  });

  it('at an unknown or replaced message is MESSAGE_NOT_FOUND and makes no session', () => {
    const { sessions } = openSessions();
    sessions.create('local', { ...EMPTY, id: 'a' });
    const { userMessageId } = exchange(sessions, 'a', ['q1', 'a1']);
    begin(sessions, 'a', { replaceFrom: userMessageId });
    for (const messageId of ['nope', userMessageId]) {
      expect(() => sessions.fork('local', 'a', { messageId })).toThrow(code('MESSAGE_NOT_FOUND'));
    }
    expect(sessions.list('local')).toHaveLength(1);
  });
});
