/** A short run of `npm run check:model`, and that what cannot have been is found. */
import { describe, expect, test } from 'vitest';
import { TABLE_NAME, useEngine } from '../engine.ts';
import { checkSeed } from './check-seed.ts';
import { createHistory, type Effect, type History, type Seen } from './history.ts';
import { judge } from './judge.ts';

const client = useEngine({ stream: false });

describe('s5 random requests of eight clients at once, with faults at every call: all that was acknowledged is there', () => {
  test.each([101, 102])('seed %i', async (seed) => {
    const size = { users: 60, crowd: 0, names: 12 };
    const report = await checkSeed(
      { client: client(), tableName: TABLE_NAME },
      { seed, operations: 100, clients: 8, size },
    );
    expect(report.findings, `npm run check:model -- --seeds ${seed}\n${report.trace.join('\n')}`).toEqual([]);
    expect(report.operations).toBe(100);
    // A run in which little happens shows little.
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

const made = (history: History, id: string, { start, values }: { start: number; values: Record<string, string> }) => {
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
  shown(history, id, { start, end: start + 1, version: 1, values });
};
const shown = (history: History, id: string, over: Partial<Seen> & Pick<Seen, 'start' | 'end'>) =>
  history.observations.seen.push({
    id,
    directory: 'd',
    type: id === TEAM ? 'Group' : 'User',
    mark: `m-${id}`,
    version: 1,
    values: {},
    members: undefined,
    groups: undefined,
    ...over,
  });

/** Ann was made at 1-2, and renamed to anna at 3-4. */
const renamed = (over: Partial<Effect> = {}) => {
  const history = createHistory();
  made(history, ANN, { start: 1, values: userValues('ann', 'a') });
  history.chronicle(ANN).attributes.push({
    effect: effect(3, 4, { version: 2, ...over }),
    values: { userName: '"anna"' },
    mark: 'renaming',
  });
  return history;
};
/** A team without members was made at 1-2, Ann at 3-4, and she was added at 5-6. */
const joined = (over: Partial<Effect> = {}) => {
  const history = createHistory();
  made(history, TEAM, { start: 1, values: { displayName: '"Team"' } });
  made(history, ANN, { start: 3, values: userValues('ann', 'a') });
  const add = new Set([ANN]);
  history.chronicle(TEAM).members.push({ effect: effect(5, 6, over), replace: false, add, remove: new Set() });
  return history;
};
const oneFinding = [expect.any(String)];

describe('what cannot have been is found', () => {
  test('an acknowledged change that is not there any more; but not one that nobody acknowledged', () => {
    for (const [outcome, findings] of [
      ['done', oneFinding],
      ['maybe', []],
      ['refused', []],
    ] as const) {
      const history = renamed({ outcome });
      shown(history, ANN, { start: 5, end: 6, version: 2, values: userValues('ann', 'a') });
      expect(judge(history), outcome).toEqual(findings);
    }
  });

  test('a change that is seen although it was refused, and a value that nobody wrote', () => {
    const refused = renamed({ outcome: 'refused' });
    shown(refused, ANN, { start: 5, end: 6, version: 2, values: { userName: '"anna"' } });
    expect(judge(refused)).toEqual(oneFinding);
    const strange = renamed();
    shown(strange, ANN, { start: 5, end: 6, version: 2, values: { title: '"b"' } });
    expect(judge(strange)).toEqual(oneFinding);
  });

  test('writes at once: either may be the last, unless their versions tell', () => {
    for (const [version, findings] of [
      [2, oneFinding],
      [4, []],
    ] as const) {
      const history = renamed({ start: 3, end: 10, version: 3 });
      const other = { effect: effect(4, 9, { version }), values: { userName: '"hanna"' }, mark: 'other' };
      history.chronicle(ANN).attributes.push(other);
      shown(history, ANN, { start: 11, end: 12, version: 4, values: { userName: '"hanna"' } });
      expect(judge(history), `version ${version}`).toEqual(findings);
    }
  });

  test('two changes with one version, a version that falls, and If-Match that was overtaken', () => {
    const twice = renamed();
    twice.chronicle(ANN).attributes.push({ effect: effect(5, 6, { version: 2 }), values: {}, mark: 'other' });
    expect(judge(twice)).toEqual(oneFinding);
    const falling = renamed();
    shown(falling, ANN, { start: 5, end: 6, version: 3, values: {} });
    shown(falling, ANN, { start: 7, end: 8, version: 2, values: {} });
    expect(judge(falling)).toEqual(oneFinding);
    const overtaken = renamed();
    const late = effect(5, 6, { version: 3 });
    overtaken.chronicle(ANN).attributes.push({ effect: late, values: {}, mark: 'late' });
    const ifMatch = { version: 1, since: 1 };
    overtaken.observations.insisted.push({ start: 5, end: 6, what: 'late', id: ANN, ifMatch, effect: late });
    expect(judge(overtaken)).toEqual(oneFinding);
  });

  test('not found although it is there, and shown although it was deleted', () => {
    const missing = renamed();
    missing.observations.missing.push({ id: ANN, start: 5, end: 6 });
    expect(judge(missing)).toEqual(oneFinding);
    const deleted = renamed();
    deleted.chronicle(ANN).deletions.push(effect(5, 6));
    deleted.observations.missing.push({ id: ANN, start: 7, end: 8 });
    expect(judge(deleted)).toEqual([]);
    shown(deleted, ANN, { start: 7, end: 8, version: 2 });
    expect(judge(deleted)).toEqual(oneFinding);
  });

  test('a membership that is lost, from both sides, one that outlives its member, and one that nobody wrote', () => {
    const nobody: ReadonlySet<string> = new Set();
    for (const [outcome, findings] of [
      ['done', oneFinding],
      ['maybe', []],
    ] as const) {
      const group = joined({ outcome });
      shown(group, TEAM, { start: 7, end: 8, members: nobody });
      expect(judge(group), outcome).toEqual(findings);
      const user = joined({ outcome });
      shown(user, ANN, { start: 7, end: 8, groups: nobody });
      expect(judge(user), outcome).toEqual(findings);
    }
    const dead = joined();
    dead.chronicle(ANN).deletions.push(effect(7, 8));
    shown(dead, TEAM, { start: 9, end: 10, members: new Set([ANN]) });
    expect(judge(dead)).toEqual(oneFinding);
    const strange = joined();
    made(strange, BOB, { start: 3, values: userValues('bob', 'b') });
    shown(strange, TEAM, { start: 7, end: 8, members: new Set([ANN, BOB]) });
    expect(judge(strange)).toEqual(oneFinding);
  });

  test('two owners of a name, and a refusal for a name that nobody has', () => {
    const owners = renamed();
    made(owners, BOB, { start: 5, values: userValues('ANNA', 'b') });
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

  test('someone who is missing in a list, or twice there, or in the wrong place, and a total that is wrong', () => {
    const ofUsers = { what: 'Users', directory: 'd', type: 'User', condition: { kind: 'all' }, totals: [] } as const;
    const span = { start: 7, end: 8 };
    const sortedBy = { name: 'userName', descending: false };
    const cases = [
      [{ ids: [ANN, BOB] }, []],
      [{ ids: [ANN] }, oneFinding],
      [{ ids: [ANN], maySkip: true }, []],
      [{ ids: [ANN, BOB, ANN] }, oneFinding],
      [{ ids: [ANN, BOB], totals: [{ ...span, total: 3 }] }, oneFinding],
      [{ ids: [ANN, BOB], sortedBy }, []],
      [{ ids: [BOB, ANN], sortedBy }, oneFinding],
    ] as const;
    for (const [over, findings] of cases) {
      const history = renamed();
      made(history, BOB, { start: 5, values: userValues('bob', 'b') });
      history.observations.listed.push({ ...ofUsers, ...span, ...over });
      expect(judge(history), JSON.stringify(over)).toEqual(findings);
    }
  });
});
