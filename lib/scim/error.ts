/** SCIM errors (RFC 7644 section 3.12): one error type, thrown where a rule is broken and rendered in one place. */
import type { JsonObject } from './json/json.ts';

/** Detail error keywords of RFC 7644 table 9 and RFC 9865 section 2.1. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount';

/**
 * Why a PATCH in mode `tolerant` may skip what it refuses: the path names no attribute, or one that only the service
 * provider writes; or nothing in the value is understood.
 */
export type Skip = 'unknown' | 'readOnly' | 'value';

export type ScimErrorOptions = {
  readonly scimType?: ScimType | undefined;
  /** @default a request with this error is refused in both modes */
  readonly skip?: Skip | undefined;
  /** Response headers, for example `Allow` or `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
};

/** An error that the client receives as a SCIM error response. */
export class ScimError extends Error {
  readonly status: number;
  readonly scimType: ScimType | undefined;
  readonly skip: Skip | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** @param detail one sentence with the problem and the fix, for the admin who sees it in the identity provider */
  constructor(status: number, detail: string, { scimType, skip, headers = {}, cause }: ScimErrorOptions = {}) {
    super(detail, { cause });
    this.name = 'ScimError';
    this.status = status;
    this.scimType = scimType;
    this.skip = skip;
    this.headers = headers;
  }
}

const badRequest = (scimType: ScimType) => (detail: string, skip?: Skip) =>
  new ScimError(400, detail, { scimType, skip });
export const invalidFilter = badRequest('invalidFilter');
export const invalidSyntax = badRequest('invalidSyntax');
export const invalidPath = badRequest('invalidPath');
export const invalidValue = badRequest('invalidValue');
export const mutability = badRequest('mutability');
export const noTarget = badRequest('noTarget');
/** Nothing in the value is understood, so using it would delete what is stored. */
export const notUnderstood = (path: string) =>
  invalidValue(
    `${path} has a value of which nothing is understood: correct it, or send null to remove the value.`,
    'value',
  );
export const tooMany = badRequest('tooMany');
export const invalidCursor = badRequest('invalidCursor');
export const invalidCount = badRequest('invalidCount');

export const notFound = (typeName: string, id: string) =>
  new ScimError(404, `This directory has no ${typeName} with the id ${id}.`);
/** Another resource of the directory holds the value (RFC 7644 section 3.3). */
export const uniqueness = (detail: string) => new ScimError(409, detail, { scimType: 'uniqueness' });
/** If-Match does not match the current version (RFC 7644 section 3.14). */
export const preconditionFailed = (detail: string) => new ScimError(412, detail);
export const tooLarge = (detail: string) => new ScimError(413, detail);
/** The store or another service failed; never reported as "not found". The client should retry later. */
export const unavailable = (cause: unknown, retryAfterSeconds = 5) =>
  new ScimError(
    503,
    'The service is temporarily unavailable and may not have completed the request: try again later.',
    {
      headers: { 'Retry-After': String(retryAfterSeconds) },
      cause,
    },
  );
/** The request ran out of time between two steps; a retry completes it. 429, because Okta resumes only after 429. */
export const notFinished = (retryAfterSeconds = 1) =>
  new ScimError(429, 'The change is too large to finish in one request: repeat the same request to complete it.', {
    headers: { 'Retry-After': String(retryAfterSeconds) },
  });

/** Concurrent writes to the resource made every attempt fail until the deadline. */
export const overtaken = () =>
  new ScimError(429, 'Other requests kept changing the resource until the deadline: repeat the request.', {
    headers: { 'Retry-After': '1' },
  });

/** Writes are refused until an admin resumes the directory. 429, because Okta continues by itself only after 429. */
export const paused = (detail: string) => new ScimError(429, detail, { headers: { 'Retry-After': '900' } });

const ERROR_URN = 'urn:ietf:params:scim:api:messages:2.0:Error';
/** The error message. `status` is a string (RFC 7644 section 3.12). */
export const toErrorBody = (error: ScimError): JsonObject => ({
  schemas: [ERROR_URN],
  status: String(error.status),
  ...(error.scimType === undefined ? {} : { scimType: error.scimType }),
  detail: error.message,
});
