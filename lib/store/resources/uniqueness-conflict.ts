/** Reports that another resource has a unique value (409 uniqueness, RFC 7644 section 3.3). */
import { own, type ScimError, uniqueness, type WriteScope } from '../../scim/index.ts';
import type { Claim } from '../items/index-entries.ts';
import { ClaimItem } from '../items/items.ts';
import { toStoredResource } from '../items/resource-item.ts';
import type { Item, Table } from '../table/calls.ts';
import { resourceKey } from '../table/keys.ts';
import type { Refusals } from '../table/transact.ts';

/** @param claim the claim item of the value */
const toConflict = async (
  table: Table,
  scope: WriteScope,
  { entry, claim }: { entry: Claim; claim: Item | undefined },
) => {
  const { directory, type } = scope;
  const parsed = ClaimItem.safeParse(claim);
  const taken = `${entry.path} "${entry.value}" is taken by an existing`;
  const kind = type.name.toLowerCase();
  if (!parsed.success) return uniqueness(`${taken} ${kind}`);
  const { id } = parsed.data;
  const holder = toStoredResource(await table.get(resourceKey(directory, type.name, id)), table.clock());
  const inactive = holder !== undefined && own(holder.attributes, 'active') === false;
  return uniqueness(`${taken} ${inactive ? 'inactive ' : ''}${kind} (id ${id})`);
};

/** @param refusals of a transaction whose writes from position `first` on put the claims of `entries` */
export const findConflict = async (
  table: Table,
  scope: WriteScope,
  { entries, refusals, first }: { entries: readonly Claim[]; refusals: Refusals; first: number },
): Promise<ScimError | undefined> => {
  for (const [index, entry] of entries.entries()) {
    const refusal = refusals[first + index];
    if (refusal !== undefined) return toConflict(table, scope, { entry, claim: refusal.item });
  }
  return undefined;
};

/**
 * Checks for conflicts before the first of several writes, to fail early. The transaction still decides.
 * @throws uniqueness
 */
export const assertAvailable = async (
  table: Table,
  scope: WriteScope,
  { entries, id }: { entries: readonly Claim[]; id: string },
): Promise<void> => {
  const claims = await table.getAll(entries.map(({ key }) => key));
  for (const entry of entries) {
    const claim = claims.get(entry.key);
    if (claim !== undefined && claim.id !== id) throw await toConflict(table, scope, { entry, claim });
  }
};
