import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../testing/temp-dir.ts';
import { formatHeader } from './cri-line.ts';
import { SegmentWriter } from './segment-writer.ts';

const HEADER = formatHeader('2026-01-31T12:00:00.000Z', 'stdout', false);

function line(text: string) {
  return { bytes: Buffer.from(`${HEADER}${text}\n`), lines: 1 };
}

describe('SegmentWriter', () => {
  it('names each segment after the offset where it starts, and offsets go on over a reopening', () => {
    const dir = tempDir();
    const first = new SegmentWriter(dir, { segmentBytes: 100, retentionBytes: 10_000 });
    first.open();
    for (let index = 0; index < 10; index += 1) first.append(line(`line ${index}`));
    first.close();
    const second = new SegmentWriter(dir, { segmentBytes: 100, retentionBytes: 10_000 });
    second.open();
    expect(second.end).toBe(10 * (HEADER.length + 7));
    second.append(line('after'));
    second.close();
    const names = readdirSync(dir);
    let offset = 0;
    for (const name of names) {
      expect(name).toBe(`${String(offset).padStart(16, '0')}.log`);
      offset += readFileSync(join(dir, name)).length;
    }
    expect(offset).toBe(second.end);
    expect(names.length).toBeGreaterThan(3);
  });

  it('forgets the oldest segments beyond the retention, and never moves an offset', () => {
    const dir = tempDir();
    const writer = new SegmentWriter(dir, { segmentBytes: 1_000, retentionBytes: 5_000 });
    writer.open();
    for (let index = 0; index < 1_000; index += 1) writer.append(line(`line ${index}`));
    writer.close();
    const names = readdirSync(dir);
    const kept = names.reduce((sum, name) => sum + readFileSync(join(dir, name)).length, 0);
    expect(kept).toBeLessThanOrEqual(5_000);
    expect(kept).toBeGreaterThan(3_000);
    expect(Number(names[0]?.slice(0, 16)) + kept).toBe(writer.end);
    expect(readFileSync(join(dir, names.at(-1) ?? ''), 'utf8')).toContain('line 999\n');
  });

  it('closes a line that a crash tore, so that the next one stands alone', () => {
    const dir = tempDir();
    const writer = new SegmentWriter(dir);
    writer.open();
    writer.append(line('whole'));
    writer.close();
    appendFileSync(join(dir, '0000000000000000.log'), `${HEADER}tor`);
    const next = new SegmentWriter(dir);
    next.open();
    next.append(line('next'));
    next.close();
    expect(readFileSync(join(dir, '0000000000000000.log'), 'utf8')).toBe(
      `${HEADER}whole\n${HEADER}tor\n${HEADER}next\n`,
    );
    expect(next.end).toBe(readFileSync(join(dir, '0000000000000000.log')).length);
  });

  it('writes on when somebody removed its folder', () => {
    const dir = join(tempDir(), 'log');
    const writer = new SegmentWriter(dir);
    writer.open();
    writer.append(line('lost with the folder'));
    rmSync(dir, { recursive: true });
    writer.append(line('kept'));
    writer.close();
    const names = readdirSync(dir);
    expect(names).toHaveLength(1);
    expect(readFileSync(join(dir, names[0] ?? ''), 'utf8')).toBe(`${HEADER}kept\n`);
  });
});
