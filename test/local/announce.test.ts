import { expect, test } from 'vitest';
import { toEventLine, toPage } from '../../lib/local/announce.ts';
import type { DeliveredEvent } from '../../lib/local/event-bridge.ts';

const event = (type: string, detail: Record<string, unknown>): DeliveredEvent => ({
  version: '0',
  id: '1',
  'detail-type': type,
  source: 'rollcall',
  account: '000000000000',
  time: '2026-11-21T10:00:00Z',
  region: 'local',
  resources: [],
  detail,
});

test.each([
  ['user.created', { directory: { id: 'demo' }, user: { id: 'u', userName: 'ann' } }, 'demo user.created ann'],
  [
    'group.member_added',
    { directory: { id: 'demo' }, group: { id: 'g', displayName: 'Staff' }, user: { id: 'u', userName: 'ann' } },
    'demo group.member_added Staff, ann',
  ],
  [
    'group.member_added',
    { directory: { id: 'demo' }, group: { id: 'g' }, memberGroup: { id: 'h', displayName: 'Board' } },
    'demo group.member_added g, Board',
  ],
  ['something.else', { directory: 1 }, 'something.else'],
  ['user.created', { user: { userName: 'a\u001b[2Jb\nc' } }, 'user.created a\\u001b[2Jb\\nc'],
])('%s is one line without control characters', (type, detail, line) => {
  expect(toEventLine(event(type, detail))).toBe(`10:00:00 ${line}`);
});

test('an event that is no change of its own says so', () => {
  const deleted = (reason: string) => toEventLine(event('user.deleted', { user: { userName: 'ann' }, reason }));
  expect(deleted('change')).toBe('10:00:00 user.deleted ann');
  expect(deleted('replay')).toBe('10:00:00 user.deleted ann (replay)');
});

test.each([
  ['.rollcall', undefined],
  ['/tmp/run', 'for scim   export ROLLCALL_DATA=/tmp/run'],
])('a run in %s prints ROLLCALL_DATA only if the CLI does not find the run by default', (runFolder, row) => {
  const page = toPage({
    baseUrl: 'http://127.0.0.1:1/scim/v2',
    directories: [{ id: 'demo', token: 'secret' }],
    eventsFile: `${runFolder}/events.ndjson`,
    runFolder,
    dataFolder: runFolder,
    forward: undefined,
  });
  expect(
    page
      .split('\n')
      .find((line) => line.includes('ROLLCALL_DATA'))
      ?.trim(),
  ).toBe(row);
});
