/** Operations on directories and their tokens. */
import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../scim/index.ts';
import type { DeleteDirectory, DeletionProgress } from '../store/directories/delete-directory.ts';
import type { Directories } from '../store/directories/directories.ts';
import { DirectorySettings, labelFault } from '../store/directories/directory-settings.ts';
import type { Directory } from '../store/items/directory-item.ts';
import type { TokenUse } from '../store/tokens/token-use.ts';
import type { Token } from '../tokens/list-tokens.ts';
import type { NewToken, TokenStore } from '../tokens/token-store.ts';
import { badRequest, conflict, notFound } from './admin-error.ts';
import { FIXED_SETTINGS, type Rotation, type TokenSettings } from './directory-messages.ts';
import { mergePatch } from './merge-patch.ts';
import { parse } from './parse.ts';
import { refuseStranded } from './stranded-types.ts';

type Deletion = DeletionProgress & Pick<Directory, 'createdAt'>;
type UsedToken = Token & { readonly lastUsedAt?: string };
type Rotated = { readonly created: NewToken; readonly replaced: Token };

/**
 * Every method throws AdminError for an invalid call (404 if the directory does not exist, 409 while it is being
 * deleted) and passes on the errors of `directories` and `tokens`.
 */
export type Admin = {
  /** @throws 409 if the id is taken */
  createDirectory(settings: DirectorySettings, by: Actor): Promise<Directory>;
  readDirectory(id: string): Promise<Directory>;
  /** Like `readDirectory`. @throws 409 while the directory is being deleted */
  readLiveDirectory(id: string): Promise<Directory>;
  listDirectories: Directories['list'];
  /** @param patch settings as a merge patch (RFC 7396). @throws 400 for an invalid, unknown or fixed setting */
  changeDirectory(id: string, patch: Readonly<Record<string, unknown>>, by: Actor): Promise<Directory>;
  pauseDirectory(id: string, by: Actor): Promise<Directory>;
  resumeDirectory(id: string, by: Actor): Promise<Directory>;
  /**
   * Runs one step of the deletion. The first one locks out the directory's clients.
   * @param createdAt deletes only the directory created at this time. @throws 404 if there is a different one
   */
  deleteDirectory(id: string, by: Actor, createdAt?: string): Promise<'deleted' | Deletion>;
  /** @throws 409 if the directory has a token of that name, 400 for an expiry in the past */
  createToken(directory: string, settings: TokenSettings): Promise<NewToken>;
  /** Never includes the text or hash of a token. @param ended includes refused tokens that are not cleaned up yet */
  listTokens(directory: string, ended?: boolean): Promise<readonly UsedToken[]>;
  /** @param key id or name. @throws 404; 409 if the name is ambiguous or the token has already been rotated */
  rotateToken(directory: string, key: string, rotation: Rotation): Promise<Rotated>;
  /** @param key id or name. @throws 404; 409 if the name is ambiguous */
  revokeToken(directory: string, key: string): Promise<void>;
};

