/** The resources of a history, as far as observed when it is judged. */
import { fold } from '../../lib/scim/index.ts';
import type { Creation, Effect, History, Life, ObservedResource, Span, TypeName } from './history.ts';
import { certainWrite, type Write, whyNot } from './registers.ts';

export type Lives = ReadonlyMap<string, Life>;

/** The unique attribute of each type. */
export const nameOf = (type: TypeName): string => (type === 'User' ? 'userName' : 'displayName');

/** Folds case as the index does. */
export const foldText = (text: string): string => {
  const value: unknown = JSON.parse(text);
  return typeof value === 'string' ? fold(value) : text;
};

const setId = (history: History, creation: Creation, id: string) => {
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

/** Assigns an observed id to its creation. @returns the finding, if any */
const assignId = (history: History, { mark, id }: { mark: string; id: string }): string | undefined => {
  const creation = history.creations.get(mark);
  if (creation === undefined) return `${id} was created by no request (mark ${mark})`;
  if (creation.id !== undefined && creation.id !== id)
    return `${creation.attributes.effect.what} created ${creation.id} and ${id}`;
  if (creation.id === undefined) setId(history, creation, id);
  return undefined;
};

/** An observed resource was created, even if its POST had no response. @returns the finding, if any */
export const acceptObserved = (
  history: History,
  { mark, id, directory, type }: ObservedResource,
): string | undefined => {
  const wrong = assignId(history, { mark, id });
  if (wrong !== undefined) return wrong;
  const creation = history.creations.get(mark);
  if (creation === undefined) return undefined;
  const { effect } = creation.attributes;
  if (creation.directory !== directory || creation.type !== type)
    return `${id} of ${creation.directory} ${creation.type} was returned as ${directory} ${type}`;
  if (effect.outcome === 'refused') return `${id} exists, but ${effect.what} was refused`;
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

export const creationOf = ({ creation }: Life): Effect => creation.attributes.effect;

const mayHaveHappened = (effect: Effect, { end }: Span) => effect.outcome !== 'refused' && effect.start < end;

/** Certainly exists during the whole span. */
export const isAlive = (life: Life, span: Span): boolean =>
  creationOf(life).end < span.start && !life.deletions.some((deletion) => mayHaveHappened(deletion, span));
/** May exist at some time within the span. */
export const mayBeAlive = (life: Life, span: Span): boolean =>
  creationOf(life).start < span.end &&
  !life.deletions.some(({ outcome, end }) => outcome === 'done' && end < span.start);
export const mayBeDead = (life: Life, span: Span): boolean =>
  life.deletions.some((deletion) => mayHaveHappened(deletion, span)) || creationOf(life).end > span.start;

/** @returns the writes of one attribute */
export const writesOf = ({ attributes }: Life, name: string): Write<string>[] =>
  attributes.flatMap(({ effect, values }) => {
    const value = values[name];
    return value === undefined ? [] : [{ effect, value }];
  });

/** @returns the writes of one membership; true: added */
const membershipWrites = ({ members }: Life, id: string): Write<boolean>[] =>
  members.flatMap(({ effect, replace, add, remove }): Write<boolean>[] => {
    if (add.has(id)) return [{ effect, value: true }];
    return replace || remove.has(id) ? [{ effect, value: false }] : [];
  });

const NO_MEMBER = '';
/** @returns the writes of a member's display. Adding an existing member keeps its display, unless all are replaced. */
export const displayWrites = ({ members }: Life, id: string): Write<string>[] =>
  members.flatMap(({ effect, replace, add, remove }): Write<string>[] => {
    const display = add.get(id);
    if (display !== undefined) return [{ effect, value: display, ifAbsent: !replace }];
    return replace || remove.has(id) ? [{ effect, value: NO_MEMBER }] : [];
  });

/** Certainly a member during the whole span. */
export const isMember = (group: Life, member: Life, span: Span): boolean =>
  isAlive(group, span) &&
  isAlive(member, span) &&
  certainWrite(membershipWrites(group, member.id), span)?.value === true;

const INITIALLY: Write<boolean> = { effect: { what: '', start: 0, end: 0, outcome: 'maybe' }, value: false };
/** @returns the writes of one membership, starting with the initial state: not a member */
export const membershipsOf = (group: Life, id: string): Write<boolean>[] => [INITIALLY, ...membershipWrites(group, id)];

/** May be a member at some time within the span. */
export const mayBeMember = (group: Life, member: Life, { start, end }: Span): boolean =>
  mayBeAlive(group, { start, end }) &&
  mayBeAlive(member, { start, end }) &&
  whyNot(membershipsOf(group, member.id), { start, end }, true) === undefined;
