import { describe, expect, it } from 'vitest';
import { messagesField, toChatMessages } from './chat-messages.ts';

function read(messages: unknown): unknown {
  return toChatMessages(messagesField.parse(messages));
}

describe('chat messages', () => {
  it.each([
    { content: 'hi', text: 'hi' },
    { content: null, text: '' },
    {
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      text: 'a\nb',
    },
  ])('reads $content as $text', ({ content, text }) => {
    expect(read([{ role: 'user', content }])).toEqual([{ role: 'user', text }]);
  });

  it('takes developer messages for system messages', () => {
    expect(read([{ role: 'developer', content: 'x' }])).toEqual([{ role: 'system', text: 'x' }]);
  });

  it.each(['image_url', 'input_audio', 'video_url'])('says that %s is not supported', (type) => {
    expect(() => read([{ role: 'user', content: [{ type }] }])).toThrow(
      /(image|audio|video) input is not supported - hint/,
    );
  });

  it('refuses a part it does not know', () => {
    expect(() => read([{ role: 'user', content: [{ type: 'smell' }] }])).toThrow('"smell"');
  });
});
