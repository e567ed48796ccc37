/** Answers as observations: who was shown how, and when. */
import * as z from 'zod';
import type { JsonObject } from '../../lib/scim/index.ts';
import type { Displayed, History, Seen, Span, TypeName, Values } from './history.ts';
import { type Directory, EVERYONE, learn } from './world.ts';

const References = z.array(z.object({ value: z.string(), display: z.string().optional() }));
const Resource = z.looseObject({
  id: z.string(),
  meta: z.object({ version: z.string(), resourceType: z.enum(['User', 'Group']) }),
  emails: References.optional(),
  members: References.optional(),
  groups: References.optional(),
  name: z.object({ familyName: z.string() }).optional(),
  displayName: z.string().optional(),
  externalId: z.string().optional(),
});
const ListResponse = z.object({
  totalResults: z.number().optional(),
  Resources: z.array(z.unknown()),
  nextCursor: z.string().optional(),
});

const ATTRIBUTES: Readonly<Record<TypeName, readonly string[]>> = {
  User: ['userName', 'externalId', 'emails', 'displayName', 'active', 'title'],
  Group: ['displayName', 'externalId'],
};

const addressesOf = (value: unknown) => References.parse(value).map(({ value }) => value);
const toText = (name: string, value: unknown): string =>
  JSON.stringify(name === 'emails' && (value ?? null) !== null ? addressesOf(value) : (value ?? null));

/** @returns the attributes that are compared, of a body or of a part of one; without `whole`, those that it has */
export const toValues = (type: TypeName, body: Readonly<Record<string, unknown>>, whole = true): Values =>
  Object.fromEntries(
    ATTRIBUTES[type]
      .filter((name) => whole || Object.hasOwn(body, name))
      .map((name) => [name, toText(name, body[name])]),
  );

export const toVersionNumber = (etag: string | undefined): number => Number(/^W\/"(\d+)"$/.exec(etag ?? '')?.[1]);

type Body = z.infer<typeof Resource>;
/** Users bear the mark of their creation as a name, groups before the slash of their external id. */
const markOf = ({ meta, name, displayName, externalId }: Body, { settings }: Directory): string => {
  if (meta.resourceType === 'User') return name?.familyName ?? 'none';
  return displayName === EVERYONE ? `${EVERYONE} ${settings.id}` : (externalId?.split('/')[0] ?? 'none');
};

/** @param references as in a body */
export const toDisplayed = (references: Readonly<z.infer<typeof References>> | undefined): Displayed =>
  new Map((references ?? []).map(({ value, display }) => [value, JSON.stringify(display ?? null)]));

export type Shown = {
  readonly directory: Directory;
  readonly span: Span;
  /** Whether the answer shows memberships; an attribute without values is not there either way. */
  readonly withMembers: boolean;
  readonly withGroups: boolean;
  /** It answers a change. */
  readonly isWritten?: boolean;
};

const toSeen = (body: Body, { directory, span, withMembers, withGroups, isWritten = false }: Shown): Seen => {
  const type = body.meta.resourceType;
  return {
    start: span.start,
    end: span.end,
    id: body.id,
    directory: directory.settings.id,
    type,
    mark: markOf(body, directory),
    version: toVersionNumber(body.meta.version),
    isOneState: type === 'User' || !isWritten,
    values: toValues(type, body),
    members: withMembers && type === 'Group' ? toDisplayed(body.members) : undefined,
    groups: withGroups && type === 'User' ? toDisplayed(body.groups) : undefined,
  };
};

export const seeResource = (history: History, body: unknown, shown: Shown) => {
  const seen = toSeen(Resource.parse(body), shown);
  history.observations.seen.push(seen);
  const known = learn(shown.directory, seen);
  if (seen.version >= (known.version?.version ?? 0)) known.version = { version: seen.version, since: shown.span.start };
  return known;
};

export type SeenPage = {
  readonly ids: readonly string[];
  readonly total: number | undefined;
  readonly nextCursor: string | undefined;
};
export const seePage = (history: History, body: JsonObject | undefined, shown: Shown): SeenPage => {
  const { Resources, totalResults, nextCursor } = ListResponse.parse(body);
  return {
    ids: Resources.map((one) => seeResource(history, one, shown).id),
    total: totalResults,
    nextCursor,
  };
};
