/** The resources of a history as they are known by the time of judging. */
import { fold } from '../../lib/scim/index.ts';
import type { Creation, Effect, History, Life, Seen, Span, TypeName } from './history.ts';
import { standing, type Write, whyNot } from './registers.ts';

export type Lives = ReadonlyMap<string, Life>;

/** The unique attribute of each type. */
export const nameOf = (type: TypeName): string => (type === 'User' ? 'userName' : 'displayName');

/** As the index compares. */
export const foldText = (text: string): string => {
  const value: unknown = JSON.parse(text);
  return typeof value === 'string' ? fold(value) : text;
};

const enter = (history: History, creation: Creation, id: string) => {
  creation.id = id;
  const chronicle = history.chronicle(id);
  chronicle.attributes.unshift(creation.attributes);
  if (creation.members !== undefined) chronicle.members.unshift(creation.members);
  if (creation.joins === undefined) return;
  const { effect } = creation.attributes;
  history
    .chronicle(creation.joins)
    .members.push({ effect, replace: false, add: new Map([[id, 'null']]), remove: new Set() });
};

/** An answer told the id. @returns what is wrong */
const recognize = (history: History, { mark, id }: { mark: string; id: string }): string | undefined => {
  const creation = history.creations.get(mark);
  if (creation === undefined) return `${id} was made by nobody (mark ${mark})`;
  if (creation.id !== undefined && creation.id !== id)
    return `${creation.attributes.effect.what} made ${creation.id} and ${id}`;
  if (creation.id === undefined) enter(history, creation, id);
  return undefined;
};

/** Whoever was seen was made, even if nobody was told. @returns what is wrong with it */
export const acceptSeen = (history: History, { mark, id, directory, type }: Seen): string | undefined => {
  const wrong = recognize(history, { mark, id });
  if (wrong !== undefined) return wrong;
  const creation = history.creations.get(mark);
  if (creation === undefined) return undefined;
  const { effect } = creation.attributes;
  if (creation.directory !== directory || creation.type !== type)
    return `${id} of ${creation.directory} ${creation.type} was shown as ${directory} ${type}`;
  if (effect.outcome === 'refused') return `${id} is there, but ${effect.what} was refused`;
  effect.outcome = 'done';
  return undefined;
};

export const livesOf = (history: History): Lives => {
  const lives = new Map<string, Life>();
  for (const creation of history.creations.values())
    if (creation.id !== undefined && creation.attributes.effect.outcome === 'done')
      lives.set(creation.id, { ...history.chronicle(creation.id), creation });
  return lives;
};

export const madeBy = ({ creation }: Life): Effect => creation.attributes.effect;

const mayHaveHappened = (effect: Effect, { end }: Span) => effect.outcome !== 'refused' && effect.start < end;

/** There from the beginning of the span to its end, for certain. */
export const isAlive = (life: Life, span: Span): boolean =>
  madeBy(life).end < span.start && !life.deletions.some((deletion) => mayHaveHappened(deletion, span));
/** There at some time within the span, perhaps. */
export const mayBeAlive = (life: Life, span: Span): boolean =>
  madeBy(life).start < span.end && !life.deletions.some(({ outcome, end }) => outcome === 'done' && end < span.start);
export const mayBeDead = (life: Life, span: Span): boolean =>
  life.deletions.some((deletion) => mayHaveHappened(deletion, span)) || madeBy(life).end > span.start;

/** The writes of one attribute. */
export const writesOf = ({ attributes }: Life, name: string): Write<string>[] =>
  attributes.flatMap(({ effect, values }) => {
    const value = values[name];
    return value === undefined ? [] : [{ effect, value }];
  });

/** The writes of one membership: whether they made it one. */
const membershipWrites = ({ members }: Life, id: string): Write<boolean>[] =>
  members.flatMap(({ effect, replace, add, remove }): Write<boolean>[] => {
    if (add.has(id)) return [{ effect, value: true }];
    return replace || remove.has(id) ? [{ effect, value: false }] : [];
  });

const NOBODY = '';
/** The writes of what is shown beside a member: who is one already keeps it, unless all are replaced. */
export const displayWrites = ({ members }: Life, id: string): Write<string>[] =>
  members.flatMap(({ effect, replace, add, remove }): Write<string>[] => {
    const display = add.get(id);
    if (display !== undefined) return [{ effect, value: display, isFaint: !replace }];
    return replace || remove.has(id) ? [{ effect, value: NOBODY }] : [];
  });

/** A member from the beginning of the span to its end, for certain. */
export const isMember = (group: Life, member: Life, span: Span): boolean =>
  isAlive(group, span) && isAlive(member, span) && standing(membershipWrites(group, member.id), span)?.value === true;

const BEFORE: Write<boolean> = { effect: { what: '', start: 0, end: 0, outcome: 'maybe' }, value: false };
/** Nobody is a member before anybody said so. */
export const membershipsOf = (group: Life, id: string): Write<boolean>[] => [BEFORE, ...membershipWrites(group, id)];

/** A member at some time within the span, perhaps. */
export const mayBeMember = (group: Life, member: Life, { start, end }: Span): boolean =>
  mayBeAlive(group, { start, end }) &&
  mayBeAlive(member, { start, end }) &&
  whyNot(membershipsOf(group, member.id), { start, end }, true) === undefined;
