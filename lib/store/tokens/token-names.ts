/**
 * Claims on the names of tokens: of several parallel creations of one name, one goes through. A claim without a token
 * ends after a minute, so a creation that died does not keep the name.
 */
import * as z from 'zod/mini';
import { ITEM_FORMAT } from '../items/items.ts';
import { openTable } from '../table/calls.ts';
import type { TableOptions } from '../table/client.ts';
import { tokenNameKey } from '../table/keys.ts';
import { transact } from '../table/transact.ts';

const CLAIM_MS = 60_000;
const Claim = z.object({ tokenId: z.string() });

export type NameClaim = {
  readonly directory: string;
  /** The directory's `createdAt`: a claim of another incarnation does not count. */
  readonly incarnation: string;
  readonly name: string;
  readonly tokenId: string;
};

export const createTokenNames = (options: TableOptions) => {
  const table = openTable(options);
  return {
    /**
     * @param dead the id of a token that the claim is bound to and that no longer exists
     * @returns undefined when the name is claimed; otherwise the id of the token that has it
     * @throws unavailable()
     */
    async claim(
      { directory, incarnation, name, tokenId }: NameClaim,
      { dead = '', deadline }: { readonly dead?: string | undefined; readonly deadline: number },
    ): Promise<string | undefined> {
      const now = table.clock();
      const refusals = await transact(
        table,
        [
          {
            key: tokenNameKey(directory, name),
            put: { s: ITEM_FORMAT, incarnation, tokenId, until: now + CLAIM_MS },
            condition: {
              expression:
                'attribute_not_exists(#pk) OR #until < :now OR #incarnation <> :incarnation OR #tokenId IN (:dead, :own)',
              values: { ':now': now, ':incarnation': incarnation, ':dead': dead, ':own': tokenId },
            },
          },
        ],
        { deadline },
      );
      return refusals === undefined ? undefined : Claim.parse(refusals[0]?.item).tokenId;
    },
    /** Frees the name, if it is still this token's. @throws unavailable() */
    async release({ directory, name, tokenId }: Omit<NameClaim, 'incarnation'>, deadline: number): Promise<void> {
      await transact(
        table,
        [
          {
            key: tokenNameKey(directory, name),
            delete: true,
            condition: { expression: '#tokenId = :tokenId', values: { ':tokenId': tokenId } },
          },
        ],
        { deadline },
      );
    },
  };
};
