/** Shared by all writes: the scope, and the loop of read, compute and conditional write that prevents lost updates. */
import { notFound, overtaken } from '../error.ts';
import { uniquePaths } from '../schema/storable.ts';
import type { GroupReference, Include, StoredResource, WriteScope } from '../store-port.ts';
import { checkIfMatch } from './precondition.ts';
import type { ResourceExchange } from './request.ts';

export const writeScope = ({ caller, type }: ResourceExchange): WriteScope => ({
  directory: caller.directory.id,
  type,
  actor: caller.actor,
  reason: caller.reason,
  unique: uniquePaths(type),
  deadline: caller.deadline,
});

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** The groups that the response shows, fetched with the same read as the resource. */
const groupsOnly = ({ groups }: Include): Include => ({ members: false, groups });

export type Changed = {
  readonly resource: StoredResource;
  /** The groups at the time of the change. */
  readonly groups: readonly GroupReference[];
};

/**
 * Reads the resource and calls `change` to compute and write; retries after a concurrent write.
 * @param include `groups`: read them with the resource
 * @throws 404, 412 (If-Match), overtaken (429) after the deadline
 */
export async function changeResource(
  exchange: ResourceExchange,
  { id, include }: { readonly id: string; readonly include: Include },
  change: (before: StoredResource, groups: readonly GroupReference[]) => Promise<StoredResource | 'stale'>,
): Promise<Changed> {
  const { store, caller, type } = exchange;
  for (let attempt = 0; ; attempt++) {
    const before = await store.read({ directory: caller.directory.id, type }, id, groupsOnly(include));
    if (before === undefined) throw notFound(type.name, id);
    checkIfMatch(exchange, before.resource);
    const groups = before.groups ?? [];
    const resource = await change(before.resource, groups);
    if (resource !== 'stale') return { resource, groups };
    if (Date.now() > caller.deadline) throw overtaken();
    await pause(Math.random() * Math.min(500, 10 * 2 ** attempt));
  }
}
