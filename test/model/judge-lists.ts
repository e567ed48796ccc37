/** Judges lists and searches: no resource is missing or duplicated, and totals are right (invariants 6, 7). */
import { fold } from '../../lib/scim/index.ts';
import type { Condition, History, Life, Listed, Span } from './history.ts';
import { isAlive, isMember, type Lives, mayBeAlive, mayBeMember, writesOf } from './lives.ts';
import { certainWrite, whyNot } from './registers.ts';

/** Whether the condition certainly holds for a resource during the whole span. */
const holds = (lives: Lives, life: Life, { condition, span }: { condition: Condition; span: Span }): boolean => {
  if (!isAlive(life, span)) return false;
  if (condition.kind === 'all') return true;
  if (condition.kind === 'attribute') {
    const value = certainWrite(writesOf(life, condition.name), span)?.value;
    return value !== undefined && condition.holds(value);
  }
  const other = lives.get(condition.id);
  if (other === undefined) return false;
  return condition.kind === 'hasMember' ? isMember(life, other, span) : isMember(other, life, span);
};

/** Whether the condition may have held at some time within the span. */
const mayHold = (lives: Lives, life: Life, { condition, span }: { condition: Condition; span: Span }): boolean => {
  if (!mayBeAlive(life, span)) return false;
  if (condition.kind === 'all') return true;
  if (condition.kind === 'attribute') {
    const writes = writesOf(life, condition.name);
    const { start, end } = span;
    return writes.some(({ value }) => condition.holds(value) && whyNot(writes, { start, end }, value) === undefined);
  }
  const other = lives.get(condition.id);
  if (other === undefined) return false;
  return condition.kind === 'hasMember' ? mayBeMember(life, other, span) : mayBeMember(other, life, span);
};

const ofList = (lives: Lives, { directory, type }: Listed): Life[] =>
  [...lives.values()].filter(({ creation }) => creation.directory === directory && creation.type === type);

const judgeMissing = (lives: Lives, list: Listed): string[] => {
  if (list.maySkip === true) return [];
  const ids = new Set(list.ids);
  return ofList(lives, list)
    .filter((life) => !ids.has(life.id) && isStable(life, list))
    .filter((life) => holds(lives, life, { condition: list.condition, span: list }))
    .map(({ id }) => `${id} is missing from ${list.what} at ${list.start}-${list.end}`);
};

/** Finds resources that cannot have matched. Another judge finds resources that no request created. */
const judgeExtra = (lives: Lives, list: Listed): string[] =>
  [...new Set(list.ids)].flatMap((id) => {
    const life = lives.get(id);
    return life === undefined || mayHold(lives, life, { condition: list.condition, span: list })
      ? []
      : [`${id} is in ${list.what} at ${list.start}-${list.end}, but did not match`];
  });

/** A resource whose sort value changes while the list is paged through may be skipped or repeated. */
const isStable = (life: Life, { sortedBy, ...span }: Listed): boolean =>
  sortedBy === undefined || certainWrite(writesOf(life, sortedBy.name), span) !== undefined;

const judgeTwice = (lives: Lives, list: Listed): string[] =>
  (list.maySkip === true ? [] : list.ids).flatMap((id, index) => {
    const life = list.ids.indexOf(id) < index ? lives.get(id) : undefined;
    return life !== undefined && isStable(life, list)
      ? [`${id} is twice in ${list.what} at ${list.start}-${list.end}`]
      : [];
  });

const judgeTotal = (lives: Lives, list: Listed): string[] =>
  list.totals.flatMap(({ total, ...span }) => {
    const all = ofList(lives, list);
    const least = all.filter((life) => holds(lives, life, { condition: list.condition, span })).length;
    const most = all.filter((life) => mayHold(lives, life, { condition: list.condition, span })).length;
    return total >= least && total <= most
      ? []
      : [`${list.what} at ${span.start}-${span.end} has total ${total}, expected ${least} to ${most}`];
  });

/** The order of the index: by code point, resources without a value last, ties by id. */
const compare = (left: readonly [string, string], right: readonly [string, string]) => {
  const [a, b] = [`${left[0]}${left[1]}`, `${right[0]}${right[1]}`];
  return a < b ? -1 : Number(a > b);
};
const sortKey = (text: string): string => {
  const value: unknown = JSON.parse(text);
  return typeof value === 'string' ? `=${fold(value)}\u0001` : '>';
};

const judgeOrder = (lives: Lives, list: Listed): string[] => {
  const { sortedBy, what, start, end, maySkip } = list;
  if (sortedBy === undefined || maySkip === true) return [];
  const keys = list.ids.flatMap((id): [string, string][] => {
    const life = lives.get(id);
    const value = life && certainWrite(writesOf(life, sortedBy.name), list)?.value;
    return value === undefined ? [] : [[sortKey(value), id]];
  });
  const sorted = [...keys].sort(compare);
  if (sortedBy.descending) sorted.reverse();
  const wrong = keys.find(([, id], index) => id !== sorted[index]?.[1]);
  return wrong === undefined ? [] : [`${wrong[1]} is out of order in ${what} at ${start}-${end}`];
};

export const judgeLists = ({ observations }: History, lives: Lives): string[] =>
  observations.listed.flatMap((list) => [
    ...judgeMissing(lives, list),
    ...judgeExtra(lives, list),
    ...judgeTwice(lives, list),
    ...judgeTotal(lives, list),
    ...judgeOrder(lives, list),
  ]);
