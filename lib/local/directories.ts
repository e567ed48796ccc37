/** Makes the directories of a local run and a token for each, through the admin API that everybody else uses. */

import * as z from 'zod';
import { parseJson } from '../common/json-text.ts';
import { STAGE } from '../lambda/routes.ts';
import type { DataFolder } from './data-folder.ts';
import { LocalRunError } from './local-run-error.ts';
import type { DirectorySettings } from './settings-file.ts';

export type OpenDirectory = { readonly id: string; readonly token: string };

/** Directory id -> its token: the only tokens that are kept in clear anywhere, for the developer's next start. */
const Tokens = z.record(z.string(), z.string());
const TOKENS_FILE = 'tokens.json';
const TOKEN_NAME = 'demo';
const MadeToken = z.object({ token: z.string() });
const Problem = z.object({ detail: z.string() });

type Answer = { readonly status: number; readonly body: unknown };
const call = async (url: string, method: 'POST' | 'DELETE', body?: unknown): Promise<Answer> => {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: parseJson(await response.text()) };
};
const reason = ({ status, body }: Answer) => Problem.safeParse(body).data?.detail ?? `the answer was ${status}`;

/** @returns whether it was there before */
const makeDirectory = async (admin: string, settings: DirectorySettings): Promise<boolean> => {
  const answer = await call(`${admin}/directories`, 'POST', settings);
  if (answer.status === 201 || answer.status === 409) return answer.status === 409;
  throw new LocalRunError(`The directory ${JSON.stringify(settings.id)} cannot be made: ${reason(answer)}`);
};

/** A token of this name that nobody remembers is of a first start that died before it was written down: it goes. */
const makeToken = async (admin: string, id: string): Promise<string> => {
  const tokens = `${admin}/directories/${id}/tokens`;
  const make = () => call(tokens, 'POST', { name: TOKEN_NAME });
  let answer = await make();
  if (answer.status === 409) {
    await call(`${tokens}/${TOKEN_NAME}`, 'DELETE');
    answer = await make();
  }
  if (answer.status === 201) return MadeToken.parse(answer.body).token;
  throw new LocalRunError(`No token can be made for the directory ${JSON.stringify(id)}: ${reason(answer)}`);
};

export type DirectoriesProps = {
  readonly origin: string;
  readonly folder: DataFolder;
  readonly wanted: readonly DirectorySettings[];
  /** Told of a directory that was there already: what the settings say of it now is not applied. */
  readonly existed: (id: string) => void;
};

/** @throws LocalRunError with the admin API's words, when a directory cannot be made */
export async function openDirectories({ origin, folder, wanted, existed }: DirectoriesProps): Promise<OpenDirectory[]> {
  const tokens = new Map(Object.entries(folder.read(TOKENS_FILE, Tokens) ?? {}));
  const opened: OpenDirectory[] = [];
  const admin = `${origin}/${STAGE}/admin`;
  for (const settings of wanted) {
    const { id } = settings;
    if (await makeDirectory(admin, settings)) existed(id);
    const token = tokens.get(id) ?? (await makeToken(admin, id));
    tokens.set(id, token);
    folder.write(TOKENS_FILE, Object.fromEntries(tokens));
    opened.push({ id, token });
  }
  return opened;
}
