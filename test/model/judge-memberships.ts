/** What was shown of memberships, from both sides (design section 5, invariant 4). */
import type { History, Life, Seen, Span } from './history.ts';
import { type Lives, mayBeDead, membershipWrites } from './lives.ts';
import { whyNot } from './registers.ts';

const isDeletedBefore = ({ deletions }: Life, { start }: Span) =>
  deletions.find(({ outcome, end }) => outcome === 'done' && end < start);

type Shown = { readonly group: Life; readonly memberId: string; readonly isIn: boolean };

const judgePair = (lives: Lives, span: Span, { group, memberId, isIn }: Shown): string[] => {
  const member = lives.get(memberId);
  const where = `at ${span.start}-${span.end}: group ${group.id}, member ${memberId}`;
  if (!isIn && (member === undefined || mayBeDead(member, span) || mayBeDead(group, span))) return [];
  const gone = isIn && member !== undefined ? isDeletedBefore(member, span) : undefined;
  if (gone !== undefined) return [`a membership was shown after ${gone.what} ${where}`];
  // Nobody is a member before anybody said so.
  const beginning = { effect: { what: '', start: 0, end: 0, outcome: 'maybe' as const }, value: false };
  const problem = whyNot([beginning, ...membershipWrites(group, memberId)], { start: span.start, end: span.end }, isIn);
  if (problem === undefined) return [];
  const shown = isIn ? 'a membership was shown' : 'a membership was not shown';
  return [`${shown} ${where}: ${problem.lost === undefined ? 'nobody wrote it' : `lost is ${problem.lost.what}`}`];
};

/** All that ever were to be members. */
const namedIn = ({ members }: Life): Set<string> => new Set(members.flatMap(({ add }) => [...add]));

const judgeMembers = (lives: Lives, group: Life, seen: Seen): string[] => {
  const { members } = seen;
  if (members === undefined) return [];
  return [...new Set([...members, ...namedIn(group)])].flatMap((memberId) =>
    judgePair(lives, seen, { group, memberId, isIn: members.has(memberId) }),
  );
};

const judgeGroups = (lives: Lives, groups: readonly Life[], seen: Seen): string[] => {
  const { groups: shown } = seen;
  if (shown === undefined) return [];
  const gone = [...shown].flatMap((id) => {
    const group = lives.get(id);
    const deletion = group && isDeletedBefore(group, seen);
    if (group === undefined) return [`${seen.id} was shown in the group ${id}, which nobody made`];
    return deletion === undefined ? [] : [`${seen.id} was shown in the group ${id} after ${deletion.what}`];
  });
  const pairs = groups
    .filter((group) => shown.has(group.id) || group.members.some(({ add }) => add.has(seen.id)))
    .flatMap((group) => judgePair(lives, seen, { group, memberId: seen.id, isIn: shown.has(group.id) }));
  return [...gone, ...pairs];
};

export const judgeMemberships = ({ observations }: History, lives: Lives): string[] => {
  const groups = [...lives.values()].filter(({ creation }) => creation.type === 'Group');
  return observations.seen.flatMap((seen) => {
    const life = lives.get(seen.id);
    if (life === undefined) return [];
    return [
      ...judgeMembers(lives, life, seen),
      ...judgeGroups(
        lives,
        groups.filter(({ creation }) => creation.directory === seen.directory),
        seen,
      ),
    ];
  });
};
