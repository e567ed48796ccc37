/** What export and import say to each other, over the admin API and in files. */
import * as z from 'zod/mini';

export const FORMAT = 'rollcall.directory';
export const FORMAT_VERSION = 1;

const Resource = z.record(z.string(), z.json());
/** A SCIM resource, as JSON says it. */
export type Resource = z.infer<typeof Resource>;

/** A directory's settings as they are told; which of them there are is the admin API's to say. */
const DirectoryView = z.looseObject({ id: z.string() });
const Counts = z.object({ users: z.int(), groups: z.int() });

/** GET /admin/directories/{id}/export: what the first line of a file says. */
export const ExportOverview = z.object({ directory: DirectoryView, counts: Counts });
export type ExportOverview = z.infer<typeof ExportOverview>;

/** The first line of a file. Counts are those of the moment when the export began. */
export const Header = z.object({
  format: z.literal(FORMAT),
  version: z.int(),
  exportedAt: z.string(),
  directory: z.optional(DirectoryView),
  counts: z.optional(Counts),
});
export type Header = z.infer<typeof Header>;

/** `after` is what to ask for next: `?after=<id>`; absent at the end. */
export const ResourcePage = z.object({ resources: z.array(Resource), after: z.optional(z.string()) });
export type ResourcePage = z.infer<typeof ResourcePage>;

const MemberValue = z.object({
  value: z.string(),
  type: z.exactOptional(z.string()),
  display: z.exactOptional(z.string()),
});
export type MemberValue = z.infer<typeof MemberValue>;
export const MemberPage = z.object({ members: z.array(MemberValue), after: z.optional(z.string()) });
export type MemberPage = z.infer<typeof MemberPage>;

/** A line of POST /admin/directories/{id}/import/memberships. `replace`: exactly these, and no `add` and `remove`. */
export const MembershipChange = z.strictObject({
  group: z.string(),
  add: z._default(z.array(MemberValue), []),
  remove: z._default(z.array(z.string()), []),
  replace: z.optional(z.array(MemberValue)),
});
export type MembershipChange = z.infer<typeof MembershipChange>;

export const LineResult = z.object({
  /** From 1, within the request. */
  line: z.int(),
  /** `unfinished`: nobody knows yet; the same line is to be sent again. */
  outcome: z.enum(['created', 'updated', 'unchanged', 'refused', 'unfinished']),
  /** Of the resource in the directory. */
  id: z.optional(z.string()),
  /** Of a refusal, as SCIM would answer it: 409 is a conflict. */
  status: z.optional(z.int()),
  detail: z.optional(z.string()),
});
export type LineResult = z.infer<typeof LineResult>;
export const ImportAnswer = z.object({ results: z.array(LineResult) });

/** The most that one request carries. */
export const importLimits = { lines: 200, bytes: 4 * 1024 * 1024 } as const;
export const NDJSON = 'application/x-ndjson';
