/**
 * Requests that reach their deadline, or die, during a large change of members. They answer 429 with an integer
 * Retry-After, and the same request, repeated, continues until the members are complete.
 */
import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { seedDirectory } from '../../bench/scale/seed.ts';
import { createServiceProvider, type JsonObject, type ScimResponse } from '../../lib/scim/index.ts';
import { createCleanUp } from '../../lib/store/clean-up.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { startRequest } from '../../lib/store/table/request-time.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { GROUP, operations } from '../support/local-run.ts';
import { type Fault, watch } from './calls.ts';
import { newDirectory } from './scene.ts';
import { findOrphans, NO_ORPHANS, scanTable } from './table-scan.ts';

const client = useEngine({ stream: false });
const MEMBERS = 1200;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Milliseconds on the store's clock: the limit of a request, and the duration of each of its calls. */
const TIME = { request: 12_000, call: 500 };

const directory = newDirectory();
const seeded: { ids: readonly string[]; group: string } = { ids: [], group: '' };
beforeAll(async () => {
  const place = { client: client(), tableName: TABLE_NAME };
  const { userIds, groupId } = await seedDirectory(place, {
    directory,
    users: MEMBERS,
    members: 0,
    progress: () => {},
  });
  Object.assign(seeded, { ids: userIds, group: groupId });
});

type Request = {
  readonly method: string;
  readonly path: readonly string[];
  readonly body?: object;
  readonly attributes?: string;
};
type Options = { readonly slow?: boolean; readonly fault?: (name: string) => Fault; readonly late?: number };

/** Sends one request to a fresh function that is slow or faulty as requested. */
const ask = async (
  { method, path, body, attributes = 'id' }: Request,
  { slow = false, fault = () => undefined, late = 0 }: Options = {},
): Promise<ScimResponse> => {
  let spent = late;
  const watched = watch(client(), ({ name }) => {
    spent += slow ? TIME.call : 0;
    return fault(name);
  });
  const clock = () => Date.now() + spent;
  const serve = createServiceProvider(({ deadline }) =>
    createStore({ client: watched.client, tableName: TABLE_NAME, clock, request: startRequest(deadline) }),
  );
  const request = {
    method,
    path,
    query: new Map([['attributes', attributes]]),
    header: () => undefined,
    body: body === undefined ? undefined : JSON.stringify(body),
    baseUrl: 'https://scim.example/scim/v2',
  };
  try {
    return await serve(request, {
      directory: { id: directory, mode: 'tolerant', uniqueGroupNames: true },
      actor: { kind: 'provisioning-client', tokenId: 't1', requestId: crypto.randomUUID() },
      reason: 'change',
      deadline: clock() + TIME.request,
    });
  } finally {
    watched.client.destroy();
  }
};

const killedAfter = (writes: number) => {
  let left = writes;
  return (name: string): Fault => {
    if (/Write|Update/.test(name)) left -= 1;
    return left < 0 ? { error: new Error('killed'), when: 'before' } : undefined;
  };
};

/** Filtered in the engine, so that only edges are transferred. */
const edges = async (group = ''): Promise<{ group: string; member: string }[]> =>
  (
    await scanTable(client(), {
      FilterExpression: 'begins_with(pk, :groups) AND begins_with(sk, :member)',
      ExpressionAttributeValues: { ':groups': `${directory}#Group#${group}`, ':member': '~' },
    })
  ).map(({ pk, sk }) => ({ group: String(pk).split('#')[2] ?? '', member: String(sk).slice(1) }));
const membersOf = async (group: string) => (await edges(group)).map(({ member }) => member);
const sorted = (ids: readonly string[]) => [...ids].sort();
const values = (ids: readonly string[]) => ids.map((value) => ({ value }));

