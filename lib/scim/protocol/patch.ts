/** PATCH (RFC 7644 section 3.5.2). */
import { isEqual, isObject, type Json, type JsonObject, own } from '../json/json.ts';
import { limits } from '../limits.ts';
import { applyPatch } from '../patch/apply-patch.ts';
import { selectsMembers } from '../patch/patch-members.ts';
import { checkOperationCount, readPatchRequest } from '../patch/patch-request.ts';
import { replacesGroups } from '../patch/patch-target.ts';
import type { Projection } from '../resource/projection.ts';
import { judgeNames } from '../schema/resource-names.ts';
import { noContent, readProjection, resourceAnswer } from './answer.ts';
import { readBody } from './body.ts';
import { hasVersionPrecondition } from './precondition.ts';
import type { ResourceExchange, ScimResponse } from './request.ts';
import { type Changed, changeResource, writeScope } from './write.ts';

/** The attributes that a request changed, extension attributes under their URN. */
const changesIn = (before: JsonObject, after: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(after).flatMap(([name, value]): [string, Json][] => {
      const old = own(before, name);
      if (isEqual(old, value)) return [];
      return [[name, name.includes(':') && isObject(old) && isObject(value) ? changesIn(old, value) : value]];
    }),
  );

/** Responds with the resource, or with 204 and the version for a large group unless the client requested attributes. */
const answer = async (
  { written, ...changed }: Changed & { readonly written: JsonObject },
  exchange: ResourceExchange,
  projection: Projection,
): Promise<ScimResponse> => {
  const { store } = exchange;
  const limit = projection.requested ? Infinity : limits.answeredMembers + 1;
  const members = projection.include.members
    ? await store.readMembers(writeScope(exchange), changed.resource.id, limit)
    : [];
  return !projection.requested && members.length === limit
    ? noContent(changed.resource)
    : resourceAnswer({ ...changed, members }, exchange, { status: 200, projection, written });
};

export async function patch(exchange: ResourceExchange, id: string): Promise<ScimResponse> {
  const { store, type, tolerate, locate } = exchange;
  const projection = readProjection(exchange);
  const operations = readPatchRequest(readBody(exchange), tolerate);
  checkOperationCount(operations, type);
  const scope = writeScope(exchange);
  const needsMembers = selectsMembers(operations, type, tolerate);
  let written: JsonObject = {};
  const { members: shown, groups } = projection.include;
  const include = { members: shown, groups: groups || replacesGroups(operations, type) };
  const changed = await changeResource(exchange, { id, include }, async (before, groupsBefore) => {
    const membersBefore = needsMembers ? await store.readMembers(scope, id, Infinity) : [];
    const { attributes: patched, members } = applyPatch(before.attributes, operations, {
      type,
      tolerate,
      id,
      membersBefore,
      groupsBefore,
      locate,
    });
    const attributes = judgeNames(before.attributes, patched, tolerate);
    written = changesIn(before.attributes, attributes);
    return store.update(scope, before, {
      attributes: isEqual(before.attributes, attributes) ? undefined : attributes,
      members,
      exact: hasVersionPrecondition(exchange),
    });
  });
  return answer({ ...changed, written }, exchange, projection);
}
