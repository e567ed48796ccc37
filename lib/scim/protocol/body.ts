/** The body of a request: its media type, its size, its JSON (RFC 7644 sections 3.1 and 3.12). */
import { invalidSyntax, ScimError, tooLarge } from '../error.ts';
import { isObject, type Json } from '../json/json.ts';
import { isLonger } from '../json/json-size.ts';
import { limits } from '../limits.ts';
import type { ResourceExchange } from './request.ts';

/** `application/scim+json`, `application/json`, or none; any charset parameter, any letter case (RFC 7231 section 3.1.1.1). */
const checkMediaType = (contentType: string | undefined): void => {
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!['', 'application/scim+json', 'application/json'].includes(mediaType))
    throw new ScimError(415, `The body must be application/scim+json or application/json, not ${mediaType}.`);
};

const checkSize = (text: string, { type }: ResourceExchange): void => {
  const bytes = type.members === undefined ? limits.bodyBytes : limits.membersBodyBytes;
  if (!isLonger(text, bytes)) return;
  const split = type.members === undefined ? '' : ` Send the members in several PATCH requests of some thousands each.`;
  throw tooLarge(`The body is larger than ${bytes / (1024 * 1024)} MB.${split}`);
};

/** Breadth first, so that the depth of hostile input costs no stack. */
const checkDepth = (body: Json): void => {
  let level: readonly Json[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.depth) throw invalidSyntax(`the body is nested deeper than ${limits.depth} levels`);
    level = level.flatMap((value): readonly Json[] =>
      Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [],
    );
  }
};

const parse = (text: string): Json => {
  try {
    // What JSON.parse returns is JSON.
    return JSON.parse(text.replace(/^\ufeff/, '')) as Json;
  } catch (cause) {
    throw new ScimError(400, 'the body is not valid JSON', { scimType: 'invalidSyntax', cause });
  }
};

/**
 * @returns the body's JSON
 * @throws 415; 413; 400 invalidSyntax when it is absent, is not JSON, or is nested too deep
 */
export function readBody(exchange: ResourceExchange): Json {
  const { body, header } = exchange.request;
  checkMediaType(header('content-type'));
  if (body === undefined || body.trim() === '') throw invalidSyntax('the request needs a JSON body');
  checkSize(body, exchange);
  const json = parse(body);
  checkDepth(json);
  return json;
}
