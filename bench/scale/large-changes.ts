/** Changes of a group that are too large for one request, repeated like a client does after a 429. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createServiceProvider, type ScimResponse } from '../../lib/scim/index.ts';
import { createCleanUp } from '../../lib/store/clean-up.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { openTable } from '../../lib/store/table/calls.ts';
import { CLEANUP_PK, MEMBER_PREFIX, resourcePk } from '../../lib/store/table/keys.ts';
import { startRequest } from '../../lib/store/table/request-time.ts';
import { GROUP_URN, PATCH_OP_URN } from '../urns.ts';
import type { Traffic } from './capacity.ts';

/** One request of a change that may need several. */
export type Step = {
  readonly change: string;
  /** Number of the request, or of the cleanup run, which has no status. */
  readonly request: number;
  readonly status: number | undefined;
  readonly seconds: number;
  /** Memberships written or removed by this request, and those still to be changed. */
  readonly done: number;
  readonly left: number;
  readonly traffic: Traffic;
};

export type Place = {
  readonly tableName: string;
  readonly directory: string;
  /** A client without limits, to inspect the table. */
  readonly free: DynamoDBClient;
  /** The client with limits, and its traffic since the last call. */
  readonly client: DynamoDBClient;
  readonly traffic: () => Traffic;
  /** Time limit of a request. */
  readonly seconds: number;
  readonly report: (step: Step) => void;
};

const REPETITIONS = 8;
/** Time limit of a cleanup run. */
const SWEEP_SECONDS = 50;

type Request = { readonly method: string; readonly path: readonly string[]; readonly body?: object };
type Change = {
  readonly name: string;
  /** Ids of the group's members after the change. */
  readonly wanted: ReadonlySet<string>;
  /** @returns the id of the group; undefined if it does not exist yet */
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
  const serve = createServiceProvider(({ deadline }) =>
    createStore({ client: place.client, tableName: place.tableName, request: startRequest(deadline) }),
  );
  return ({ method, path, body }: Request): Promise<ScimResponse> =>
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
  /** The group that a POST is creating or has created. Its id is only known from the table. */
  let latest: string | undefined;
  const pending = async (): Promise<string | undefined> => {
    const item = (await table.query({ pk: CLEANUP_PK })).find(({ kind }) => kind === 'pending');
    latest = item === undefined ? latest : String(item.id);
    return latest;
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
    const result = {
      change: name,
      request,
      status,
      seconds: took,
      done: before - left,
      left,
      traffic: place.traffic(),
    };
    steps.push(result);
    place.report(result);
    return result;
  };
  return { steps, step, pending };
};

/**
 * Runs the changes.
 * @param ids of users without a group; half of them are the size of a large change
 * @returns the result of each request, in order
 */
export const askForLargeChanges = async (place: Place, ids: readonly string[]): Promise<readonly Step[]> => {
  const ask = createAsker(place);
  const { steps, step, pending } = createSteps(place);
  const size = Math.floor(ids.length / 2);
  const [some, others] = [ids.slice(0, size), ids.slice(size, 2 * size)];
  const half = Math.ceil(size / 2);

  const created = await ask({ method: 'POST', path: [], body: groupBody('Large') });
  const id = String(created.body?.id);
  const group = async () => id;
  const repeat = async (change: Change, request: Request) => {
    for (let attempt = 0; attempt < REPETITIONS; attempt++) {
      if ((await step(change, async () => (await ask(request)).status)).status !== 429) return;
      // Respects `Retry-After`.
      await sleep(1000);
    }
  };

  await repeat(
    { name: `PATCH: add ${size}`, wanted: new Set(some), group },
    { method: 'PATCH', path: [id], body: addBody(some) },
  );
  const next = [...some.slice(half), ...others.slice(0, half)];
  await repeat(
    { name: `PUT: remove ${half}, add ${half}`, wanted: new Set(next), group },
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
