/**
 * The server side of an import. Each line becomes a request to the core, so that schemas and rules apply as for any
 * client. Existing resources are matched and replaced, so that an import can be repeated.
 */

import { inParallel } from '../common/parallel.ts';
import { type Caller, isObject, type JsonObject, own, type ResourceType, type Store } from '../scim/index.ts';
import { findMatch, foreseeConflict } from './find-match.ts';
import {
  demand,
  type ImportOptions,
  type Outcome,
  openSession,
  Refusal,
  refusal,
  type Session,
  withoutMemberships,
} from './import-session.ts';
import { NOT_AN_OBJECT, parseLine } from './line-json.ts';
import { textAt, typeOfResource } from './resource-line.ts';
import { type LineResult, MembershipChange } from './transfer-messages.ts';

type Batch = {
  /** One JSON object per line; blank lines are skipped. */
  readonly lines: readonly string[];
  readonly caller: Caller;
  readonly options: ImportOptions;
};
/** Results are in the order of the lines, one for each non-blank line. */
export type Importer = {
  /** One SCIM resource per line. */
  importResources(batch: Batch): Promise<readonly LineResult[]>;
  /** One `MembershipChange` per line. */
  importMemberships(batch: Batch): Promise<readonly LineResult[]>;
};

const CONFLICT = 409;
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** @throws Refusal for a line without a value */
const demandJson = (text: string): unknown => {
  const parsed = parseLine(text);
  if ('fault' in parsed) throw refusal(400, parsed.fault);
  return parsed.json;
};

const parseResource = (text: string): JsonObject => {
  const json = demandJson(text);
  if (!isObject(json)) throw refusal(400, NOT_AN_OBJECT);
  return json;
};

/** @returns undefined if the match changed, or a match appeared, since it was looked up: try again */
const importOnce = async (session: Session, resource: JsonObject, type: ResourceType): Promise<Outcome | undefined> => {
  const { dryRun, keepIds } = session.options;
  const match = await findMatch(session, resource, type);
  if (dryRun) await foreseeConflict(session, type, { resource, match });
  const endpoint = type.endpoint.slice(1);
  const common = { query: withoutMemberships(type), body: resource };
  if (match !== undefined) {
    const { id, version } = match;
    const replaced = await session.send({ ...common, method: 'PUT', path: [endpoint, id], ifMatch: version });
    if (replaced.status === 412) return undefined;
    return { outcome: demand(replaced).headers.ETag === version ? 'unchanged' : 'updated', id };
  }
  const givenId = keepIds ? textAt(resource, 'id') : undefined;
  const created = await session.send({ ...common, method: 'POST', path: [endpoint], givenId });
  // It may have been created since the look-up, by a parallel run of the import or by the identity provider.
  if (created.status === CONFLICT && (await findMatch(session, resource, type)) !== undefined) return undefined;
  return { outcome: 'created', id: String(own(demand(created).body ?? {}, 'id')) };
};

/** Attempts per line: a concurrent request, or another line, may create or change the same resource. */
const TRIES = 5;

const importResource = async (session: Session, text: string): Promise<Outcome> => {
  const resource = parseResource(text);
  const builtIn = typeOfResource(resource);
  const type = session.types.find(({ name }) => name === builtIn?.name);
  if (type === undefined) throw refusal(400, 'neither meta.resourceType nor schemas identifies a User or a Group');
  for (let tries = 1; tries <= TRIES; tries++) {
    const outcome = await importOnce(session, resource, type);
    if (outcome !== undefined) return outcome;
  }
  return { outcome: 'unfinished', detail: `the resource kept changing, gave up after ${TRIES} attempts` };
};

const operationsOf = ({ add, remove, replace }: MembershipChange, attribute: string): readonly JsonObject[] => [
  ...(replace === undefined ? [] : [{ op: 'replace', path: attribute, value: toValues(replace) }]),
  ...remove.map((id) => ({ op: 'remove', path: `${attribute}[value eq ${JSON.stringify(id)}]` })),
  ...(add.length === 0 ? [] : [{ op: 'add', path: attribute, value: toValues(add) }]),
];
const toValues = (members: MembershipChange['add']): readonly JsonObject[] =>
  members.map(({ value, type, display }) => ({
    value,
    ...(type === undefined ? {} : { type }),
    ...(display === undefined ? {} : { display }),
  }));

const importMembership = async (session: Session, text: string): Promise<Outcome> => {
  const parsed = MembershipChange.safeParse(demandJson(text));
  if (!parsed.success)
    throw refusal(400, 'not a membership change; expected {"group":"<id>","add":[{"value":"<id>"}]}');
  const change = parsed.data;
  const type = session.types.find(({ members }) => members !== undefined);
  const attribute = type?.members?.attribute;
  if (type === undefined || attribute === undefined) throw refusal(400, 'the directory has no Group resource type');
  const path = [type.endpoint.slice(1), change.group];
  const body = { schemas: [PATCH_OP], Operations: operationsOf(change, attribute) };
  demand(await session.send({ method: 'PATCH', path, query: withoutMemberships(type), body }));
  return { outcome: 'updated', id: change.group };
};

type Work = (session: Session, text: string) => Promise<Outcome>;

/** @param report logs errors that are not refusals */
export const createImporter = (
  store: Store,
  report: (error: unknown, requestId: string | undefined) => void,
): Importer => {
  const toOutcome = (error: unknown, { actor }: Caller): Outcome => {
    if (error instanceof Refusal) return error.outcome;
    report(error, actor.requestId);
    return { outcome: 'refused', status: 500, detail: 'internal error; see the log' };
  };

  const run =
    (work: Work) =>
    async ({ lines, caller, options }: Batch) => {
      const session = openSession(store, caller, options);
      let isOver = false;
      const numbered = lines.map((text, i) => ({ text, line: i + 1 })).filter(({ text }) => text.trim() !== '');
      return inParallel(numbered, async ({ text, line }): Promise<LineResult> => {
        if (isOver || Date.now() >= caller.deadline)
          return { line, outcome: 'unfinished', detail: 'the request ended before this line' };
        const outcome = await work(session, text).catch((error) => toOutcome(error, caller));
        // Each further line would wait as long for a table that is at fault.
        isOver ||= outcome.outcome === 'unfinished';
        return { line, ...outcome };
      });
    };
  return { importResources: run(importResource), importMemberships: run(importMembership) };
};
