/**
 * Users, or groups, without memberships: in batches of which a few are under way at once. A line that names another
 * resource of the file waits until that one's id is known, so that it is written once, and not at all the second time.
 */

import { forEachInParallel } from '../common/parallel.ts';
import type { JsonObject, ResourceType } from '../scim/index.ts';
import { AT_ONCE, type ImportRun, type ImportState, refuse, SILENCE } from './import-run.ts';
import { readLines } from './read-lines.ts';
import { type References, referencesOf, type Translate } from './references.ts';
import { parseResource, textAt, typeOfResource } from './resource-line.ts';
import { importLimits, type LineResult } from './transfer-messages.ts';

export type Tally = {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
};

const LINES_AT_ONCE = 50;
/** With room for ids that become longer: what does not fit into a request at all. */
const MAX_LINE_BYTES = importLimits.bytes - 64 * 1024;
/** Readings of the file for a chain of managers; a longer one is treated as one that bites its tail. */
const ROUNDS = 25;

type Line = { readonly line: number; readonly resource: JsonObject; readonly fileId: string | undefined };
type Ready = Line & { readonly text: string };
type Phase = {
  readonly run: ImportRun;
  readonly type: ResourceType;
  readonly state: ImportState;
  readonly references: References;
  readonly tally: { created: number; updated: number; unchanged: number; refused: number };
  /** Lines whose resources were made without their references, so as to have ids. */
  readonly fresh: Set<number>;
};

/** @param wanted undefined: all of the type */
async function* linesOf({ run, type }: Phase, wanted: ReadonlySet<number> | undefined): AsyncGenerator<Line> {
  const apart = new Set([type.members?.attribute, type.memberOf?.attribute].map((name) => name?.toLowerCase()));
  for await (const { line, text } of readLines(run.file)) {
    if (run.scan.skip.has(line) || wanted?.has(line) === false) continue;
    const whole = parseResource(text);
    if (typeOfResource(whole)?.name !== type.name) continue;
    const own = Object.entries(whole).filter(([name]) => !apart.has(name.toLowerCase()));
    yield { line, resource: Object.fromEntries(own), fileId: textAt(whole, 'id') };
  }
}

async function* inBatches(lines: AsyncIterable<Ready>): AsyncGenerator<readonly Ready[]> {
  let batch: Ready[] = [];
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

const translateBy =
  ({ run: { scan }, state: { ids } }: Phase): Translate =>
  (id) =>
    scan.ids.has(id) ? (ids.get(id) ?? null) : undefined;

const toReady = (phase: Phase, line: Line): Ready => {
  const resource = phase.references.translate(line.resource, translateBy(phase));
  return { ...line, text: JSON.stringify(resource) };
};

/** Lines that can be sent; the others are noted in `deferred`. */
async function* readyLines(phase: Phase, wanted: ReadonlySet<number> | undefined, deferred: Set<number>) {
  const { ids, lost } = phase.state;
  const { scan } = phase.run;
  for await (const line of linesOf(phase, wanted)) {
    const named = phase.references.idsIn(line.resource).filter((id) => scan.ids.has(id) && !ids.has(id));
    if (named.some((id) => !lost.has(id))) {
      deferred.add(line.line);
      continue;
    }
    for (const id of named) refuse(phase.state, line.line, { detail: `names ${id}, who is not imported` });
    const ready = toReady(phase, line);
    if (Buffer.byteLength(ready.text) > MAX_LINE_BYTES) noteRefusal(phase, ready, TOO_LONG);
    else yield ready;
  }
}
const TOO_LONG = { outcome: 'refused', status: 413, detail: 'is longer than an import can send at once' } as const;

/** @returns whether the line is refused */
const noteRefusal = (
  { state, tally }: Phase,
  { line, fileId }: Ready,
  result: Omit<LineResult, 'line'> | undefined,
): boolean => {
  const { outcome, status, detail = SILENCE } = result ?? { outcome: 'refused' as const };
  if (outcome !== 'refused' && outcome !== 'unfinished') return false;
  tally.refused += 1;
  refuse(state, line, { status, detail });
  if (fileId !== undefined) state.lost.add(fileId);
  return true;
};
const noteId = ({ state, type }: Phase, { line, fileId }: Ready, result: LineResult | undefined) => {
  if (result?.id === undefined) return;
  if (fileId !== undefined) state.ids.set(fileId, result.id);
  if (type.members !== undefined) state.groups.set(line, result.id);
};

const sendReady = async (phase: Phase, lines: AsyncIterable<Ready>): Promise<void> => {
  const { run, type, tally, fresh } = phase;
  const settle = (line: Ready, result: LineResult | undefined) => {
    if (noteRefusal(phase, line, result)) return;
    noteId(phase, line, result);
    const { outcome } = result ?? {};
    if (fresh.has(line.line) || outcome === 'created') tally.created += 1;
    else if (outcome === 'updated') tally.updated += 1;
    else tally.unchanged += 1;
  };
  const total = run.scan.counts.get(type.name) ?? 0;
  await forEachInParallel(inBatches(lines), AT_ONCE, async (batch) => {
    const texts = batch.map(({ text }) => text);
    const results = await run.target.sendResources(texts, run.dryRun);
    for (const [i, line] of batch.entries()) settle(line, results[i]);
    const done = tally.created + tally.updated + tally.unchanged + tally.refused;
    run.progress(`${type.name.toLowerCase()}s`, done, total);
  });
};

/** Lines that wait for each other: those that are in the directory are asked for, the others are made without. */
const findOrMake = async (phase: Phase, waiting: Set<number>): Promise<void> => {
  const { run, fresh } = phase;
  const withoutUnknown = async function* (wanted: ReadonlySet<number>) {
    for await (const line of linesOf(phase, wanted)) yield toReady(phase, line);
  };
  const send = (wanted: ReadonlySet<number>, dryRun: boolean, note: (line: Ready, result?: LineResult) => void) =>
    forEachInParallel(inBatches(withoutUnknown(wanted)), AT_ONCE, async (batch) => {
      const texts = batch.map(({ text }) => text);
      const results = await run.target.sendResources(texts, dryRun);
      for (const [i, line] of batch.entries())
        if (noteRefusal(phase, line, results[i])) waiting.delete(line.line);
        else note(line, results[i]);
    });

  await send(new Set(waiting), true, (line, result) => {
    if (result?.outcome === 'created' && !run.dryRun) fresh.add(line.line);
    else noteId(phase, line, result);
  });
  if (fresh.size > 0) await send(new Set(fresh), false, (line, result) => noteId(phase, line, result));
};

export async function importResources(run: ImportRun, type: ResourceType, state: ImportState): Promise<Tally> {
  const tally = { created: 0, updated: 0, unchanged: 0, refused: 0 };
  // Where ids are kept, what names them is right as it is.
  const references = run.keepIds ? { idsIn: () => [], translate: (one: JsonObject) => one } : referencesOf(type);
  const phase: Phase = { run, type, state, references, tally, fresh: new Set() };
  let waiting: Set<number> | undefined;
  for (let round = 1; ; round++) {
    const deferred = new Set<number>();
    await sendReady(phase, readyLines(phase, waiting, deferred));
    if (deferred.size === 0) return tally;
    if (deferred.size === waiting?.size || round === ROUNDS) await findOrMake(phase, deferred);
    waiting = deferred;
  }
}
