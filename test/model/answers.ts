/** Records responses as observations: the returned resources and the time of the request. */
import * as z from 'zod';
import type { JsonObject } from '../../lib/scim/index.ts';
import type { Displayed, History, ObservedResource, Span, TypeName, Values } from './history.ts';
import { addResource, type Directory, EVERYONE } from './world.ts';

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

/** @returns the compared attributes of a body. @param whole false for a partial body: only the attributes it contains */
export const toValues = (type: TypeName, body: Readonly<Record<string, unknown>>, whole = true): Values =>
  Object.fromEntries(
    ATTRIBUTES[type]
      .filter((name) => whole || Object.hasOwn(body, name))
      .map((name) => [name, toText(name, body[name])]),
  );

export const toVersionNumber = (etag: string | undefined): number => Number(/^W\/"(\d+)"$/.exec(etag ?? '')?.[1]);

type Body = z.infer<typeof Resource>;
/** The creation's mark is a user's family name, or the part of a group's externalId before the slash. */
const markOf = ({ meta, name, displayName, externalId }: Body, { settings }: Directory): string => {
  if (meta.resourceType === 'User') return name?.familyName ?? 'none';
  return displayName === EVERYONE ? `${EVERYONE} ${settings.id}` : (externalId?.split('/')[0] ?? 'none');
};

/** @param references the members or groups of a body */
export const toDisplayed = (references: Readonly<z.infer<typeof References>> | undefined): Displayed =>
  new Map((references ?? []).map(({ value, display }) => [value, JSON.stringify(display ?? null)]));

export type ResponseContext = {
  readonly directory: Directory;
  readonly span: Span;
  /** Whether the response includes memberships. An attribute without values is always absent. */
  readonly withMembers: boolean;
  readonly withGroups: boolean;
  /** Whether it is the response to a write. */
  readonly isWritten?: boolean;
};

const toObservation = (
  body: Body,
  { directory, span, withMembers, withGroups, isWritten = false }: ResponseContext,
): ObservedResource => {
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

export const observeResource = (history: History, body: unknown, context: ResponseContext) => {
  const observed = toObservation(Resource.parse(body), context);
  history.observations.observed.push(observed);
  const known = addResource(context.directory, observed);
  if (observed.version >= (known.version?.version ?? 0))
    known.version = { version: observed.version, since: context.span.start };
  return known;
};

export type ObservedPage = {
  readonly ids: readonly string[];
  readonly total: number | undefined;
  readonly nextCursor: string | undefined;
};
export const observePage = (history: History, body: JsonObject | undefined, context: ResponseContext): ObservedPage => {
  const { Resources, totalResults, nextCursor } = ListResponse.parse(body);
  return {
    ids: Resources.map((one) => observeResource(history, one, context).id),
    total: totalResults,
    nextCursor,
  };
};
