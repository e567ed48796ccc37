/**
 * `npx tsx test/tools/record-pattern-events.ts`: runs a scenario against the embedded engine, and writes its events to
 * test/fixtures/patterns/events.ndjson. Each event's `id` names the step that caused it.
 */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { createBackfill } from '../../lib/events/backfill.ts';
import type { LifecycleEvent } from '../../lib/events/envelope.ts';
import type { Change } from '../../lib/events/occurrence.ts';
import { createChangePublisher } from '../../lib/events/publish-changes.ts';
import { createTestEvent } from '../../lib/events/test-event.ts';
import { createChangeSources } from '../../lib/lambda/change-sources.ts';
import { startEngine } from '../../lib/local/engine.ts';
import { createStreamReader } from '../../lib/local/stream-reader.ts';
import { passesFilter, toLambdaRecord } from '../../lib/local/stream-record.ts';
import { createTable } from '../../lib/local/table.ts';
import { type Actor, createServiceProvider, resourceTypes } from '../../lib/scim/index.ts';
import { createDirectories } from '../../lib/store/directories/directories.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { createPresentState } from '../../lib/store/stream/snapshot-pages.ts';
import { inTime } from '../store/scene.ts';
import { group, operations, user } from '../support/local-run.ts';
import { PATTERN_EVENTS } from './pattern-results.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const TABLE = 'rollcall';
const engine = await startEngine();
const client = new DynamoDBClient({
  endpoint: engine.endpoint,
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
await createTable(client, TABLE, { stream: true });
const table = { client, tableName: TABLE };
const { Table } = await client.send(new DescribeTableCommand({ TableName: TABLE }));
const streamArn = Table?.LatestStreamArn ?? '';
const { region, credentials } = client.config;
const reader = createStreamReader(
  new DynamoDBStreamsClient({ endpoint: engine.endpoint, region, credentials }),
  streamArn,
  undefined,
);

const lines: string[] = [];
const write = (step: string, events: readonly LifecycleEvent[]) => {
  for (const [i, { type, detail }] of events.entries())
    lines.push(
      JSON.stringify({
        version: '0',
        id: events.length === 1 ? step : `${step} ${i + 1}`,
        source: 'rollcall',
        'detail-type': type,
        account: '123456789012',
        region: 'eu-central-1',
        time: '2026-12-01T00:00:00Z',
        resources: [],
        detail,
      }),
    );
};
const collect = async (run: (publish: (events: readonly LifecycleEvent[]) => void) => Promise<unknown>) => {
  const events: LifecycleEvent[] = [];
  await run((published) => events.push(...published));
  return events;
};
const sources = createChangeSources(table);
const published = (limitBytes: number) =>
  collect(async (publish) => {
    const publishChanges = createChangePublisher({
      ...sources,
      limitBytes,
      publish: async (events) => {
        publish(events);
        return { published: events.length };
      },
    });
    for (;;) {
      const { records } = await reader.read();
      if (records.length === 0) return;
      await publishChanges(records.filter(passesFilter).map((record) => toLambdaRecord(record, streamArn)));
    }
  });

const directories = createDirectories(table);
const okta: Actor = { kind: 'provisioning-client', tokenId: 't7', tokenName: 'okta-prod', requestId: 'r1' };
const admin: Actor = { kind: 'admin', requestId: 'r2' };
const ids = new Map<string, string>();
const serve = createServiceProvider(() => createStore(table));
const send = async (
  [method, path]: readonly [string, string],
  body?: object,
  by: { directory?: string; actor?: Actor; reason?: 'change' | 'import' } = {},
) => {
  const { directory = 'acme', actor = okta, reason = 'change' } = by;
  const resolved = path.replaceAll(/:(\w+)/g, (_, name) => ids.get(name) ?? '');
  const answer = await serve(
    {
      method,
      path: resolved.split('/').filter((part) => part !== ''),
      query: new Map(),
      header: () => undefined,
      body: body && JSON.stringify(body),
      baseUrl: 'https://scim.example/scim/v2',
    },
    { directory: { id: directory, mode: 'tolerant', uniqueGroupNames: true }, actor, reason, ...inTime() },
  );
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return String(answer.body?.id ?? '');
};
const step = async (name: string, run: () => Promise<unknown>, limitBytes = 262_144) => {
  await run();
  write(name, await published(limitBytes));
};
const create = (step_: string, name: string, path: string, body: object, by = {}) =>
  step(step_, async () => ids.set(name, await send(['POST', path], body, by)));
const patch = (name: string, path: string, ...ops: object[]) =>
  step(name, () => send(['PATCH', path], operations(...ops)));
const set = (path: string, value: unknown) => ({ op: 'replace', path, value });
const enterprise = (name: string) => `${ENTERPRISE}:${name}`;

await directories.create(
  DirectorySettings.parse({ id: 'acme', tenant: 'org_42', identityProvider: 'okta', labels: { plan: 'gold' } }),
);
await directories.create(DirectorySettings.parse({ id: 'demo' }));
await published(262_144);
await step('acme connected', () => directories.connect('acme', okta));
await create('Ann joins Sales', 'ann', '/Users', {
  ...user('ann@acme.com', {
    externalId: '00u1',
    active: true,
    name: { familyName: 'Lee' },
    emails: [
      { value: 'ann@acme.com', type: 'work' },
      { value: 'ann@home.example', type: 'home' },
    ],
  }),
  [ENTERPRISE]: { department: 'Sales' },
});
await create('Bob joins without a department', 'bob', '/Users', {
  ...user('bob@other.example', { active: true, emails: [{ value: 'bob@acme.com', type: 'home' }] }),
});
await create('Cho is created inactive', 'cho', '/Users', user('cho@acme.com', { active: false }));
await create('Dan has no active', 'dan', '/Users', user('dan@acme.com', {}));
await create('Eva joins demo', 'eva', '/Users', user('eva@acme.com', { active: true }), { directory: 'demo' });
await create('Fay is imported', 'fay', '/Users', user('fay@acme.com', { active: true }), {
  reason: 'import',
  actor: admin,
});
await patch('Ann moves to Engineering', '/Users/:ann', set(enterprise('department'), 'Engineering'));
await patch('Bob is assigned to Sales', '/Users/:bob', set(enterprise('department'), 'Sales'));
await patch(
  'Ann moves to Support and gets a title',
  '/Users/:ann',
  set(enterprise('department'), 'Support'),
  set('title', 'Lead'),
);
await patch('Ann loses her department', '/Users/:ann', { op: 'remove', path: enterprise('department') });
await patch('Ann gets another title', '/Users/:ann', set('title', 'Head'));
await patch('Ann gets a manager', '/Users/:ann', set(enterprise('manager'), { value: 'm1' }));
await patch('Ann marries', '/Users/:ann', set('name.familyName', 'May'));
await patch('Bob gets another userName', '/Users/:bob', set('userName', 'bob@acme.com'));
await patch('Ann is deactivated', '/Users/:ann', set('active', false));
await patch('Ann is reactivated', '/Users/:ann', set('active', true));
await patch('Ann leaves Sales for good', '/Users/:ann', set('active', false), set(enterprise('department'), 'Sales'));
await create('app-admins is created', 'admins', '/Groups', group('app-admins', { externalId: 'g-admins' }));
await create('app-users is created', 'users', '/Groups', group('app-users', { externalId: 'g-users' }));
await create('Team is created', 'team', '/Groups', group('Team', {}));
const add = (name: string, groupName: string, member: string) =>
  patch(name, `/Groups/:${groupName}`, { op: 'add', path: 'members', value: [{ value: ids.get(member) }] });
await add('Ann joins app-admins', 'admins', 'ann');
await add('Bob joins app-users', 'users', 'bob');
await add('Bob joins Team', 'team', 'bob');
await add('Team joins app-admins', 'admins', 'team');
await patch('Bob leaves app-users', '/Groups/:users', { op: 'remove', path: `members[value eq "${ids.get('bob')}"]` });
await patch('Team becomes app-team', '/Groups/:team', set('displayName', 'app-team'));
await patch('app-team becomes Crew', '/Groups/:team', set('displayName', 'Crew'));
await patch('app-users gets another externalId', '/Groups/:users', set('externalId', 'g-people'));
await step('app-admins is deleted', () => send(['DELETE', '/Groups/:admins']));
await step('Bob is deleted by an administrator', () => send(['DELETE', '/Users/:bob'], undefined, { actor: admin }));
await step(
  'Gus is too large',
  () => send(['POST', '/Users'], user('gus@acme.com', { active: true, nickName: 'x'.repeat(3000) })),
  2500,
);
await step('acme gets another plan', () =>
  directories.change('acme', admin, (before) => ({ ...before, labels: { plan: 'platinum' } })),
);
await step('acme gets a name', () => directories.change('acme', admin, (before) => ({ ...before, name: 'Acme' })));
const status = (name: string, more: object) =>
  step(name, () => directories.change('acme', admin, (before) => ({ ...before, ...more })));
await status('acme is paused', { status: 'paused', pausedBy: 'admin' });
await status('acme is resumed', { status: 'active', pausedBy: undefined });
await status('acme trips its guard', {
  status: 'paused',
  pausedBy: 'guard',
  guard: { deactivations: 5, minutes: 60 },
});
const { readPage } = createPresentState(table);
write(
  'backfill',
  await collect(async (publish) => {
    const publishChanges = createChangePublisher({
      ...sources,
      readChange: (change: Change) => change,
      publish: async (events) => {
        publish(events);
        return { published: events.length };
      },
    });
    const backfill = createBackfill({ resourceTypes, readPage, publishChanges });
    let next = (await backfill('demo')).next;
    while (next !== undefined) next = (await backfill('demo', next)).next;
  }),
);
const test = createTestEvent('user.deactivated', { id: 'acme', tenant: 'org_42' });
if (test !== undefined) {
  write('test event', [test]);
  write('replay', [{ ...test, detail: { ...test.detail, reason: 'replay', eventId: `evt_${randomUUID()}` } }]);
}
writeFileSync(PATTERN_EVENTS, `${lines.join('\n')}\n`);
console.log(`${lines.length} events`);
client.destroy();
await engine.stop();
