/** What the table keeps of tokens, as the token store needs it. Times are ISO 8601 in UTC, deadlines milliseconds since 1970. */

/** A token's entry among the denied ones of its directory. */
export type Denial = {
  /** Which secret holds the token. */
  readonly shard: number;
  /** The token is refused from then on. */
  readonly from: string;
  /** The id of the token that replaces this one by rotation. */
  readonly replacedBy?: string | undefined;
  /** The token is being created. */
  readonly pending?: boolean | undefined;
  /** When the token was taken out of its secret. */
  readonly removedAt?: string | undefined;
};
/** By token id. */
export type Denials = ReadonlyMap<string, Denial>;

/** The token whose creation is finished, and the one that it replaces. */
export type Activation = {
  readonly tokenId: string;
  readonly name: string;
  readonly replaces?: { readonly tokenId: string; readonly denial: Denial };
};

export type DeniedTokens = {
  read(directory: string): Promise<Denials>;
  /** @returns `'full'` if the directory has too many entries that were not cleaned up yet */
  deny(
    directory: string,
    tokenId: string,
    entry: { readonly denial: Denial; readonly deadline: number },
  ): Promise<'denied' | 'full'>;
  activate(directory: string, activation: Activation, deadline: number): Promise<'active' | 'lost'>;
  denyAll(directory: string, createdAt: string, deadline: number): Promise<void>;
};

export type ShardList = {
  /** @returns how many shards there are, numbered from 1, or undefined if the table does not know */
  count(): Promise<number | undefined>;
  grow(count: number): Promise<void>;
  /** Notes that the shard may hold tokens of the directory, before the first of them is written. */
  add(directory: string, shard: number): Promise<void>;
  /** @returns versions that each shard was given within 24 hours, as last counted */
  versions(): Promise<ReadonlyMap<number, number>>;
};

export type NameClaim = { readonly directory: string; readonly name: string; readonly tokenId: string };
export type TokenNames = {
  /** @returns undefined when the name is claimed; otherwise who has it: bound to a token, or to one being created */
  claim(
    claim: NameClaim & { readonly incarnation: string },
    options: { readonly dead?: string | undefined; readonly deadline: number },
  ): Promise<{ readonly tokenId: string; readonly isBound: boolean } | undefined>;
  release(claim: NameClaim, deadline: number): Promise<void>;
};

/** A directory and its incarnation: after a deletion, another directory may have the id. */
export type TokenOwner = { readonly id: string; readonly createdAt: string };