export type AdminOptions = {
  readonly directories: Directories;
  readonly deletion: DeleteDirectory;
  readonly tokens: TokenStore;
  readonly tokenUse: Pick<TokenUse, 'ofDirectory'>;
  /** Time limit of one deletion step. */
  readonly stepSeconds: number;
  /** Time limit of a change of tokens. */
  readonly workSeconds: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

const HOUR_MS = 60 * 60 * 1000;
/** The last time with a four-digit year, as RFC 3339 requires. */
const LATEST_MS = Date.parse('9999-12-31T23:59:59.999Z');
const settingNames = Object.keys(DirectorySettings.shape);
const only = (directory: object, isWanted: (name: string) => boolean) =>
  Object.fromEntries(Object.entries(directory).filter(([name]) => isWanted(name)));

const refuseLabels = (labels: Directory['labels']) => {
  const fault = labelFault(labels);
  if (fault !== undefined) throw badRequest(fault);
};

const patched = (before: Directory, patch: Readonly<Record<string, unknown>>): Directory => {
  const fixed = FIXED_SETTINGS.find((name) => Object.hasOwn(patch, name));
  if (fixed !== undefined) throw badRequest(`${fixed}: cannot be changed after the directory is created`);
  const isSetting = (name: string) => settingNames.includes(name);
  const settings = parse(DirectorySettings, mergePatch(only(before, isSetting), patch));
  const after = { ...(only(before, (name) => !isSetting(name)) as Directory), ...settings };
  refuseStranded(before, after);
  if (!isDeepStrictEqual(before.labels, after.labels)) refuseLabels(after.labels);
  return after;
};

const paused = (before: Directory): Directory =>
  before.status === 'paused' ? before : { ...before, status: 'paused', pausedBy: 'admin' };
const resumed = ({ pausedBy: _, ...before }: Directory): Directory => ({ ...before, status: 'active' });

/** The time stamp that a rotation appends to the name. */
const ROTATION_SUFFIX = /-\d{8}-\d{6}$/;
const MAX_NAME = 64;
const nextName = (name: string, at: Date) => {
  const stamp = at.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `${name.replace(ROTATION_SUFFIX, '').slice(0, MAX_NAME - stamp.length - 1)}-${stamp}`;
};

const createDirectoryAdmin = ({ directories, deletion, tokens, stepSeconds, now = Date.now }: AdminOptions) => {
  const missing = (id: string) => notFound(`There is no directory ${id}.`);
  const readDirectory = async (id: string) => {
    const directory = await directories.read(id);
    if (directory === undefined) throw missing(id);
    return directory;
  };
  const refuseDeleted = (directory: Directory) => {
    if (directory.status === 'deleting') throw conflict(`Directory ${directory.id} is being deleted.`);
  };
  const change = async (id: string, by: Actor, edit: (before: Directory) => Directory) => {
    const after = await directories.change(id, by, (before) => {
      refuseDeleted(before);
      return edit(before);
    });
    if (after === undefined) throw missing(id);
    return after;
  };
  const markDeleted = async (id: string, by: Actor, createdAt: string | undefined) => {
    const deletedAt = new Date(now()).toISOString();
    const marked = await directories.change(id, by, ({ pausedBy: _, ...before }) => {
      if (createdAt !== undefined && createdAt !== before.createdAt) throw missing(id);
      return before.status === 'deleting' ? before : { ...before, status: 'deleting', deletedAt };
    });
    if (marked === undefined) throw missing(id);
    return marked;
  };

  const admin = {
    async createDirectory(settings, by) {
      refuseLabels(settings.labels);
      const created = await directories.create(settings, by);
      if (created !== 'taken') return created;
      const existing = await directories.read(settings.id);
      if (existing !== undefined) refuseDeleted(existing);
      throw conflict(`Directory ${settings.id} already exists.`);
    },
    readDirectory,
    listDirectories: (after) => directories.list(after),
    changeDirectory: (id, patch, by) => change(id, by, (before) => patched(before, patch)),
    pauseDirectory: (id, by) => change(id, by, paused),
    resumeDirectory: (id, by) => change(id, by, resumed),
    async deleteDirectory(id, by, createdAt) {
      const deadline = now() + stepSeconds * 1000;
      const directory = await markDeleted(id, by, createdAt);
      await tokens.revokeAll(directory, deadline);
      const progress = await deletion(directory, { deadline });
      return progress === 'deleted' ? progress : { createdAt: directory.createdAt, ...progress };
    },
  } satisfies Partial<Admin>;
  return { ...admin, refuseDeleted };
};

type LiveDirectory = (id: string) => Promise<Directory>;

const nameTaken = (directory: string, name: string) =>
  conflict(`Directory ${directory} already has a token named ${name}.`);
const missingToken = (directory: string, key: string) => notFound(`Directory ${directory} has no token ${key}.`);
const severalNamed = (key: string) => conflict(`More than one token is named ${key}. Use the token's id instead.`);
const refuseReplaced = ({ name, replacedBy }: Token) => {
  if (replacedBy === undefined) return;
  throw conflict(`Token ${name} has already been replaced by ${replacedBy}. Rotate that one instead.`);
};

const createTokenAdmin = (
  { tokens, tokenUse, workSeconds, now = Date.now }: AdminOptions,
  requireDirectory: LiveDirectory,
) => {
  const inFuture = (time: string | undefined): string | undefined => {
    if (time === undefined) return undefined;
    const end = new Date(time);
    if (end.getTime() <= now()) throw badRequest('expiresAt: must not be in the past');
    if (end.getTime() > LATEST_MS) throw badRequest('expiresAt: must not be later than the year 9999 in UTC');
    return end.toISOString();
  };
  const deadline = () => now() + workSeconds * 1000;
  const findToken = async (owner: Directory, key: string): Promise<Token> => {
    const directory = owner.id;
    const all = await tokens.list(owner);
    const named = all.filter(({ name }) => name === key);
    const [found] = [...all.filter(({ id }) => id === key), ...named];
    if (found === undefined) throw missingToken(directory, key);
    if (found.id !== key && named.length > 1) throw severalNamed(key);
    return found;
  };
  /** The expiry that gives the new token the lifetime of the old one. */
  const sameLifetime = ({ createdAt, expiresAt }: Token): string | undefined =>
    expiresAt && new Date(Math.min(LATEST_MS, now() + Date.parse(expiresAt) - Date.parse(createdAt))).toISOString();

  return {
    async createToken(directory, { name, scopes, expiresAt }) {
      const end = inFuture(expiresAt);
      const until = deadline();
      const settings = { name, scopes: [...new Set(scopes)], ...(end === undefined ? {} : { expiresAt: end }) };
      const created = await tokens.create(await requireDirectory(directory), settings, until);
      if (created === 'taken') throw nameTaken(directory, name);
      return created;
    },
    async listTokens(directory, ended = false) {
      const owner = await requireDirectory(directory);
      const [all, used] = await Promise.all([tokens.list(owner, ended), tokenUse.ofDirectory(directory)]);
      return all.map((token) => {
        const lastUsedAt = used.get(token.id);
        return lastUsedAt === undefined ? token : { ...token, lastUsedAt };
      });
    },
    async rotateToken(directory, key, { name: wanted, overlapHours, expiresAt }) {
      const end = inFuture(expiresAt);
      const workUntil = deadline();
      const owner = await requireDirectory(directory);
      const old = await findToken(owner, key);
      refuseReplaced(old);
      const name = wanted ?? nextName(old.name, new Date(now()));
      const lifetime = end ?? sameLifetime(old);
      const outcome = await tokens.rotate(
        owner,
        {
          id: old.id,
          until: new Date(now() + overlapHours * HOUR_MS).toISOString(),
          successor: { name, scopes: [...old.scopes], ...(lifetime === undefined ? {} : { expiresAt: lifetime }) },
        },
        workUntil,
      );
      if (outcome === 'taken') throw nameTaken(directory, name);
      if (outcome === 'unknown') throw missingToken(directory, key);
      if (outcome === 'replaced') throw conflict(`Token ${old.name} was rotated by another request.`);
      return outcome;
    },
    async revokeToken(directory, key) {
      const until = deadline();
      const outcome = await tokens.revoke(await requireDirectory(directory), key, until);
      if (outcome === 'unknown') throw missingToken(directory, key);
      if (outcome === 'ambiguous') throw severalNamed(key);
    },
  } satisfies Partial<Admin>;
};

export function createAdmin(options: AdminOptions): Admin {
  const { refuseDeleted, ...ofDirectories } = createDirectoryAdmin(options);
  const readLiveDirectory = async (id: string) => {
    const directory = await ofDirectories.readDirectory(id);
    refuseDeleted(directory);
    return directory;
  };
  return { ...ofDirectories, readLiveDirectory, ...createTokenAdmin(options, readLiveDirectory) };
}
