/** What was shown of memberships, from both sides (design section 5, invariant 4). */
import type { History, Life, Seen, Span } from './history.ts';
import { displayWrites, type Lives, mayBeDead, membershipsOf, nameOf, writesOf } from './lives.ts';
import { type Write, whyNot } from './registers.ts';

const isDeletedBefore = ({ deletions }: Life, { start }: Span) =>
  deletions.find(({ outcome, end }) => outcome === 'done' && end < start);

/** All that ever were to be members. */
const namedIn = ({ members }: Life): Set<string> => new Set(members.flatMap(({ add }) => [...add.keys()]));

/** What a deletion's transaction takes a member out of for certain; of more groups it goes as far as its time allows. */
const CERTAINLY_LEFT = 50;
/** Members who may be shown in groups after their deletion, until they are swept. */
const lingeringIn = (groups: readonly Life[]): ReadonlySet<string> => {
  const counts = new Map<string, number>();
  for (const group of groups) for (const id of namedIn(group)) counts.set(id, (counts.get(id) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count > CERTAINLY_LEFT).map(([id]) => id));
};

type Known = { readonly lives: Lives; readonly groups: readonly Life[]; readonly lingering: ReadonlySet<string> };
type Shown = { readonly group: Life; readonly memberId: string; readonly isIn: boolean };

const judgePair = ({ lives, lingering }: Known, span: Span, { group, memberId, isIn }: Shown): string[] => {
  const member = lives.get(memberId);
  const where = `at ${span.start}-${span.end}: group ${group.id}, member ${memberId}`;
  if (!isIn && (member === undefined || mayBeDead(member, span) || mayBeDead(group, span))) return [];
  const gone = isIn && member !== undefined && !lingering.has(memberId) ? isDeletedBefore(member, span) : undefined;
  if (gone !== undefined) return [`a membership was shown after ${gone.what} ${where}`];
  const problem = whyNot(membershipsOf(group, memberId), { start: span.start, end: span.end }, isIn);
  if (problem === undefined) return [];
  const shown = isIn ? 'a membership was shown' : 'a membership was not shown';
  return [`${shown} ${where}: ${problem.lost === undefined ? 'nobody wrote it' : `lost is ${problem.lost.what}`}`];
};

const judgeDisplay = (what: string, { start, end }: Span, [writes, display]: readonly [Write<string>[], string]) => {
  const problem = whyNot(writes, { start, end }, display);
  if (problem === undefined) return [];
  const why = problem.lost === undefined ? 'nobody wrote it' : `lost is ${problem.lost.what}`;
  return [`${what} was shown as ${display} at ${start}-${end}: ${why}`];
};

const judgeMembers = (known: Known, group: Life, seen: Seen): string[] => {
  const { members } = seen;
  if (members === undefined) return [];
  return [...new Set([...members.keys(), ...namedIn(group)])].flatMap((memberId) => {
    const display = members.get(memberId);
    const found = judgePair(known, seen, { group, memberId, isIn: display !== undefined });
    if (display === undefined || found.length > 0) return found;
    return judgeDisplay(`member ${memberId} of ${group.id}`, seen, [displayWrites(group, memberId), display]);
  });
};

const judgeGroups = (known: Known, seen: Seen): string[] => {
  const { lives, groups } = known;
  const { groups: shown } = seen;
  if (shown === undefined) return [];
  const gone = [...shown].flatMap(([id, display]) => {
    const group = lives.get(id);
    if (group === undefined) return [`${seen.id} was shown in the group ${id}, which nobody made`];
    const deletion = isDeletedBefore(group, seen);
    if (deletion !== undefined) return [`${seen.id} was shown in the group ${id} after ${deletion.what}`];
    return judgeDisplay(`group ${id} of ${seen.id}`, seen, [writesOf(group, nameOf('Group')), display]);
  });
  const pairs = groups
    .filter(({ creation }) => creation.directory === seen.directory)
    .filter((group) => shown.has(group.id) || group.members.some(({ add }) => add.has(seen.id)))
    .flatMap((group) => judgePair(known, seen, { group, memberId: seen.id, isIn: shown.has(group.id) }));
  return [...gone, ...pairs];
};

export const judgeMemberships = ({ observations }: History, lives: Lives): string[] => {
  const groups = [...lives.values()].filter(({ creation }) => creation.type === 'Group');
  const known = { lives, groups, lingering: lingeringIn(groups) };
  return observations.seen.flatMap((seen) => {
    const life = lives.get(seen.id);
    return life === undefined ? [] : [...judgeMembers(known, life, seen), ...judgeGroups(known, seen)];
  });
};