/** Repeats the request until it is not 429. @returns the last response, and the work remaining after each request */
const repeat = async (request: Request, distance: () => Promise<number>) => {
  const distances = [await distance()];
  for (;;) {
    const answer = await ask(request, { slow: true });
    distances.push(await distance());
    if (answer.status !== 429) return { answer, distances };
    expect(answer.headers['Retry-After']).toMatch(/^[1-9]\d*$/);
    if (distances.length > 50) throw new Error(`no end: ${distances.join(', ')}`);
  }
};
const expectProgress = (distances: readonly number[]) => {
  expect(distances.length, `several requests: ${distances.join(', ')}`).toBeGreaterThan(2);
  for (const [i, left] of distances.entries()) if (i > 0) expect(left).toBeLessThan(distances[i - 1] ?? 0);
  expect(distances.at(-1)).toBe(0);
};
const put = (displayName: string, ids: readonly string[]): Request => ({
  method: 'PUT',
  path: ['Groups', seeded.group],
  body: { schemas: [GROUP], displayName, members: values(ids) },
});
const patch = (...list: JsonObject[]): Request => ({
  method: 'PATCH',
  path: ['Groups', seeded.group],
  body: operations(...list),
});
const post = (displayName: string, ids: readonly string[]): Request => ({
  method: 'POST',
  path: ['Groups'],
  body: { schemas: [GROUP], displayName, members: values(ids) },
});

describe('s5 out of time is 429, and each repetition of the request makes progress', () => {
  test('PATCH that adds 1,200 members, and one that removes 1,100', async () => {
    const add = patch({ op: 'add', path: 'members', value: values(seeded.ids) });
    const added = await repeat(add, async () => MEMBERS - (await membersOf(seeded.group)).length);
    expect(added.answer.status).toBe(200);
    expectProgress(added.distances);
    expect(sorted(await membersOf(seeded.group))).toEqual(sorted(seeded.ids));
    const leaving = seeded.ids.slice(100);
    const remove = patch({ op: 'remove', path: 'members', value: values(leaving) });
    const removed = await repeat(remove, async () => (await membersOf(seeded.group)).length - 100);
    expectProgress(removed.distances);
    expect(await findOrphans(client(), directory)).toEqual(NO_ORPHANS);
  });

  test('PUT with 1,100 members and a new name, which is written last', async () => {
    const wanted = new Set(seeded.ids.slice(100));
    const distance = async () => {
      const members = await membersOf(seeded.group);
      const kept = members.filter((id) => wanted.has(id)).length;
      const { body } = await ask({ method: 'GET', path: ['Groups', seeded.group], attributes: 'displayName' });
      return wanted.size - kept + (members.length - kept) + (body?.displayName === 'Renamed' ? 0 : 1);
    };
    const { answer, distances } = await repeat(put('Renamed', [...wanted]), distance);
    expect(answer.status).toBe(200);
    expectProgress(distances);
    expect(await findOrphans(client(), directory)).toEqual(NO_ORPHANS);
  });

  test('POST with 1,200 members leaves one group and no pending one', async () => {
    const before = new Set((await edges()).map(({ group }) => group));
    const made = async () => (await edges()).filter(({ group }) => !before.has(group));
    const { answer, distances } = await repeat(
      post('Everyone', seeded.ids),
      async () => MEMBERS - (await made()).length,
    );
    expect(answer.status).toBe(201);
    expectProgress(distances);
    const all = await made();
    expect(new Set(all.map(({ group }) => group))).toEqual(new Set([answer.body?.id]));
    expect(sorted(all.map(({ member }) => member))).toEqual(sorted(seeded.ids));
    const found = await ask({ method: 'GET', path: ['Groups'] });
    expect(found.body?.totalResults).toBe(2);
    const left = (await scanTable(client())).filter(({ pk }) => pk === '#sweep');
    expect(left).toEqual([]);
    expect(await findOrphans(client(), directory)).toEqual(NO_ORPHANS);
    expect((await ask(post('Everyone', seeded.ids))).status).toBe(409);
    expect((await ask({ method: 'DELETE', path: ['Groups', String(answer.body?.id)] })).status).toBe(204);
  });

  test('throttling until the deadline is 429 too, not 503', async () => {
    const throttled = new ProvisionedThroughputExceededException({ message: 'injected', $metadata: {} });
    let passed = 0;
    const fault = (name: string): Fault => {
      if (name !== 'TransactWriteItems') return undefined;
      passed += 1;
      return passed > 4 ? { error: throttled, when: 'before' } : undefined;
    };
    const all = put('Renamed', seeded.ids.slice(0, 600));
    const throttledAnswer = await ask(all, { fault, slow: true });
    expect(throttledAnswer.status).toBe(429);
    expect((await ask(all)).status).toBe(200);
    expect(sorted(await membersOf(seeded.group))).toEqual(sorted(seeded.ids.slice(0, 600)));
  });
});

