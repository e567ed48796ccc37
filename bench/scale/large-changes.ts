/** Changes of a group that are larger than one request can finish, asked again and again as a client does that is told 429. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createServiceProvider, type ScimResponse } from '../../lib/scim/index.ts';
import { createCleanUp } from '../../lib/store/clean-up.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { openTable } from '../../lib/store/table/calls.ts';
import { CLEANUP_PK, MEMBER_PREFIX, resourcePk } from '../../lib/store/table/keys.ts';
import { GROUP_URN, PATCH_OP_URN } from '../urns.ts';
import type { Traffic } from './capacity.ts';

/** One request of a change that may take several. */
export type Step = {
  readonly change: string;
  /** The number of the request; of the sweeper's run, which has no status. */
  readonly request: number;
  readonly status: number | undefined;
  readonly seconds: number;
  /** Memberships that it wrote or took away, and that are not yet as they shall be. */
  readonly done: number;
  readonly left: number;
  readonly traffic: Traffic;
};

export type Place = {
  readonly tableName: string;
  readonly directory: string;
  /** Without limits, to look. */
  readonly free: DynamoDBClient;
  /** With them, to work; and what it has asked since the last time. */
  readonly client: DynamoDBClient;
  readonly traffic: () => Traffic;
  /** The time of one request. */
  readonly seconds: number;
  readonly tell: (step: Step) => void;
};

const REPETITIONS = 8;
/** What the sweeper's function has in a minute. */
const SWEEP_SECONDS = 50;

type Asked = { readonly method: string; readonly path: readonly string[]; readonly body?: object };
type Change = {
  readonly name: string;
  /** @returns the ids of the group's members as they shall be, and as they are */
  readonly wanted: ReadonlySet<string>;
  readonly group: () => Promise<string | undefined>;
};

const differ = (wanted: ReadonlySet<string>, present: ReadonlySet<string>): number =>
  [...wanted].filter((id) => !present.has(id)).length + [...present].filter((id) => !wanted.has(id)).length;

const groupBody = (displayName: string, ids: readonly string[] = []) => ({
  schemas: [GROUP_URN],
  displayName,
  ...(ids.length === 0 ? {} : { members: ids.map((value) => ({ value })) }),
});
const addBody = (ids: readonly string[]) => ({
  schemas: [PATCH_OP_URN],
  Operations: [{ op: 'add', path: 'members', value: ids.map((value) => ({ value })) }],
});

const createAsker = (place: Place) => {
  const serve = createServiceProvider(createStore({ client: place.client, tableName: place.tableName }));
  return ({ method, path, body }: Asked): Promise<ScimResponse> =>
    serve(
      {
        method,
        path: ['Groups', ...path],
        query: new Map<string, string>(),
        header: () => undefined,
        body: body === undefined ? undefined : JSON.stringify(body),
        baseUrl: 'https://bench.example/scim/v2',
      },
      {
        directory: { id: place.directory, mode: 'tolerant', uniqueGroupNames: true },
        actor: { kind: 'provisioning-client', tokenId: 'bench' },
        reason: 'change',
        deadline: Date.now() + place.seconds * 1000,
      },
    );
};

const createWatch = (place: Place) => {
  const table = openTable({ client: place.free, tableName: place.tableName });
  const present = async (id: string | undefined): Promise<ReadonlySet<string>> => {
    if (id === undefined) return new Set();
    const pk = resourcePk(place.directory, 'Group', id);
    return new Set((await table.query({ pk, from: MEMBER_PREFIX })).map(({ sk }) => String(sk).slice(1)));
  };
  /** The group that a POST is about to make, or has made: nobody else can name it before. */
  let made: string | undefined;
  const pending = async (): Promise<string | undefined> => {
    const item = (await table.query({ pk: CLEANUP_PK })).find(({ kind }) => kind === 'pending');
    made = item === undefined ? made : String(item.id);
    return made;
  };
  return { present, pending };
};

const createSteps = (place: Place) => {
  const { present, pending } = createWatch(place);
  const steps: Step[] = [];
  const step = async ({ name, wanted, group }: Change, work: () => Promise<number | undefined>): Promise<Step> => {
    const before = differ(wanted, await present(await group()));
    place.traffic();
    const start = performance.now();
    const status = await work();
    const took = (performance.now() - start) / 1000;
    const left = differ(wanted, await present(await group()));
    const request = steps.filter(({ change }) => change === name).length + 1;
    const made = { change: name, request, status, seconds: took, done: before - left, left, traffic: place.traffic() };
    steps.push(made);
    place.tell(made);
    return made;
  };
  return { steps, step, pending };
};

/**
 * @param ids of users, none of whom is in a group: half of them make a large change
 * @returns what each request did, in their order
 */
export const askForLargeChanges = async (place: Place, ids: readonly string[]): Promise<readonly Step[]> => {
  const ask = createAsker(place);
  const { steps, step, pending } = createSteps(place);
  const size = Math.floor(ids.length / 2);
  const [some, others] = [ids.slice(0, size), ids.slice(size, 2 * size)];
  const half = Math.ceil(size / 2);

  const made = await ask({ method: 'POST', path: [], body: groupBody('Large') });
  const id = String(made.body?.id);
  const group = async () => id;
  const repeat = async (change: Change, asked: Asked) => {
    for (let request = 0; request < REPETITIONS; request++) {
      if ((await step(change, async () => (await ask(asked)).status)).status !== 429) return;
      // As `Retry-After` says.
      await sleep(1000);
    }
  };

  await repeat(
    { name: `PATCH: add ${size}`, wanted: new Set(some), group },
    { method: 'PATCH', path: [id], body: addBody(some) },
  );
  const next = [...some.slice(half), ...others.slice(0, half)];
  await repeat(
    { name: `PUT: ${half} leave, ${half} come`, wanted: new Set(next), group },
    { method: 'PUT', path: [id], body: groupBody('Large', next) },
  );
  const deletion: Change = { name: `DELETE: ${size} members`, wanted: new Set(), group };
  await step(deletion, async () => (await ask({ method: 'DELETE', path: [id] })).status);
  const sweep = createCleanUp({ client: place.client, tableName: place.tableName });
  const sweepOnce = async () => {
    await sweep({ deadline: Date.now() + SWEEP_SECONDS * 1000 });
    return undefined;
  };
  for (let run = 0; run < REPETITIONS && (steps.at(-1)?.left ?? 0) > 0; run++) await step(deletion, sweepOnce);

  await repeat(
    { name: `POST: ${size} members`, wanted: new Set(others), group: pending },
    { method: 'POST', path: [], body: groupBody('New', others) },
  );
  return steps;
};
