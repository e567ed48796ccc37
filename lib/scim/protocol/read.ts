/** GET of one resource (RFC 7644 section 3.4.1). */
import { notFound } from '../error.ts';
import { readProjection, resourceAnswer } from './answer.ts';
import { notModified } from './precondition.ts';
import type { ResourceExchange, ScimResponse } from './request.ts';

export async function read(exchange: ResourceExchange, id: string): Promise<ScimResponse> {
  const { store, caller, type } = exchange;
  const projection = readProjection(exchange);
  const { include } = projection;
  const loaded = await store.read({ directory: caller.directory.id, type }, id, include);
  if (loaded === undefined) throw notFound(type.name, id);
  return (
    notModified(exchange, loaded.resource, include) ?? resourceAnswer(loaded, exchange, { status: 200, projection })
  );
}
