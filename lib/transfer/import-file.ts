/**
 * The client's side of an import: a file, read three times, in batches of which a few are under way at once. Groups come
 * first, so that a default group is found where it should be; then users; then who is a member of what.
 */
import { groupType, isObject, type JsonObject, type ResourceType, userType } from '../scim/index.ts';
import { changesOf, type GroupLine, type IdMap } from './membership-changes.ts';
import { importLimits, type LineResult, type MembershipChange, type MemberValue } from './messages.ts';
import { readLines } from './read-lines.ts';
import { textAt, typeOfResource, valueAt } from './resource-line.ts';
import type { LineFault, Scan } from './scan-file.ts';
import { fromEach } from './streaming.ts';

export type ImportTarget = {
  /** @param lines a SCIM resource each. @returns a result for each, in their order; none is `unfinished` */
  sendResources(lines: readonly string[]): Promise<readonly LineResult[]>;
  sendMemberships(changes: readonly MembershipChange[]): Promise<readonly LineResult[]>;
  /** Whom the group has now. */
  readMembers(group: string): AsyncIterable<MemberValue>;
};
export type Tally = { created: number; updated: number; unchanged: number; refused: number };
export type ImportReport = {
  readonly users: Readonly<Tally>;
  readonly groups: Readonly<Tally>;
  readonly memberships: { readonly added: number; readonly removed: number };
  readonly refusals: readonly LineFault[];
};
export type ImportRun = {
  readonly file: string;
  readonly scan: Scan;
  readonly target: ImportTarget;
  readonly dryRun: boolean;
  /** Told of lines and memberships that are done. */
  readonly progress: (phase: string, done: number, total: number) => void;
};

const BATCHES_AT_ONCE = 4;
const LINES_AT_ONCE = 50;

type Line = { readonly line: number; readonly text: string; readonly fileId: string | undefined };

const parse = (text: string): JsonObject => {
  const json: unknown = JSON.parse(text);
  return isObject(json) ? json : {};
};

/** Lines of one type, without what other lines decide: memberships. */
async function* linesOf({ file, scan }: ImportRun, type: ResourceType): AsyncGenerator<Line> {
  const apart = new Set([type.members?.attribute, type.memberOf?.attribute].map((name) => name?.toLowerCase()));
  for await (const { line, text } of readLines(file)) {
    if (scan.skip.has(line)) continue;
    const resource = parse(text);
    if (typeOfResource(resource)?.name !== type.name) continue;
    const own = Object.entries(resource).filter(([name]) => !apart.has(name.toLowerCase()));
    yield { line, text: JSON.stringify(Object.fromEntries(own)), fileId: textAt(resource, 'id') };
  }
}

async function* inBatches(lines: AsyncIterable<Line>): AsyncGenerator<readonly Line[]> {
  let batch: Line[] = [];
  let bytes = 0;
  for await (const one of lines) {
    const size = Buffer.byteLength(one.text) + 1;
    if (batch.length === LINES_AT_ONCE || (batch.length > 0 && bytes + size > importLimits.bytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(one);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

type Fault = Omit<LineFault, 'line' | 'conflict'> & { readonly status?: number | undefined };
type State = {
  /** From the file's ids to the directory's. */
  readonly ids: Map<string, string>;
  readonly refuse: (line: number, fault: Fault) => void;
};

const CONFLICT = 409;
/** Members that a refusal names. */
const NAMED = 5;
const SILENCE = 'the server said nothing of it';

const importType = async (run: ImportRun, type: ResourceType, { ids, refuse }: State): Promise<Tally> => {
  const tally: Tally = { created: 0, updated: 0, unchanged: 0, refused: 0 };
  const total = run.scan.counts.get(type.name) ?? 0;
  const settle = ({ line, fileId }: Line, result: LineResult | undefined) => {
    if (result === undefined || result.outcome === 'refused' || result.outcome === 'unfinished') {
      tally.refused += 1;
      refuse(line, { status: result?.status, detail: result?.detail ?? SILENCE });
      return;
    }
    tally[result.outcome] += 1;
    if (fileId !== undefined && result.id !== undefined) ids.set(fileId, result.id);
  };
  let done = 0;
  await fromEach(inBatches(linesOf(run, type)), BATCHES_AT_ONCE, async (batch) => {
    const results = await run.target.sendResources(batch.map(({ text }) => text));
    for (const [i, line] of batch.entries()) settle(line, results[i]);
    done += batch.length;
    run.progress(`${type.name.toLowerCase()}s`, done, total);
  });
  return tally;
};

const MEMBERS = groupType.members?.attribute ?? 'members';
const toMembers = (value: unknown): readonly MemberValue[] =>
  (Array.isArray(value) ? value : []).filter(isObject).flatMap((member) => {
    const [id, type, display] = ['value', 'type', 'display'].map((name) => textAt(member, name));
    if (id === undefined) return [];
    return [{ value: id, ...(type === undefined ? {} : { type }), ...(display === undefined ? {} : { display }) }];
  });

/** Groups that are in the directory now and say who their members are. */
async function* groupLines({ file, scan }: ImportRun, ids: IdMap): AsyncGenerator<GroupLine> {
  for await (const { line, text } of readLines(file)) {
    if (scan.skip.has(line)) continue;
    const resource = parse(text);
    if (typeOfResource(resource)?.name !== groupType.name) continue;
    const id = ids.get(textAt(resource, 'id') ?? '');
    const members = valueAt(resource, MEMBERS);
    if (id !== undefined && members !== undefined) yield { line, id, members: toMembers(members) };
  }
}

const importMemberships = async (run: ImportRun, { ids, refuse }: State) => {
  const { target, dryRun, scan } = run;
  const total = scan.counts.get(groupType.name) ?? 0;
  const tally = { added: 0, removed: 0 };
  let done = 0;
  const refuseUnknown = ({ line }: GroupLine, unknown: readonly string[]) => {
    if (unknown.length === 0) return;
    const more = unknown.length > NAMED ? ` and ${unknown.length - NAMED} more` : '';
    refuse(line, { detail: `members that are not imported: ${unknown.slice(0, NAMED).join(', ')}${more}` });
  };
  const send = async (change: MembershipChange): Promise<LineResult | undefined> =>
    dryRun ? { line: 1, outcome: 'updated' } : (await target.sendMemberships([change]))[0];
  const importGroup = async (group: GroupLine) => {
    const { changes, unknown } = await changesOf(group, ids, target.readMembers(group.id));
    refuseUnknown(group, unknown);
    for (const { change, added, removed } of changes) {
      const result = await send(change);
      if (result?.outcome === 'updated') {
        tally.added += added;
        tally.removed += removed;
      } else refuse(group.line, { status: result?.status, detail: result?.detail ?? SILENCE });
    }
    done += 1;
    run.progress('memberships of groups', done, total);
  };
  await fromEach(groupLines(run, ids), BATCHES_AT_ONCE, importGroup);
  return tally;
};

/** @throws what the target throws; the same import, repeated, goes on where it ended */
export async function importFile(run: ImportRun): Promise<ImportReport> {
  const refusals: LineFault[] = [...run.scan.faults];
  const refuse = (line: number, { status, detail }: Fault) => {
    refusals.push({ line, detail, conflict: status === CONFLICT });
  };
  const state: State = { ids: new Map(), refuse };
  const groups = await importType(run, groupType, state);
  const users = await importType(run, userType, state);
  const memberships = await importMemberships(run, state);
  refusals.sort((a, b) => a.line - b.line);
  return { users, groups, memberships, refusals };
}
