/** Exports a directory as JSON lines: a header, users, then groups with members. Streams, with one page in memory. */
import { type ExportOverview, FORMAT, FORMAT_VERSION, type Header, type Resource } from './transfer-messages.ts';

export type ExportSource = {
  /** `directory` and `counts` are absent if the source does not know them. */
  overview(): Promise<Partial<ExportOverview>>;
  users(): AsyncIterable<Resource>;
  /** Each with all its members. */
  groups(): AsyncIterable<Resource>;
};
export type ExportRun = {
  readonly source: ExportSource;
  /** Writes a line, newline included; resolves when it accepts the next one. */
  readonly write: (line: string) => Promise<void>;
  readonly progress: (phase: string, done: number, total: number | undefined) => void;
};
export type ExportReport = { readonly users: number; readonly groups: number; readonly memberships: number };

const LOCATIONS = new Set(['$ref', 'location']);
const withoutLocations = (value: Resource[string]): Resource[string] => {
  if (Array.isArray(value)) return value.map(withoutLocations);
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).filter(([name]) => !LOCATIONS.has(name));
  return Object.fromEntries(parts.map(([name, part]) => [name, withoutLocations(part)]));
};

/** Omits locations, which depend on the URL of the source, and `groups`, because group lines carry memberships. */
const toUser = ({ groups: _, meta, ...user }: Resource): Resource => ({
  ...user,
  ...(meta === undefined ? {} : { meta: withoutLocations(meta) }),
});
/** `members` is always present, so that an empty group is exported as empty. */
const toGroup = ({ meta, members = [], ...group }: Resource): Resource => ({
  ...group,
  members: withoutLocations(members),
  ...(meta === undefined ? {} : { meta: withoutLocations(meta) }),
});

/** @throws the errors of the source and of `write` */
export async function exportDirectory({ source, write, progress }: ExportRun): Promise<ExportReport> {
  const writeLine = (json: object) => write(`${JSON.stringify(json)}\n`);
  const { directory, counts } = await source.overview();
  const exportedAt = new Date().toISOString();
  const header: Header = { format: FORMAT, version: FORMAT_VERSION, exportedAt, directory, counts };
  await writeLine(header);
  const report = { users: 0, groups: 0, memberships: 0 };
  for await (const user of source.users()) {
    await writeLine(toUser(user));
    report.users += 1;
    progress('users', report.users, counts?.users);
  }
  for await (const group of source.groups()) {
    const line = toGroup(group);
    await writeLine(line);
    report.groups += 1;
    report.memberships += Array.isArray(line.members) ? line.members.length : 0;
    progress('groups', report.groups, counts?.groups);
  }
  return report;
}
