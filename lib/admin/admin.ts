/** What an operator does: directories and their tokens. */
import type { Directories } from '../store/directories.ts';
import type { Directory } from '../store/directory-item.ts';
import type { DirectorySettings } from '../store/directory-settings.ts';
import type { NewToken, Token, TokenStore } from '../tokens/token-store.ts';
import { badRequest, conflict, notFound } from './admin-error.ts';
import type { TokenSettings } from './messages.ts';

/** Every method throws AdminError for what the caller got wrong, and what `directories` and `tokens` throw. */
export type Admin = {
  /** @throws 409 when the id is taken */
  createDirectory(settings: DirectorySettings): Promise<Directory>;
  /** @throws 404 */
  readDirectory(id: string): Promise<Directory>;
  listDirectories(): Promise<readonly Directory[]>;
  /** @throws 404 without the directory, 409 when it has a token of that name, 400 for an expiry in the past */
  createToken(directory: string, settings: TokenSettings): Promise<NewToken>;
  /** Without the tokens' texts and hashes. @throws 404 */
  listTokens(directory: string): Promise<readonly Token[]>;
  /** @param key id or name. @throws 404, and 409 when several tokens have that name */
  revokeToken(directory: string, key: string): Promise<void>;
};

export type AdminOptions = {
  readonly directories: Directories;
  readonly tokens: TokenStore;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

export function createAdmin({ directories, tokens, now = Date.now }: AdminOptions): Admin {
  const readDirectory = async (id: string) => {
    const directory = await directories.read(id);
    if (directory === undefined) throw notFound(`There is no directory ${id}.`);
    return directory;
  };

  return {
    async createDirectory(settings) {
      const made = await directories.create(settings);
      if (made === 'taken') throw conflict(`There is a directory ${settings.id} already.`);
      return made;
    },
    readDirectory,
    listDirectories: () => directories.list(),
    async createToken(directory, { name, scopes, expiresAt }) {
      const end = expiresAt === undefined ? undefined : new Date(expiresAt);
      if (end !== undefined && end.getTime() <= now()) throw badRequest('expiresAt: lies in the past');
      await readDirectory(directory);
      const made = await tokens.create(directory, {
        name,
        scopes: [...new Set(scopes)],
        ...(end === undefined ? {} : { expiresAt: end.toISOString() }),
      });
      if (made === 'taken') throw conflict(`Directory ${directory} has a token named ${name} already.`);
      return made;
    },
    async listTokens(directory) {
      await readDirectory(directory);
      return tokens.list(directory);
    },
    async revokeToken(directory, key) {
      await readDirectory(directory);
      const outcome = await tokens.revoke(directory, key);
      if (outcome === 'unknown') throw notFound(`Directory ${directory} has no token ${key}.`);
      if (outcome === 'ambiguous') throw conflict(`Several tokens are named ${key}. Name one by its id.`);
    },
  };
}
