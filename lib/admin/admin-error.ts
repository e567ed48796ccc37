/** The error type of the admin API, and its rendering as problem details (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import { ScimError } from '../scim/index.ts';
import { SecretsBusy } from '../tokens/shard-secret.ts';
import { SecretsUnavailable } from '../tokens/versioned-secret.ts';
import type { Problem } from './directory-messages.ts';

export class AdminError extends Error {
  readonly status: number;
  readonly title: string;
  /** Response headers, for example `Allow`. */
  readonly headers: Readonly<Record<string, string>>;
  /** @param detail the fault and its location, human-readable */
  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.name = 'AdminError';
    this.status = status;
    this.title = titleOf(status);
    this.headers = headers;
  }
}

/** The reason phrase of a status. Node 20 still has the old one of 413 (RFC 9110 section 15.5.14). */
const titleOf = (status: number) => (status === 413 ? 'Content Too Large' : (STATUS_CODES[status] ?? 'Error'));

export const badRequest = (detail: string) => new AdminError(400, detail);
export const notFound = (detail: string) => new AdminError(404, detail);
export const conflict = (detail: string) => new AdminError(409, detail);
export const unsupportedMediaType = (detail: string) => new AdminError(415, detail);
export const methodNotAllowed = (allow: string) =>
  new AdminError(405, `Method not allowed. Use one of: ${allow}.`, { Allow: allow });

/** Converts any error to the one sent to the caller: 503 for an outage, 500 without internals for anything unexpected. */
export const toAdminError = (error: unknown): AdminError => {
  if (error instanceof AdminError) return error;
  if (error instanceof ScimError) return new AdminError(error.status, error.message, error.headers);
  if (error instanceof SecretsBusy)
    return new AdminError(503, 'Tokens are being changed by other requests. Try again.', { 'Retry-After': '1' });
  if (error instanceof SecretsUnavailable)
    return new AdminError(503, 'The token store is temporarily unavailable. Try again later.', { 'Retry-After': '5' });
  return new AdminError(500, 'Internal error.');
};

/** Logs a failure of the server under the request id, which is all that the caller learns about it. */
export type Report = (error: unknown, requestId: string | undefined) => void;

/** RFC 9457 section 3.1: without `type` it is `about:blank`, and the title is the reason phrase of the status. */
export const toFailure = (thrown: unknown, requestId: string, report: Report) => {
  const { status, title, message, headers } = toAdminError(thrown);
  if (status >= 500) report(thrown, requestId);
  const detail = status === 500 ? `${message} See the log for request id ${requestId}.` : message;
  const problem: Problem = { status, title, detail };
  return { status, headers: { ...headers, 'Content-Type': 'application/problem+json' }, body: JSON.stringify(problem) };
};
