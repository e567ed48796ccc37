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
const Claim = z.object({ tokenId: z.string(), until: z.optional(z.number()) });

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
     * @returns undefined when the name is claimed; otherwise who has it: a token that exists or did, if it is bound
     * @throws unavailable()
     */
    async claim(
      { directory, incarnation, name, tokenId }: NameClaim,
      { dead = '', deadline }: { readonly dead?: string | undefined; readonly deadline: number },
    ): Promise<{ readonly tokenId: string; readonly isBound: boolean } | undefined> {
      const now = table.clock();
      const refusals = await transact(
        table,
        [
          {
            key: tokenNameKey(directory, name),
            put: { s: ITEM_FORMAT, incarnation, tokenId, until: now + CLAIM_MS },
            condition: {
              expression:
                'attribute_not_exists(#pk) OR #until < :now OR #incarnation <> :incarnation OR #tokenId = :own ' +
                'OR (#tokenId = :dead AND attribute_not_exists(#until))',
              values: { ':now': now, ':incarnation': incarnation, ':dead': dead, ':own': tokenId },
            },
          },
        ],
        { deadline },
      );
      if (refusals === undefined) return undefined;
      const { tokenId: holder, until } = Claim.parse(refusals[0]?.item);
      return { tokenId: holder, isBound: until === undefined };
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
