/** GET of one resource (RFC 7644 section 3.4.1). */
import { notFound } from '../error.ts';
import { readProjection, resourceAnswer } from './answer.ts';
import { notModified } from './precondition.ts';
import type { ResourceExchange, ScimResponse } from './request.ts';

export async function read(exchange: ResourceExchange, id: string): Promise<ScimResponse> {
  const { store, caller, type } = exchange;
  const projection = readProjection(exchange);
  const loaded = await store.read({ directory: caller.directory.id, type }, id, projection.include);
  if (loaded === undefined) throw notFound(type.name, id);
  return notModified(exchange, loaded.resource) ?? resourceAnswer(loaded, exchange, { status: 200, projection });
}
