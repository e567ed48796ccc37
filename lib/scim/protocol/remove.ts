/** DELETE (RFC 7644 section 3.6). */
import { noContent } from './answer.ts';
import { hasVersionPrecondition } from './precondition.ts';
import type { ResourceExchange, ScimResponse } from './request.ts';
import { changeResource, writeScope } from './write.ts';

export async function remove(exchange: ResourceExchange, id: string): Promise<ScimResponse> {
  const scope = writeScope(exchange);
  const include = { members: false, groups: false };
  const exact = hasVersionPrecondition(exchange);
  await changeResource(exchange, { id, include }, async (resource) =>
    (await exchange.store.delete(scope, resource, { exact })) === 'stale' ? 'stale' : resource,
  );
  return noContent();
}
