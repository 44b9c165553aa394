import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEADER_BYTES, MAX_TEXT_BYTES, parseRecord } from './cri-line.ts';
import { LineStamper } from './line-stamper.ts';

const AT = '2026-01-31T12:00:00.000Z';

/** Feeds the chunks, ends the stream, and returns the raw records. */
function stampAll(chunks: readonly Buffer[]): Buffer[] {
  const stamper = new LineStamper('stdout');
  const out = Buffer.concat([
    ...chunks.map((chunk) => Buffer.from(stamper.stamp(chunk, AT).bytes)),
    stamper.flush(AT, false).bytes,
  ]);
  const records: Buffer[] = [];
  for (let start = 0, end = out.indexOf(10); end !== -1; start = end + 1, end = out.indexOf(10, start))
    records.push(out.subarray(start, end));
  return records;
}

/** Joins the parts of each line again, as bytes. */
function linesOf(records: readonly Buffer[]): Buffer[] {
  const lines: Buffer[] = [];
  let open: Buffer[] = [];
  for (const record of records) {
    open.push(record.subarray(HEADER_BYTES));
    if (parseRecord(record.toString('latin1'))?.isPartial === true) continue;
    lines.push(Buffer.concat(open));
    open = [];
  }
  if (open.length > 0) lines.push(Buffer.concat(open));
  return lines;
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b),
    bytes.length,
  ];
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

describe('LineStamper', () => {
  it('finds the same lines however the bytes are cut into chunks', () => {
    const text = fc.array(fc.oneof(fc.constant(10), fc.constant(13), fc.integer({ min: 0, max: 255 })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 8 }), (bytes, places) => {
        const input = Buffer.from(bytes);
        const whole = linesOf(stampAll([input]));
        expect(linesOf(stampAll(cut(input, places)))).toEqual(whole);
        const expected = input.toString('latin1').split('\n');
        if (expected.at(-1) === '') expected.pop();
        const isEnded = input.at(-1) === 10;
        const bare = expected.map((line, index) =>
          index === expected.length - 1 && !isEnded ? line : line.replace(/\r$/, ''),
        );
        expect(whole.map((line) => line.toString('latin1'))).toEqual(bare);
      }),
    );
  });

  it('cuts a 10 MB line into parts at character boundaries and loses nothing of it', () => {
    const line = '€'.repeat(3_500_000);
    const bytes = Buffer.from(`${line}\nnext\n`);
    const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, index) =>
      bytes.subarray(index * 65_536, (index + 1) * 65_536),
    );
    const records = stampAll(chunks);
    for (const record of records) {
      expect(record.length).toBeLessThanOrEqual(HEADER_BYTES + MAX_TEXT_BYTES);
      expect(record.toString('utf8')).not.toContain('\uFFFD');
    }
    const lines = linesOf(records);
    expect(lines.map((found) => found.length)).toEqual([line.length * 3, 4]);
    expect(lines[0]?.equals(Buffer.from(line))).toBe(true);
  });

  it('keeps NUL bytes and invalid UTF-8 as they are', () => {
    const bytes = Buffer.from([0x61, 0, 0xff, 0xfe, 0x62, 10]);
    expect(linesOf(stampAll([bytes]))).toEqual([bytes.subarray(0, 5)]);
  });

  it('shows an unfinished line as a part, without half a character, and ends it when the rest comes', () => {
    const stamper = new LineStamper('stderr');
    const euro = Buffer.from('€');
    expect(stamper.stamp(Buffer.concat([Buffer.from('price: 5 '), euro.subarray(0, 2)]), AT).lines).toBe(0);
    expect(stamper.flush(AT, true).bytes.toString()).toBe(`${AT} stderr P price: 5 \n`);
    expect(stamper.isHolding).toBe(true);
    expect(stamper.stamp(Buffer.concat([euro.subarray(2), Buffer.from('\n')]), AT).bytes.toString()).toBe(
      `${AT} stderr F €\n`,
    );
  });

  it('does not flush what is not there', () => {
    const stamper = new LineStamper('stdout');
    stamper.stamp(Buffer.from('whole\n'), AT);
    expect(stamper.flush(AT, true).lines).toBe(0);
    expect(stamper.flush(AT, false).lines).toBe(0);
  });
});
