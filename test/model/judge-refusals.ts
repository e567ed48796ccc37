/** Judges refusals: each must have a possible reason (an outage is never "not found"). */
import type { History, Life, Refused } from './history.ts';
import { type Lives, mayBeDead } from './lives.ts';

const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** 400: the members it names must not exist. */
const judgeUnknownMembers = (lives: Lives, refused: Refused): string[] => {
  const named = refused.detail.match(ID) ?? [];
  const wrong = named.filter((id) => {
    const life = lives.get(id);
    return life !== undefined && life.creation.directory === refused.directory && !mayBeDead(life, refused);
  });
  if (named.length === 0) return [`${refused.what} was refused with ${refused.status}: ${refused.detail}`];
  return wrong.map((id) => `${refused.what} was refused at ${refused.start}-${refused.end}: ${id}, which existed`);
};

/** Whether any write can have changed the version meanwhile. */
const isOvertaken = (lives: Lives, life: Life, { ifMatch, effects, end }: Refused): boolean => {
  const since = ifMatch?.since ?? 0;
  const others = [
    ...life.attributes.map(({ effect }) => effect),
    ...life.members.map(({ effect }) => effect),
    // Deleting a member changes the group's version.
    ...(life.creation.type === 'Group' ? [...lives.values()].flatMap(({ deletions }) => deletions) : []),
    // So does creating a user, in a directory with a default group.
    ...(life.creation.type === 'Group' ? [...lives.values()].map(({ creation }) => creation.attributes.effect) : []),
  ];
  return others.some(
    (one) => one.outcome !== 'refused' && !effects.includes(one) && one.end > since && one.start < end,
  );
};

const judgePrecondition = (lives: Lives, refused: Refused): string[] => {
  const life = refused.id === undefined ? undefined : lives.get(refused.id);
  if (life === undefined) return [];
  if (refused.ifMatch === undefined) return [`${refused.what} was refused with 412, but had no If-Match`];
  return isOvertaken(lives, life, refused)
    ? []
    : [`${refused.what} was refused at ${refused.start}-${refused.end}: no request changed it: ${refused.detail}`];
};

export const judgeRefusals = ({ observations }: History, lives: Lives): string[] =>
  observations.refused.flatMap((refused) => {
    if (refused.status === 400) return judgeUnknownMembers(lives, refused);
    return refused.status === 412 ? judgePrecondition(lives, refused) : [];
  });
