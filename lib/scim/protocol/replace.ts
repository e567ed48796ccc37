/** PUT (RFC 7644 section 3.5.1). */
import { isEqual } from '../json/json.ts';
import { withNestedKeys } from '../patch/nested-keys.ts';
import { withoutItself } from '../resource/members.ts';
import { replaceAttributes } from '../resource/replacement.ts';
import { readResourceBody } from '../resource/resource-body.ts';
import { judgeNames } from '../schema/resource-names.ts';
import { readProjection, resourceAnswer } from './answer.ts';
import { readBody } from './body.ts';
import { hasVersionPrecondition } from './precondition.ts';
import type { ResourceExchange, ScimResponse } from './request.ts';
import { changeResource, writeScope } from './write.ts';

export async function replace(exchange: ResourceExchange, id: string): Promise<ScimResponse> {
  const { store, type, tolerate } = exchange;
  const projection = readProjection(exchange);
  const body = readResourceBody(withNestedKeys(readBody(exchange), exchange), { ...exchange, replaces: true });
  withoutItself(body.members ?? [], id, () => false);
  const scope = writeScope(exchange);
  const { include } = projection;
  const changed = await changeResource(exchange, { id, include }, (before) => {
    const replaced = replaceAttributes(before.attributes, body, type);
    const attributes = judgeNames(before.attributes, replaced, tolerate);
    return store.update(scope, before, {
      attributes: isEqual(before.attributes, attributes) ? undefined : attributes,
      members: body.members && { replace: true, add: body.members, remove: [] },
      exact: hasVersionPrecondition(exchange),
    });
  });
  const members = include.members ? await store.readMembers(scope, id, Infinity) : [];
  return resourceAnswer({ ...changed, members }, exchange, { status: 200, projection, written: body.attributes });
}
