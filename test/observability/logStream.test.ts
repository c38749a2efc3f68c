import { spawn } from 'node:child_process';
import { openSync, readSync, closeSync, mkdtempSync, readFileSync, rmSync, constants } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createLogStream } from '../../src/observability/log.js';

test('a log that nothing reads keeps a bounded number of lines, drops whole lines, and reports their count once there is room', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-log-'));
  const path = join(folder, 'pipe');
  const made = spawn('mkfifo', [path]);
  await once(made, 'exit');
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const reports: number[] = [];
  const log = createLogStream({ fd: writer, onDropped: (lines) => reports.push(lines) });

  const line = `${'x'.repeat(999)}\n`;
  for (let written = 0; written < 10_000; written += 1) log.write(line);
  const startedAt = performance.now();
  await log.flush(100);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(reports).toEqual([]);

  const chunk = Buffer.alloc(65_536);
  let bytes = 0;
  const drain = () => {
    try {
      bytes += readSync(reader, chunk);
    } catch {
      // EAGAIN: the pipe is empty for now.
    }
    return reports.length;
  };
  await expect.poll(drain, { interval: 1, timeout: 20_000 }).toBe(1);
  await expect
    .poll(
      () => {
        drain();
        return bytes / line.length;
      },
      { interval: 1, timeout: 20_000 },
    )
    .toBe(10_000 - (reports[0] ?? 0));
  expect(bytes).toBeLessThan(5_000_000);
  closeSync(reader);
  rmSync(folder, { recursive: true });
});

test('a log file gets every line, in order', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-log-'));
  const path = join(folder, 'log');
  const log = createLogStream({ fd: openSync(path, 'a'), onDropped: () => undefined });
  const lines = Array.from({ length: 1_000 }, (_, index) => `line ${String(index)}\n`);
  for (const line of lines) log.write(line);
  await log.flush(5_000);
  expect(log.holdsThread()).toBe(false);
  expect(readFileSync(path, 'utf8')).toBe(lines.join(''));
  rmSync(folder, { recursive: true });
});
