/** What requests leave behind beside their work: when a token was last used, and that a directory is connected. */
import type { Actor, ScimResponse } from '../scim/index.ts';
import type { Directory } from '../store/items/directory-item.ts';

type Stores = {
  readonly noteUse: (token: { readonly directory: string; readonly tokenId: string }) => Promise<void>;
  readonly connect: (directory: string, by: Actor) => Promise<void>;
  /** Makes the next request read the directory anew. */
  readonly forget: (directory: string) => void;
};
type Used = { readonly directory: Directory; readonly actor: Actor; readonly tokenId: string };

const succeeded = ({ status }: ScimResponse) => status < 400;

/** The request goes on whatever becomes of the record of it. */
const report = (error: unknown) => console.error(error);

/**
 * Serves a request and records it: the token's use beside the work, the connection after the first success. Both are
 * written before the answer is given, because a function may be frozen afterwards.
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
