/** Judges observed memberships from both sides (design section 5, invariant 4). */
import type { History, Life, ObservedResource, Span } from './history.ts';
import { displayWrites, type Lives, mayBeDead, membershipsOf, nameOf, writesOf } from './lives.ts';
import { type Write, whyNot } from './registers.ts';

const isDeletedBefore = ({ deletions }: Life, { start }: Span) =>
  deletions.find(({ outcome, end }) => outcome === 'done' && end < start);

/** Ids that any request added to the group. */
const namedIn = ({ members }: Life): Set<string> => new Set(members.flatMap(({ add }) => [...add.keys()]));

/** Number of groups that a deletion certainly removes its resource from; for more, it depends on the remaining time. */
const CERTAINLY_LEFT = 50;
/** Ids that may remain members after their deletion, until cleanup. */
const lingeringIn = (groups: readonly Life[]): ReadonlySet<string> => {
  const counts = new Map<string, number>();
  for (const group of groups) for (const id of namedIn(group)) counts.set(id, (counts.get(id) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count > CERTAINLY_LEFT).map(([id]) => id));
};

type Context = { readonly lives: Lives; readonly groups: readonly Life[]; readonly lingering: ReadonlySet<string> };
type Pair = { readonly group: Life; readonly memberId: string; readonly isIn: boolean };

const judgePair = ({ lives, lingering }: Context, span: Span, { group, memberId, isIn }: Pair): string[] => {
  const member = lives.get(memberId);
  const where = `at ${span.start}-${span.end}: group ${group.id}, member ${memberId}`;
  if (!isIn && (member === undefined || mayBeDead(member, span) || mayBeDead(group, span))) return [];
  const deletion = isIn && member !== undefined && !lingering.has(memberId) ? isDeletedBefore(member, span) : undefined;
  if (deletion !== undefined) return [`a membership was returned after ${deletion.what} ${where}`];
  const problem = whyNot(membershipsOf(group, memberId), { start: span.start, end: span.end }, isIn);
  if (problem === undefined) return [];
  const observation = isIn ? 'a membership was returned' : 'a membership was not returned';
  return [
    `${observation} ${where}: ${problem.lost === undefined ? 'no request wrote it' : `lost ${problem.lost.what}`}`,
  ];
};

const judgeDisplay = (what: string, { start, end }: Span, [writes, display]: readonly [Write<string>[], string]) => {
  const problem = whyNot(writes, { start, end }, display);
  if (problem === undefined) return [];
  const reason = problem.lost === undefined ? 'no request wrote it' : `lost ${problem.lost.what}`;
  return [`${what} was returned as ${display} at ${start}-${end}: ${reason}`];
};

const judgeMembers = (context: Context, group: Life, observed: ObservedResource): string[] => {
  const { members } = observed;
  if (members === undefined) return [];
  return [...new Set([...members.keys(), ...namedIn(group)])].flatMap((memberId) => {
    const display = members.get(memberId);
    const found = judgePair(context, observed, { group, memberId, isIn: display !== undefined });
    if (display === undefined || found.length > 0) return found;
    return judgeDisplay(`member ${memberId} of ${group.id}`, observed, [displayWrites(group, memberId), display]);
  });
};

const judgeGroups = (context: Context, observed: ObservedResource): string[] => {
  const { lives, groups } = context;
  const { groups: shown } = observed;
  if (shown === undefined) return [];
  const impossible = [...shown].flatMap(([id, display]) => {
    const group = lives.get(id);
    if (group === undefined) return [`${observed.id} was returned with group ${id}, which no request created`];
    const deletion = isDeletedBefore(group, observed);
    if (deletion !== undefined) return [`${observed.id} was returned with group ${id} after ${deletion.what}`];
    return judgeDisplay(`group ${id} of ${observed.id}`, observed, [writesOf(group, nameOf('Group')), display]);
  });
  const pairs = groups
    .filter(({ creation }) => creation.directory === observed.directory)
    .filter((group) => shown.has(group.id) || group.members.some(({ add }) => add.has(observed.id)))
    .flatMap((group) => judgePair(context, observed, { group, memberId: observed.id, isIn: shown.has(group.id) }));
  return [...impossible, ...pairs];
};

export const judgeMemberships = ({ observations }: History, lives: Lives): string[] => {
  const groups = [...lives.values()].filter(({ creation }) => creation.type === 'Group');
  const context = { lives, groups, lingering: lingeringIn(groups) };
  return observations.observed.flatMap((observed) => {
    const life = lives.get(observed.id);
    return life === undefined ? [] : [...judgeMembers(context, life, observed), ...judgeGroups(context, observed)];
  });
};
