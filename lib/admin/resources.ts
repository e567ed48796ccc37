/** Reads a directory's users and groups through SCIM, without a token, for the engineer's own backend. */
import type { Caller, CursorKey, createServiceProvider, ScimResponse } from '../scim/index.ts';
import type { Directory } from '../store/items/directory-item.ts';
import { toAdminError } from './admin-error.ts';

type Reading = {
  readonly directory: Directory;
  /** `['Users']`, `['Groups', '<id>']` */
  readonly path: readonly string[];
  readonly query: ReadonlyMap<string, string>;
  /** The base URL of locations in the response, without a trailing slash. */
  readonly baseUrl: string;
  readonly requestId: string;
};
/** @throws AdminError if SCIM refuses the request */
export type ReadResources = (reading: Reading) => Promise<ScimResponse>;

export type ResourcesOptions = {
  readonly serve: ReturnType<typeof createServiceProvider>;
  readonly workSeconds: number;
  readonly cursorKey: (directory: string) => Promise<CursorKey>;
};

export const createReadResources =
  ({ serve, workSeconds, cursorKey }: ResourcesOptions): ReadResources =>
  async ({ directory, path, query, baseUrl, requestId }) => {
    const caller: Caller = {
      directory,
      actor: { kind: 'admin', requestId },
      reason: 'change',
      cursorKey: () => cursorKey(directory.id),
      deadline: Date.now() + workSeconds * 1000,
    };
    const request = { method: 'GET', path, query, header: () => undefined, body: undefined, baseUrl };
    const response = await serve(request, caller);
    if (response.error !== undefined) throw toAdminError(response.error);
    return response;
  };
