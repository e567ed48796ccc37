/** The clients of `npm run check:clients`, and what each row is expected to show. */

/** The rows of the table, in the order of its columns. */
export const ROWS = ['life cycle', 'paging', 'groups', 'conflict', 'missing', 'bad token'] as const;
export type RowName = (typeof ROWS)[number];
/** Passes; or fails, or lacks the function, with a part of what the driver reports. */
export type Expected = 'passes' | { readonly fails: string } | { readonly lacks: string };

export type Client = {
  readonly title: string;
  /** Its folder below test/clients. */
  readonly name: string;
  /** Arguments of its driver. */
  readonly args?: readonly string[];
  /** The minor version of Python 3 that it needs. */
  readonly leastPython?: number;
  /** The rows that do not pass. */
  readonly expected?: Partial<Record<RowName, Expected>>;
  /** The rows that do not pass in mode `rfc`, if they differ. */
  readonly expectedInRfc?: Partial<Record<RowName, Expected>>;
  /** Dialects that it needs in mode `tolerant`. */
  readonly dialects?: readonly string[];
};

export const CLIENTS: readonly Client[] = [
  { title: 'scim2-client 0.13.2 (sync)', name: 'scim2-client', args: ['sync'] },
  { title: 'scim2-client 0.13.2 (async)', name: 'scim2-client', args: ['async'] },
  { title: 'scim2-cli 0.6.0', name: 'scim2-cli' },
  {
    title: 'scim-client 0.2.3',
    name: 'scim-client',

    expected: { groups: { lacks: 'the client has users only' } },
  },
  {
    title: 'g2g-scim-sync 1.0.0',
    name: 'g2g-scim-sync',

    leastPython: 12,
    // It sends members with `displayName`, which the Group schema does not have.
    expectedInRfc: { groups: { fails: '400 Bad Request' } },
    dialects: ['any.unknownAttributeIgnored'],
  },
];
