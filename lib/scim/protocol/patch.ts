/** PATCH (RFC 7644 section 3.5.2). */
import { isEqual, isObject, type Json, type JsonObject, own } from '../json/json.ts';
import { limits } from '../limits.ts';
import { applyPatch } from '../patch/apply-patch.ts';
import { selectsMembers } from '../patch/patch-members.ts';
import { readPatchRequest } from '../patch/patch-request.ts';
import type { Projection } from '../resource/projection.ts';
import { noContent, readProjection, resourceAnswer } from './answer.ts';
import { readBody } from './body.ts';
import { insistsOnVersion } from './precondition.ts';
import type { ResourceExchange, ScimResponse } from './request.ts';
import { type Changed, changeResource, writeScope } from './write.ts';

/** The attributes that a request changed, those of extensions under their URN. */
const changesIn = (before: JsonObject, after: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(after).flatMap(([name, value]): [string, Json][] => {
      const was = own(before, name);
      if (isEqual(was, value)) return [];
      return [[name, name.includes(':') && isObject(was) && isObject(value) ? changesIn(was, value) : value]];
    }),
  );

/** The resource; a group with very many members, only when the client asked for attributes: else 204 with the version. */
const answer = async (
  { written, ...changed }: Changed & { readonly written: JsonObject },
  exchange: ResourceExchange,
  projection: Projection,
): Promise<ScimResponse> => {
  const { store } = exchange;
  const limit = projection.asked ? Infinity : limits.answeredMembers + 1;
  const members = projection.include.members
    ? await store.readMembers(writeScope(exchange), changed.resource.id, limit)
    : [];
  return !projection.asked && members.length === limit
    ? noContent(changed.resource)
    : resourceAnswer({ ...changed, members }, exchange, { status: 200, projection, written });
};

export async function patch(exchange: ResourceExchange, id: string): Promise<ScimResponse> {
  const { store, type, tolerate, locate } = exchange;
  const projection = readProjection(exchange);
  const operations = readPatchRequest(readBody(exchange), tolerate);
  const scope = writeScope(exchange);
  const needsMembers = selectsMembers(operations, type, tolerate);
  let written: JsonObject = {};
  const changed = await changeResource(exchange, { id, include: projection.include }, async (before) => {
    const membersBefore = needsMembers ? await store.readMembers(scope, id, Infinity) : [];
    const { attributes, members } = applyPatch(before.attributes, operations, {
      type,
      tolerate,
      membersBefore,
      locate,
    });
    written = changesIn(before.attributes, attributes);
    return store.update(scope, before, {
      attributes: isEqual(before.attributes, attributes) ? undefined : attributes,
      members,
      exact: insistsOnVersion(exchange),
    });
  });
  return answer({ ...changed, written }, exchange, projection);
}
