/**
 * A creation that ran out of time while it wrote memberships goes on when the same request comes again. Until it is whole
 * nobody sees it, so nothing but what it asks for tells that it is the same: a hash of that lies with the word that it is
 * left to be swept.
 */
import { createHash } from 'node:crypto';
import type { Member, WriteScope } from '../scim/index.ts';
import { resourceKey, sweepKey } from './keys.ts';
import { inOrder } from './membership-step.ts';
import { stampOf } from './stored-resource.ts';
import { SweepItem } from './sweep-item.ts';
import type { Table } from './table-calls.ts';
import { transact } from './transaction.ts';

/** Less than the sweeper waits, so that the two never take the same one. */
const RESUMABLE_MILLISECONDS = 45_000;

/** What a large creation asks for. @param r the attributes as they are written */
export const requestDigest = (
  { type, actor }: WriteScope,
  { r, members }: { readonly r: string; readonly members: readonly Member[] },
): string =>
  createHash('sha256')
    .update(JSON.stringify([type.name, actor.tokenId, r]))
    .update(JSON.stringify(inOrder(members).map((member) => [member.id, member.type, member.display])))
    .digest('base64url');

/** Its request is over, and it is not yet due to be swept. */
const isResumable = ({ until, at }: SweepItem, now: number): boolean =>
  until !== undefined && until < now && now - Date.parse(at) < RESUMABLE_MILLISECONDS;

const sweepRange = (directory: string, type: string) => {
  const { pk, sk } = sweepKey(directory, type, { id: '', kind: '' });
  const prefix = sk.slice(0, -1);
  return { pk, from: prefix, to: `${prefix}~` };
};

/**
 * Makes an unfinished creation this request's own: of two requests at once, one's.
 * @param at ISO 8601: this request's time, from which the new resource will date
 * @returns the id under which memberships have been written, undefined when there is nothing to go on with
 */
export const takeOver = async (
  table: Table,
  scope: WriteScope,
  { digest, at }: { readonly digest: string; readonly at: string },
): Promise<string | undefined> => {
  const { directory, type, deadline } = scope;
  const items = (await table.query(sweepRange(directory, type.name))).map((item) => SweepItem.parse(item));
  const now = table.clock();
  const found = items.find((item) => item.kind === 'pending' && item.request === digest && isResumable(item, now));
  if (found === undefined) return undefined;
  const refusals = await transact(
    table,
    [
      {
        key: resourceKey(directory, type.name, found.id),
        update: { set: { ...stampOf(scope, at), created: at } },
        condition: { expression: 'attribute_exists(#pending) AND attribute_not_exists(#gone)' },
      },
      {
        key: sweepKey(directory, type.name, found),
        update: { set: { ...stampOf(scope, at), until: deadline } },
        condition: { expression: '#at = :at', values: { ':at': found.at } },
      },
    ],
    scope,
  );
  return refusals === undefined ? found.id : undefined;
};
