/** Records the usage of requests: when a token was last used, and when a directory was first connected. */
import type { Actor, ScimResponse } from '../scim/index.ts';
import type { Directory } from '../store/items/directory-item.ts';

type Stores = {
  readonly noteUse: (token: { readonly directory: string; readonly tokenId: string }) => Promise<void>;
  readonly connect: (directory: string, by: Actor) => Promise<void>;
  /** Removes the directory from the cache, so that the next request reads it again. */
  readonly forget: (directory: string) => void;
};
type Used = { readonly directory: Directory; readonly actor: Actor; readonly tokenId: string };

const succeeded = ({ status }: ScimResponse) => status < 400;

/** A failure to record the usage does not fail the request. */
const report = (error: unknown) => console.error(error);

/**
 * Serves a request and records it: the token's use while serving, the connection after the first success. Both are
 * written before the response, because Lambda may freeze the function afterwards.
 */
export const createUsageRecord =
  ({ noteUse, connect, forget }: Stores) =>
  async ({ directory, actor, tokenId }: Used, serve: () => Promise<ScimResponse>): Promise<ScimResponse> => {
    const noted = noteUse({ directory: directory.id, tokenId }).catch(report);
    const [response] = await Promise.all([serve(), noted]);
    if (directory.connectedAt === undefined && succeeded(response)) {
      await connect(directory.id, actor).then(() => forget(directory.id), report);
    }
    return response;
  };
