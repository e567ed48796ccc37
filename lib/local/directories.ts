/** Creates the directories of a local run, and a token for each, through the ordinary admin API. */
import * as z from 'zod';
import { parseJson } from '../common/json-text.ts';
import { STAGE } from '../lambda/routes.ts';
import type { DataFolder } from './data-folder.ts';
import { LocalRunError } from './local-run-error.ts';
import type { DirectorySettings } from './settings-file.ts';

export type OpenDirectory = { readonly id: string; readonly token: string };

/** Tokens by directory id. The only tokens stored in plain text, so that the next start can print them again. */
const Tokens = z.record(z.string(), z.string());
const TOKENS_FILE = 'tokens.json';
const TOKEN_NAME = 'demo';
const NewToken = z.object({ token: z.string() });
const Problem = z.object({ detail: z.string() });

type Answer = { readonly status: number; readonly body: unknown };
const call = async (url: string, method: 'POST' | 'DELETE', body?: unknown): Promise<Answer> => {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: parseJson(await response.text()) };
};
const reason = ({ status, body }: Answer) => Problem.safeParse(body).data?.detail ?? `the admin API answered ${status}`;

/** @returns whether the directory already existed */
const createDirectory = async (admin: string, settings: DirectorySettings): Promise<boolean> => {
  const answer = await call(`${admin}/directories`, 'POST', settings);
  if (answer.status === 201 || answer.status === 409) return answer.status === 409;
  throw new LocalRunError(`Cannot create the directory ${JSON.stringify(settings.id)}: ${reason(answer)}`);
};

/** Replaces an existing token of this name: a start that crashed created it, but did not save it. */
const createToken = async (admin: string, id: string): Promise<string> => {
  const tokens = `${admin}/directories/${id}/tokens`;
  const post = () => call(tokens, 'POST', { name: TOKEN_NAME });
  let answer = await post();
  if (answer.status === 409) {
    await call(`${tokens}/${TOKEN_NAME}`, 'DELETE');
    answer = await post();
  }
  if (answer.status === 201) return NewToken.parse(answer.body).token;
  throw new LocalRunError(`Cannot create a token for the directory ${JSON.stringify(id)}: ${reason(answer)}`);
};

export type DirectoriesProps = {
  readonly origin: string;
  readonly folder: DataFolder;
  readonly wanted: readonly DirectorySettings[];
  /** Called for a directory that already exists. It keeps its settings; those in `wanted` are not applied. */
  readonly existed: (id: string) => void;
};

/** @throws LocalRunError with the admin API's detail if a directory or its token cannot be created */
export async function openDirectories({ origin, folder, wanted, existed }: DirectoriesProps): Promise<OpenDirectory[]> {
  const tokens = new Map(Object.entries(folder.read(TOKENS_FILE, Tokens) ?? {}));
  const opened: OpenDirectory[] = [];
  const admin = `${origin}/${STAGE}/admin`;
  for (const settings of wanted) {
    const { id } = settings;
    if (await createDirectory(admin, settings)) existed(id);
    const token = tokens.get(id) ?? (await createToken(admin, id));
    tokens.set(id, token);
    folder.write(TOKENS_FILE, Object.fromEntries(tokens));
    opened.push({ id, token });
  }
  return opened;
}
