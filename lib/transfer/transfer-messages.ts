/** Schemas of export and import, for the admin API and for files. */
import * as z from 'zod/mini';

export const FORMAT = 'rollcall.directory';
export const FORMAT_VERSION = 1;

const Resource = z.record(z.string(), z.json());
/** A SCIM resource as JSON. */
export type Resource = z.infer<typeof Resource>;

/** A directory's settings; the admin API validates them. */
const DirectoryView = z.looseObject({ id: z.string() });
const Counts = z.object({ users: z.int(), groups: z.int() });

/** The response of GET /admin/directories/{id}/export, the contents of a file's header. */
export const ExportOverview = z.object({ directory: DirectoryView, counts: Counts });
export type ExportOverview = z.infer<typeof ExportOverview>;

/** The first line of a file. Counts are those at the start of the export. */
export const Header = z.object({
  format: z.literal(FORMAT),
  version: z.int(),
  exportedAt: z.string(),
  directory: z.optional(DirectoryView),
  counts: z.optional(Counts),
});
export type Header = z.infer<typeof Header>;

/** `after` is the position of the next page (`?after=<id>`); absent on the last page. */
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

/** A line of POST /admin/directories/{id}/import/memberships. `replace` sets all members, without `add` and `remove`. */
export const MembershipChange = z.strictObject({
  group: z.string(),
  add: z._default(z.array(MemberValue), []),
  remove: z._default(z.array(z.string()), []),
  replace: z.optional(z.array(MemberValue)),
});
export type MembershipChange = z.infer<typeof MembershipChange>;

export const LineResult = z.object({
  /** Starting at 1, within the request. */
  line: z.int(),
  /** `unfinished`: the outcome is not known yet; send the same line again. */
  outcome: z.enum(['created', 'updated', 'unchanged', 'refused', 'unfinished']),
  /** The resource's id in the directory. */
  id: z.optional(z.string()),
  /** The SCIM status of a refusal: 409 is a conflict. */
  status: z.optional(z.int()),
  detail: z.optional(z.string()),
});
export type LineResult = z.infer<typeof LineResult>;
export const ImportAnswer = z.object({ results: z.array(LineResult) });

/** Limits of one request. */
export const importLimits = { lines: 200, bytes: 4 * 1024 * 1024 } as const;
export const NDJSON = 'application/x-ndjson';
