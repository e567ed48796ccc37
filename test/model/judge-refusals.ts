/** Refusals: each for a reason that can have been so (an outage is never "not found"). */
import type { History, Life, Refused } from './history.ts';
import { type Lives, mayBeDead } from './lives.ts';

const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** 400: it names members that do not exist. */
const judgeUnknownMembers = (lives: Lives, refused: Refused): string[] => {
  const named = refused.detail.match(ID) ?? [];
  const wrong = named.filter((id) => {
    const life = lives.get(id);
    return life !== undefined && life.creation.directory === refused.directory && !mayBeDead(life, refused);
  });
  if (named.length === 0) return [`${refused.what} was refused with ${refused.status}: ${refused.detail}`];
  return wrong.map((id) => `${refused.what} was refused at ${refused.start}-${refused.end}: ${id}, which was there`);
};

/** Whether anything at all can have moved the version meanwhile. */
const isOvertaken = (lives: Lives, life: Life, { ifMatch, effects, end }: Refused): boolean => {
  const since = ifMatch?.since ?? 0;
  const others = [
    ...life.attributes.map(({ effect }) => effect),
    ...life.members.map(({ effect }) => effect),
    // Their members' deletions move the versions of groups.
    ...(life.creation.type === 'Group' ? [...lives.values()].flatMap(({ deletions }) => deletions) : []),
    // And so do creations, where every new user joins a group.
    ...(life.creation.type === 'Group' ? [...lives.values()].map(({ creation }) => creation.attributes.effect) : []),
  ];
  return others.some(
    (one) => one.outcome !== 'refused' && !effects.includes(one) && one.end > since && one.start < end,
  );
};

const judgePrecondition = (lives: Lives, refused: Refused): string[] => {
  const life = refused.id === undefined ? undefined : lives.get(refused.id);
  if (life === undefined) return [];
  if (refused.ifMatch === undefined) return [`${refused.what} was refused with 412 without If-Match`];
  return isOvertaken(lives, life, refused)
    ? []
    : [`${refused.what} was refused at ${refused.start}-${refused.end}: nobody changed it: ${refused.detail}`];
};

export const judgeRefusals = ({ observations }: History, lives: Lives): string[] =>
  observations.refused.flatMap((refused) => {
    if (refused.status === 400) return judgeUnknownMembers(lives, refused);
    return refused.status === 412 ? judgePrecondition(lives, refused) : [];
  });
