/** POST to a resource type's endpoint (RFC 7644 section 3.3). */

import { invalidValue } from '../error.ts';
import type { JsonObject } from '../json/json.ts';
import { withNestedKeys } from '../patch/nested-keys.ts';
import { readResourceBody } from '../resource/resource-body.ts';
import { withDefaults } from '../schema/default-values.ts';
import { judgeNames } from '../schema/resource-names.ts';
import type { ResourceType } from '../schema/schema.ts';
import { readProjection, resourceAnswer } from './answer.ts';
import { readBody } from './body.ts';
import type { ResourceExchange, ScimResponse } from './request.ts';
import { writeScope } from './write.ts';

/** A new user is active unless the client specifies otherwise (RFC 7643 section 4.1.1). */
const withActive = (attributes: JsonObject, { schema }: ResourceType): JsonObject =>
  schema.attributes.some(({ name, type }) => name === 'active' && type === 'boolean')
    ? { ...attributes, active: attributes.active ?? true }
    : attributes;

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** @throws invalidValue unless the id is a lower-case UUID of version 4, as every resource id is */
const checkGivenId = (id: string): string => {
  if (!UUID_V4.test(id)) throw invalidValue('id cannot be restored: expected a lower-case UUID of version 4.');
  return id;
};

export async function create(exchange: ResourceExchange): Promise<ScimResponse> {
  const { store, type, tolerate, defaultGroups, caller } = exchange;
  const projection = readProjection(exchange);
  const { attributes: written, members = [] } = readResourceBody(
    withNestedKeys(readBody(exchange), exchange),
    exchange,
  );
  const attributes = judgeNames(undefined, withActive(withDefaults(written, type), type), tolerate);
  const restored = caller.givenId !== undefined;
  const id = caller.givenId === undefined ? crypto.randomUUID() : checkGivenId(caller.givenId);
  // A restored user keeps its previous memberships and joins no others.
  const joins = restored ? [] : await defaultGroups.idsFor(exchange);
  const resource = await store.create(writeScope(exchange), { id, attributes, members, joins, restored });
  const groups = restored ? [] : await defaultGroups.ensureMembership(exchange, resource);
  const stored =
    members.length > 0 && projection.include.members
      ? await store.readMembers(writeScope(exchange), resource.id, Infinity)
      : [];
  // Not read again: no other request can add the resource to a group before this response reveals its id.
  return resourceAnswer({ resource, members: stored, groups }, exchange, { status: 201, projection, written });
}
