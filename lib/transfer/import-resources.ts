/**
 * Imports users, or groups, without memberships, in concurrent batches. A line that refers to another resource of the
 * file waits until the id of that resource is known, so that it is written once, and not at all in a second import.
 */

import { forEachInParallel } from '../common/parallel.ts';
import type { JsonObject, ResourceType } from '../scim/index.ts';
import { CONCURRENCY, type ImportRun, type ImportState, NO_RESULT, refuse } from './import-run.ts';
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

const BATCH_LINES = 50;
/** A longer line does not fit into a request. Leaves room for ids that become longer in translation. */
const MAX_LINE_BYTES = importLimits.bytes - 64 * 1024;
/** Passes over the file to resolve a chain of managers; a longer chain is treated as a cycle. */
const ROUNDS = 25;

type Line = { readonly line: number; readonly resource: JsonObject; readonly fileId: string | undefined };
type Ready = Line & { readonly text: string };
type Phase = {
  readonly run: ImportRun;
  readonly type: ResourceType;
  readonly state: ImportState;
  readonly references: References;
  readonly tally: { created: number; updated: number; unchanged: number; refused: number };
  /** Lines whose resources were created without their references, to get ids for a cycle. */
  readonly createdBare: Set<number>;
};

/** @param wanted line numbers; undefined: all lines of the type */
async function* linesOf({ run, type }: Phase, wanted: ReadonlySet<number> | undefined): AsyncGenerator<Line> {
  const memberships = new Set([type.members?.attribute, type.memberOf?.attribute].map((name) => name?.toLowerCase()));
  for await (const { line, text } of readLines(run.file)) {
    if (run.scan.skip.has(line) || wanted?.has(line) === false) continue;
    const whole = parseResource(text);
    if (typeOfResource(whole)?.name !== type.name) continue;
    const own = Object.entries(whole).filter(([name]) => !memberships.has(name.toLowerCase()));
    yield { line, resource: Object.fromEntries(own), fileId: textAt(whole, 'id') };
  }
}

async function* inBatches(lines: AsyncIterable<Ready>): AsyncGenerator<readonly Ready[]> {
  let batch: Ready[] = [];
  let bytes = 0;
  for await (const one of lines) {
    const size = Buffer.byteLength(one.text) + 1;
    if (batch.length === BATCH_LINES || (batch.length > 0 && bytes + size > importLimits.bytes)) {
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

/** Yields the lines that can be sent and adds the others to `deferred`. */
async function* readyLines(phase: Phase, wanted: ReadonlySet<number> | undefined, deferred: Set<number>) {
  const { ids, refusedIds } = phase.state;
  const { scan } = phase.run;
  for await (const line of linesOf(phase, wanted)) {
    const unresolved = phase.references.idsIn(line.resource).filter((id) => scan.ids.has(id) && !ids.has(id));
    if (unresolved.some((id) => !refusedIds.has(id))) {
      deferred.add(line.line);
      continue;
    }
    for (const id of unresolved) refuse(phase.state, line.line, { detail: `refers to ${id}, which was not imported` });
    const ready = toReady(phase, line);
    if (Buffer.byteLength(ready.text) > MAX_LINE_BYTES) noteRefusal(phase, ready, TOO_LONG);
    else yield ready;
  }
}
const TOO_LONG = { outcome: 'refused', status: 413, detail: 'exceeds the size limit of an import request' } as const;

/** Records a refused or unfinished line. @returns false for any other outcome */
const noteRefusal = (
  { state, tally }: Phase,
  { line, fileId }: Ready,
  result: Omit<LineResult, 'line'> | undefined,
): boolean => {
  const { outcome, status, detail = NO_RESULT } = result ?? { outcome: 'refused' as const };
  if (outcome !== 'refused' && outcome !== 'unfinished') return false;
  tally.refused += 1;
  refuse(state, line, { status, detail });
  if (fileId !== undefined) state.refusedIds.add(fileId);
  return true;
};
const noteId = ({ state, type }: Phase, { line, fileId }: Ready, result: LineResult | undefined) => {
  if (result?.id === undefined) return;
  if (fileId !== undefined) state.ids.set(fileId, result.id);
  if (type.members !== undefined) state.groups.set(line, result.id);
};

const sendReady = async (phase: Phase, lines: AsyncIterable<Ready>): Promise<void> => {
  const { run, type, tally, createdBare } = phase;
  const settle = (line: Ready, result: LineResult | undefined) => {
    if (noteRefusal(phase, line, result)) return;
    noteId(phase, line, result);
    const { outcome } = result ?? {};
    if (createdBare.has(line.line) || outcome === 'created') tally.created += 1;
    else if (outcome === 'updated') tally.updated += 1;
    else tally.unchanged += 1;
  };
  const total = run.scan.counts.get(type.name) ?? 0;
  await forEachInParallel(inBatches(lines), CONCURRENCY, async (batch) => {
    const texts = batch.map(({ text }) => text);
    const results = await run.target.sendResources(texts, run.dryRun);
    for (const [i, line] of batch.entries()) settle(line, results[i]);
    const done = tally.created + tally.updated + tally.unchanged + tally.refused;
    run.progress(`${type.name.toLowerCase()}s`, done, total);
  });
};

/** Resolves a cycle: a dry run finds the ids of existing resources, then the others are created without references. */
const findOrCreate = async (phase: Phase, waiting: Set<number>): Promise<void> => {
  const { run, createdBare } = phase;
  const withoutUnresolved = async function* (wanted: ReadonlySet<number>) {
    for await (const line of linesOf(phase, wanted)) yield toReady(phase, line);
  };
  const send = (wanted: ReadonlySet<number>, dryRun: boolean, note: (line: Ready, result?: LineResult) => void) =>
    forEachInParallel(inBatches(withoutUnresolved(wanted)), CONCURRENCY, async (batch) => {
      const texts = batch.map(({ text }) => text);
      const results = await run.target.sendResources(texts, dryRun);
      for (const [i, line] of batch.entries())
        if (noteRefusal(phase, line, results[i])) waiting.delete(line.line);
        else note(line, results[i]);
    });

  await send(new Set(waiting), true, (line, result) => {
    if (result?.outcome === 'created' && !run.dryRun) createdBare.add(line.line);
    else noteId(phase, line, result);
  });
  if (createdBare.size > 0) await send(new Set(createdBare), false, (line, result) => noteId(phase, line, result));
};

export async function importResources(run: ImportRun, type: ResourceType, state: ImportState): Promise<Tally> {
  const tally = { created: 0, updated: 0, unchanged: 0, refused: 0 };
  // If ids are kept, references are already correct.
  const references = run.keepIds ? { idsIn: () => [], translate: (one: JsonObject) => one } : referencesOf(type);
  const phase: Phase = { run, type, state, references, tally, createdBare: new Set() };
  let waiting: Set<number> | undefined;
  for (let round = 1; ; round++) {
    const deferred = new Set<number>();
    await sendReady(phase, readyLines(phase, waiting, deferred));
    if (deferred.size === 0) return tally;
    if (deferred.size === waiting?.size || round === ROUNDS) await findOrCreate(phase, deferred);
    waiting = deferred;
  }
}