describe('s5 a POST that is not repeated', () => {
  test('is cleaned up after an hour', async () => {
    expect((await ask(post('Late', seeded.ids), { slow: true })).status).toBe(429);
    const sweepAt = (late: number) =>
      createCleanUp({ client: client(), tableName: TABLE_NAME, clock: () => Date.now() + late })({
        deadline: Number.POSITIVE_INFINITY,
      });
    expect(await sweepAt(30 * MINUTE)).toMatchObject({ left: 1 });
    // A pending group with a cleanup marker is not an orphan.
    expect(await findOrphans(client(), directory)).toEqual(NO_ORPHANS);
    expect(await sweepAt(HOUR + MINUTE)).toMatchObject({ left: 0 });
    expect(await findOrphans(client(), directory)).toEqual(NO_ORPHANS);
    expect((await edges()).filter(({ group }) => group !== seeded.group)).toEqual([]);
  });

  test('is resumed by one of two parallel requests', async () => {
    expect((await ask(post('Twice', seeded.ids), { slow: true })).status).toBe(429);
    const [one, two] = await Promise.all([ask(post('Twice', seeded.ids)), ask(post('twice', seeded.ids))]);
    const both = await Promise.all([ask(post('Twice', seeded.ids)), ask(post('Twice', seeded.ids))]);
    expect([one.status, two.status].sort()).toEqual([201, 409]);
    expect(both.map(({ status }) => status)).toEqual([409, 409]);
    const id = String((one.status === 201 ? one : two).body?.id);
    expect(sorted(await membersOf(id))).toEqual(sorted(seeded.ids));
    await createCleanUp({ client: client(), tableName: TABLE_NAME, clock: () => Date.now() + 2 * HOUR })({
      deadline: Number.POSITIVE_INFINITY,
    });
    expect(await findOrphans(client(), directory)).toEqual(NO_ORPHANS);
    await ask({ method: 'DELETE', path: ['Groups', id] });
  });
});

describe('s5 killed at any step and repeated', () => {
  const some = () => seeded.ids.slice(0, 400);

  // The first write, one in the middle, and the last ones.
  test.each([1, 5, 8, 9])('PUT of 400 members, killed after %i writes', async (writes) => {
    await ask(put('Few', seeded.ids.slice(0, 1)));
    await expect(ask(put('Many', some()), { fault: killedAfter(writes) })).rejects.toThrow('killed');
    expect((await ask(put('Many', some()))).status).toBe(200);
    expect(sorted(await membersOf(seeded.group))).toEqual(sorted(some()));
    expect(await findOrphans(client(), directory)).toEqual(NO_ORPHANS);
  });

  test.each([1, 5, 9])('POST of 400 members, killed after %i writes', async (writes) => {
    await expect(ask(post('Killed', some()), { fault: killedAfter(writes) })).rejects.toThrow('killed');
    const { status, body } = await ask(post('Killed', some()));
    expect(status).toBe(201);
    expect(sorted(await membersOf(String(body?.id)))).toEqual(sorted(some()));
    await createCleanUp({ client: client(), tableName: TABLE_NAME, clock: () => Date.now() + MINUTE + 1 })({
      deadline: Number.POSITIVE_INFINITY,
    });
    await ask({ method: 'DELETE', path: ['Groups', String(body?.id)] });
    expect((await edges()).filter(({ group }) => group !== seeded.group)).toEqual([]);
    expect(await findOrphans(client(), directory)).toEqual(NO_ORPHANS);
  });
});
