/** Recorded results of AWS's event-ruler for the patterns of docs/patterns.md, with a hash of what they are about. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { wishes } from '../../lib/events/pattern-wishes.ts';
import type { JsonObject } from '../../lib/scim/index.ts';
import { probes } from './pattern-probes.ts';

const FOLDER = 'test/fixtures/patterns';
export const PATTERN_EVENTS = `${FOLDER}/events.ndjson`;
export const RESULTS_FILE = `${FOLDER}/event-ruler.json`;
export const RULER_VERSION = '2.1.0';

/** By wish, and by name of a probe of the matcher. */
export const patterns: ReadonlyMap<string, JsonObject> = new Map([
  ...wishes.map(({ wish, pattern }) => [wish, pattern] as const),
  ...probes.map(({ name, pattern }) => [`probe: ${name}`, pattern] as const),
]);
const Line = z.looseObject({ id: z.string() });
export const readEvents = (): readonly { readonly id: string; readonly event: JsonObject }[] =>
  readFileSync(PATTERN_EVENTS, 'utf8')
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as JsonObject)
    .map((event) => ({ id: Line.parse(event).id, event }));

/** Changes with the patterns, the events and the version of event-ruler. */
export const inputHash = (): string =>
  createHash('sha256')
    .update(JSON.stringify([RULER_VERSION, [...patterns], readFileSync(PATTERN_EVENTS, 'utf8')]))
    .digest('hex');

export const Results = z.object({
  version: z.string(),
  hash: z.string(),
  /** Ids of the matching events by pattern; a text says why event-ruler refuses the pattern. */
  matches: z.record(z.string(), z.union([z.array(z.string()), z.string()])),
});
export const readResults = () => Results.parse(JSON.parse(readFileSync(RESULTS_FILE, 'utf8')));
