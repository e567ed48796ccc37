import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runScim } from '../../lib/cli/program.ts';

const run = async (...words: string[]) => {
  const written = { out: '', err: '' };
  const write = (name: 'out' | 'err') => (part: string) => {
    written[name] += part;
  };
  const code = await runScim(['events', ...words], { out: write('out'), err: write('err'), environment: {} });
  if (code !== 0) throw new Error(written.err);
  return written.out;
};
const patternFile = (pattern: unknown) => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-pattern-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'pattern.json'), JSON.stringify(pattern));
  return join(folder, 'pattern.json');
};
const RECORDED = 'test/fixtures/patterns/events.ndjson';

test('events patterns lists wishes, and prints the pattern of one', async () => {
  expect(await run('patterns')).toContain('leavers: deactivated or deleted users\n');
  expect(JSON.parse(await run('patterns', 'leavers', '--json'))).toMatchObject({
    'detail-type': ['user.deactivated', 'user.deleted'],
  });
  expect(await run('patterns', 'the department was assigned')).toContain('exists: false');
  await expect(run('patterns', 'zebra')).rejects.toThrow('No pattern for zebra');
});

test('events match shows the events that match, and refuses other operators by name', async () => {
  const file = patternFile({ 'detail-type': ['group.deleted'] });
  expect(await run('match', file, '--file', RECORDED)).toBe(
    '2026-12-01T00:00:00Z group.deleted app-admins is deleted 1\n1 of 44 events match\n',
  );
  expect(JSON.parse(await run('match', file, '--file', RECORDED, '--json'))).toMatchObject({ source: 'rollcall' });
  await expect(run('match', patternFile({ id: [{ cidr: '::/0' }] }), '--file', RECORDED)).rejects.toThrow(
    'id: operator cidr is not supported',
  );
  await expect(run('match', '/no/such/file')).rejects.toThrow('Cannot read /no/such/file');
});
