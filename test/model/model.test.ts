/** A short run of `npm run check:model`, and tests that its judges find impossible observations. */
import { describe, expect, test } from 'vitest';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { checkSeed } from './check-seed.ts';
import {
  type ConditionalWrite,
  createHistory,
  type Effect,
  type History,
  type ObservedResource,
  type VersionChange,
} from './history.ts';
import { judge } from './judge.ts';

const client = useEngine({ stream: false });

describe('s5 random requests of eight parallel clients with faults at every call: no acknowledged write is lost', () => {
  test.each([101, 102])('seed %i', async (seed) => {
    const size = { users: 60, crowd: 0, names: 12 };
    const report = await checkSeed(
      { client: client(), tableName: TABLE_NAME },
      { seed, operations: 90, clients: 8, size },
    );
    expect(report.findings, `npm run check:model -- --seeds ${seed}\n${report.trace.join('\n')}`).toEqual([]);
    expect(report.operations).toBe(90);
    // A run with few faults or successes proves little.
    expect(report.faults).toBeGreaterThan(20);
    const acknowledged = [...report.statuses].filter(([status]) => status.startsWith('2'));
    expect(acknowledged.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(30);
  });
});

const ANN = '00000000-0000-4000-8000-000000000001';
const TEAM = '00000000-0000-4000-8000-000000000002';
const BOB = '00000000-0000-4000-8000-000000000003';

const effect = (start: number, end: number, over: Partial<Effect> = {}): Effect => ({
  what: `write ${start}`,
  start,
  end,
  outcome: 'done',
  ...over,
});
const userValues = (userName: string, title: string) => ({ userName: `"${userName}"`, title: `"${title}"` });

const addCreation = (
  history: History,
  id: string,
  { start, values }: { start: number; values: Record<string, string> },
) => {
  const mark = `m-${id}`;
  const type = id === TEAM ? 'Group' : 'User';
  const attributes = { effect: effect(start, start + 1, type === 'User' ? { version: 1 } : {}), values, mark };
  history.creations.set(mark, {
    mark,
    directory: 'd',
    type,
    attributes,
    members: undefined,
    joins: undefined,
    id: undefined,
  });
  addObservation(history, id, { start, end: start + 1, version: 1, values });
};
const addObservation = (
  history: History,
  id: string,
  over: Partial<ObservedResource> & Pick<ObservedResource, 'start' | 'end'>,
) =>
  history.observations.observed.push({
    id,
    directory: 'd',
    type: id === TEAM ? 'Group' : 'User',
    mark: `m-${id}`,
    version: 1,
    isOneState: false,
    values: {},
    members: undefined,
    groups: undefined,
    ...over,
  });

/** Ann was created at 1-2 and renamed to anna at 3-4. */
const renamed = (over: Partial<Effect> = {}) => {
  const history = createHistory();
  addCreation(history, ANN, { start: 1, values: userValues('ann', 'a') });
  history.chronicle(ANN).attributes.push({
    effect: effect(3, 4, { version: 2, ...over }),
    values: { userName: '"anna"' },
    mark: 'renaming',
  });
  return history;
};
/** A team without members was created at 1-2, Ann at 3-4, and Ann was added to the team at 5-6. */
const joined = (over: Partial<Effect> = {}) => {
  const history = createHistory();
  addCreation(history, TEAM, { start: 1, values: { displayName: '"Team"' } });
  addCreation(history, ANN, { start: 3, values: userValues('ann', 'a') });
  const add = new Map([[ANN, 'null']]);
  history.chronicle(TEAM).members.push({ effect: effect(5, 6, over), replace: false, add, remove: new Set() });
  return history;
};
/** Adds an acknowledged change with the version it returned. */
const addVersionChange = (history: History, [start, end]: readonly [number, number], over: Partial<VersionChange>) => {
  const move = { what: `change ${start}`, version: 2, isPrecise: true, ...over };
  history.observations.answered.push({ id: ANN, start, end, version: move.version, versionChange: move });
};
const conditionalWrite = (version: number | undefined, over: Partial<ConditionalWrite> = {}): ConditionalWrite => ({
  start: 5,
  end: 8,
  what: 'conditional write',
  id: ANN,
  ifMatch: { version: 1, since: 1 },
  version,
  isOneWrite: true,
  ...over,
});
const oneFinding = [expect.any(String)];

describe('impossible observations are found', () => {
  test('a lost acknowledged change, but not a lost unacknowledged one', () => {
    for (const [outcome, findings] of [
      ['done', oneFinding],
      ['maybe', []],
      ['refused', []],
    ] as const) {
      const history = renamed({ outcome });
      addObservation(history, ANN, { start: 5, end: 6, version: 2, values: userValues('ann', 'a') });
      expect(judge(history), outcome).toEqual(findings);
    }
  });

  test('an observed change that was refused, and a value that no request wrote', () => {
    const refused = renamed({ outcome: 'refused' });
    addObservation(refused, ANN, { start: 5, end: 6, version: 2, values: { userName: '"anna"' } });
    expect(judge(refused)).toEqual(oneFinding);
    const unwritten = renamed();
    addObservation(unwritten, ANN, { start: 5, end: 6, version: 2, values: { title: '"b"' } });
    expect(judge(unwritten)).toEqual(oneFinding);
  });

  test('concurrent writes: either may be last, unless their versions tell the order', () => {
    for (const [version, findings] of [
      [2, oneFinding],
      [4, []],
    ] as const) {
      const history = renamed({ start: 3, end: 10, version: 3 });
      const other = { effect: effect(4, 9, { version }), values: { userName: '"hanna"' }, mark: 'other' };
      history.chronicle(ANN).attributes.push(other);
      addObservation(history, ANN, { start: 11, end: 12, version: 4, values: { userName: '"hanna"' } });
      expect(judge(history), `version ${version}`).toEqual(findings);
    }
  });

  test('two changes with the same version, a change without a new one, a decreasing version, and one with two states', () => {
    for (const [isPrecise, findings] of [
      [true, oneFinding],
      [false, []],
    ] as const) {
      const twice = renamed();
      addVersionChange(twice, [3, 6], {});
      addVersionChange(twice, [4, 5], { isPrecise });
      expect(judge(twice), `precise ${isPrecise}`).toEqual(findings);
    }
    const certainWrite = renamed();
    addObservation(certainWrite, ANN, { start: 5, end: 6, version: 2 });
    addVersionChange(certainWrite, [7, 8], {});
    expect(judge(certainWrite)).toEqual(oneFinding);
    const decreasing = renamed();
    addObservation(decreasing, ANN, { start: 5, end: 6, version: 3 });
    addObservation(decreasing, ANN, { start: 7, end: 8, version: 2 });
    expect(judge(decreasing)).toEqual(oneFinding);
    for (const [isOneState, findings] of [
      [true, oneFinding],
      [false, []],
    ] as const) {
      const history = renamed({ end: 10, version: 3 });
      addObservation(history, ANN, { start: 5, end: 6, version: 2, isOneState: true, values: { userName: '"ann"' } });
      addObservation(history, ANN, { start: 7, end: 8, version: 2, isOneState, values: { userName: '"anna"' } });
      expect(judge(history), `one state ${isOneState}`).toEqual(findings);
    }
  });

  test('If-Match on an outdated version, by an earlier observation or a change in between; also for a deletion', () => {
    const observed = renamed();
    addObservation(observed, ANN, { start: 3, end: 4, version: 2 });
    observed.observations.conditional.push(conditionalWrite(3));
    expect(judge(observed)).toEqual(oneFinding);
    const cases = [
      [conditionalWrite(3), {}, oneFinding],
      [conditionalWrite(2), {}, []],
      [conditionalWrite(3), { isPrecise: false }, []],
      [conditionalWrite(5, { isOneWrite: false }), {}, oneFinding],
      [conditionalWrite(5, { isOneWrite: false }), { version: 3 }, []],
      [conditionalWrite(undefined), { isPrecise: false }, oneFinding],
      [conditionalWrite(undefined, { ifMatch: { version: 2, since: 1 } }), {}, []],
    ] as const;
    for (const [one, move, findings] of cases) {
      const history = renamed();
      addVersionChange(history, [4, 7], move);
      history.observations.conditional.push(one);
      expect(judge(history), JSON.stringify([one, move])).toEqual(findings);
    }
  });

  test('concurrent member changes: the version of a conditional write tells the order, other versions do not', () => {
    for (const [exact, findings] of [
      [true, oneFinding],
      [false, []],
    ] as const) {
      const history = joined({ start: 5, end: 10, counted: { version: 3, exact: false } });
      const emptied = effect(6, 9, { counted: { version: 2, exact } });
      history.chronicle(TEAM).members.push({ effect: emptied, replace: true, add: new Map(), remove: new Set() });
      addObservation(history, TEAM, { start: 11, end: 12, members: new Map() });
      expect(judge(history), `exact ${exact}`).toEqual(findings);
    }
  });

  test('a display that no request wrote, one that a replacement should have changed, and a former group name', () => {
    const display = (text: string) => new Map([[ANN, JSON.stringify(text)]]);
    const cases = [
      ['Ann', false, []],
      ['Anna', false, []],
      ['Ann', true, oneFinding],
      ['Anna', true, []],
      ['Hanna', true, oneFinding],
    ] as const;
    for (const [text, replace, findings] of cases) {
      const history = joined();
      for (const one of history.chronicle(TEAM).members) Object.assign(one, { add: display('Ann') });
      history.chronicle(TEAM).members.push({ effect: effect(7, 8), replace, add: display('Anna'), remove: new Set() });
      addObservation(history, TEAM, { start: 9, end: 10, members: display(text) });
      expect(judge(history), `${text} after ${replace}`).toEqual(findings);
    }
    for (const [name, findings] of [
      ['"Team"', []],
      ['"Crew"', oneFinding],
    ] as const) {
      const history = joined();
      addObservation(history, ANN, { start: 7, end: 8, groups: new Map([[TEAM, name]]) });
      expect(judge(history), name).toEqual(findings);
    }
  });

  test('not found although it exists, and returned although it was deleted', () => {
    const missing = renamed();
    missing.observations.missing.push({ id: ANN, start: 5, end: 6 });
    expect(judge(missing)).toEqual(oneFinding);
    const deleted = renamed();
    deleted.chronicle(ANN).deletions.push(effect(5, 6));
    deleted.observations.missing.push({ id: ANN, start: 7, end: 8 });
    expect(judge(deleted)).toEqual([]);
    addObservation(deleted, ANN, { start: 7, end: 8, version: 2 });
    expect(judge(deleted)).toEqual(oneFinding);
  });

  test('a lost membership from both sides, one that outlives its member, and one that no request wrote', () => {
    const empty: ReadonlyMap<string, string> = new Map();
    for (const [outcome, findings] of [
      ['done', oneFinding],
      ['maybe', []],
    ] as const) {
      const group = joined({ outcome });
      addObservation(group, TEAM, { start: 7, end: 8, members: empty });
      expect(judge(group), outcome).toEqual(findings);
      const user = joined({ outcome });
      addObservation(user, ANN, { start: 7, end: 8, groups: empty });
      expect(judge(user), outcome).toEqual(findings);
    }
    const deleted = joined();
    deleted.chronicle(ANN).deletions.push(effect(7, 8));
    addObservation(deleted, TEAM, { start: 9, end: 10, members: new Map([[ANN, 'null']]) });
    expect(judge(deleted)).toEqual(oneFinding);
    const extra = joined();
    addCreation(extra, BOB, { start: 3, values: userValues('bob', 'b') });
    addObservation(extra, TEAM, { start: 7, end: 8, members: new Map([ANN, BOB].map((id) => [id, 'null'])) });
    expect(judge(extra)).toEqual(oneFinding);
  });

  test('two owners of a name, and a conflict over a name without an owner', () => {
    const owners = renamed();
    addCreation(owners, BOB, { start: 5, values: userValues('ANNA', 'b') });
    expect(judge(owners)).toEqual(oneFinding);
    const refusal = {
      what: 'POST',
      directory: 'd',
      type: 'User',
      status: 409,
      id: undefined,
      detail: '',
      effects: [],
      ifMatch: undefined,
    } as const;
    for (const [name, findings] of [
      ['"Anna"', []],
      ['"ann"', oneFinding],
    ] as const) {
      const history = renamed();
      history.observations.refused.push({ ...refusal, name, start: 6, end: 7 });
      expect(judge(history), name).toEqual(findings);
    }
  });

  test('refusals without a reason: for existing members, for an unchanged version, or without If-Match', () => {
    const refusal = {
      start: 7,
      end: 8,
      what: 'PATCH',
      directory: 'd',
      type: 'Group',
      id: TEAM,
      name: undefined,
    } as const;
    const ifMatch = { version: 1, since: 7 };
    const cases = [
      [{ status: 400, detail: `no such resource: ${ANN}`, ifMatch: undefined }, oneFinding],
      [{ status: 400, detail: `no such resource: ${BOB}`, ifMatch: undefined }, []],
      [{ status: 400, detail: 'bad', ifMatch: undefined }, oneFinding],
      [{ status: 412, detail: '', ifMatch: undefined }, oneFinding],
      [{ status: 412, detail: '', ifMatch }, oneFinding],
      [{ status: 412, detail: '', ifMatch: { version: 1, since: 5 } }, []],
    ] as const;
    for (const [over, findings] of cases) {
      const history = joined();
      history.observations.refused.push({ ...refusal, effects: [], ...over });
      expect(judge(history), JSON.stringify(over)).toEqual(findings);
    }
  });

  test('a list with a missing, duplicate, misplaced or extra resource, or a wrong total', () => {
    const ofUsers = { what: 'Users', directory: 'd', type: 'User', condition: { kind: 'all' }, totals: [] } as const;
    const span = { start: 7, end: 8 };
    const sortedBy = { name: 'userName', descending: false };
    const named = (name: string) =>
      ({ kind: 'attribute', name: 'userName', holds: (text: string) => text === name }) as const;
    const cases = [
      [{ ids: [ANN, BOB] }, []],
      [{ ids: [ANN] }, oneFinding],
      [{ ids: [ANN], maySkip: true }, []],
      [{ ids: [ANN, BOB, ANN] }, oneFinding],
      [{ ids: [ANN, BOB], totals: [{ ...span, total: 3 }] }, oneFinding],
      [{ ids: [ANN, BOB], sortedBy }, []],
      [{ ids: [BOB, ANN], sortedBy }, oneFinding],
      [{ ids: [BOB], condition: named('"bob"') }, []],
      [{ ids: [BOB, ANN], condition: named('"bob"') }, oneFinding],
      [{ ids: [BOB], condition: named('"bob"'), totals: [{ ...span, total: 2 }] }, oneFinding],
    ] as const;
    for (const [over, findings] of cases) {
      const history = renamed();
      addCreation(history, BOB, { start: 5, values: userValues('bob', 'b') });
      history.observations.listed.push({ ...ofUsers, ...span, ...over });
      expect(judge(history), JSON.stringify(over)).toEqual(findings);
    }
  });
});
