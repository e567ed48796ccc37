/** `npm run check:events`: compares the lifecycle events of a local run with the lists of its directories. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { eventFiles, fullFiles } from '../../lib/local/event-file.ts';
import { type ResourceType, resourceTypes } from '../../lib/scim/index.ts';
import { compareDirectory, type Listed } from './compare-directory.ts';
import { type Folded, type FoldedDirectory, foldEvents } from './fold-events.ts';

const USAGE = `npm run check:events -- DIR/events.ndjson [--base URL --token [DIRECTORY=]TOKEN ...]

Fold the lifecycle events of a local run and compare the result with the lists of its directories. Without options, the
base URL and the tokens come from the files next to the events file.
Exit code 0: they agree; 1: one line for each difference; 2: the check could not run
`;
const PAGE = 100;
/** Events arrive after the responses, so only a difference that persists counts. */
const TRIES = 10;
const WAIT_MS = 500;

const Run = z.object({ baseUrl: z.url() });
/** Token by directory. */
const Tokens = z.record(z.string(), z.string());
const ListResponse = z.object({ totalResults: z.int(), Resources: z.array(z.record(z.string(), z.json())) });
type Options = { readonly base?: string; readonly token?: string[] };
type Target = { readonly baseUrl: string; readonly tokens: ReadonlyMap<string, string> };

/** The check cannot run. */
class CannotCheck extends Error {}

const readJson = async <T>(file: string, schema: z.ZodType<T>): Promise<T> => {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new CannotCheck(`${file}: ${error instanceof Error ? error.message : error}. Pass --base and --token`);
  }
};

/** A token without a directory belongs to the only directory of the events. */
const parseTokens = (tokens: readonly string[], { directories }: Folded): ReadonlyMap<string, string> => {
  const [only, ...others] = directories.keys();
  return new Map(
    tokens.map((text) => {
      const [id, token] = text.includes('=') ? text.split('=', 2) : [others.length === 0 ? only : undefined, text];
      if (id === undefined || token === undefined)
        throw new CannotCheck('Pass --token DIRECTORY=TOKEN for each directory');
      return [id, token];
    }),
  );
};

const findTarget = async (file: string, options: Options): Promise<Target> => {
  const { base, token } = options;
  const folder = dirname(file);
  const tokens = token
    ? parseTokens(token, foldEvents(await readLines(file)))
    : new Map(Object.entries(await readJson(join(folder, 'tokens.json'), Tokens)));
  return { baseUrl: base ?? (await readJson(join(folder, 'run.json'), Run)).baseUrl, tokens };
};

const readLines = async (file: string) => {
  const [oldest] = fullFiles(file);
  if (oldest !== undefined && oldest.number > 1)
    throw new CannotCheck(`The events before ${oldest.path} are deleted: check a run from its beginning`);
  try {
    const texts = await Promise.all([...new Set([...eventFiles(file), file])].map((one) => readFile(one, 'utf8')));
    return texts.flatMap((text) => text.split('\n'));
  } catch (error) {
    throw new CannotCheck(error instanceof Error ? error.message : String(error));
  }
};

const readPage = async (url: URL, token: string) => {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } }).catch((error: unknown) => {
    throw new CannotCheck(`Cannot reach ${url.origin}: ${error}`);
  });
  if (!response.ok) throw new CannotCheck(`${url}: ${response.status} ${await response.text()}`);
  return ListResponse.parse(await response.json());
};

/** Lists all resources page by page, as an identity provider would. */
const list = async (baseUrl: string, token: string, type: ResourceType): Promise<Listed> => {
  const resources: Listed['resources'][number][] = [];
  const hidden = type.memberOf?.attribute;
  for (;;) {
    const url = new URL(`${baseUrl}${type.endpoint}`);
    url.search = new URLSearchParams({
      startIndex: String(resources.length + 1),
      count: String(PAGE),
      ...(hidden === undefined ? {} : { excludedAttributes: hidden }),
    }).toString();
    const page = await readPage(url, token);
    resources.push(...page.Resources);
    if (resources.length >= page.totalResults || page.Resources.length === 0) {
      if (resources.length !== page.totalResults) {
        throw new CannotCheck(`${type.endpoint}: ${resources.length} listed, totalResults ${page.totalResults}`);
      }
      return { noun: type.name.toLowerCase(), resources, hasMembers: type.members !== undefined };
    }
  }
};

const nothing: FoldedDirectory = { resources: new Map(), members: new Map() };
const compareAll = async (folded: Folded, { baseUrl, tokens }: Target) => {
  const lines: string[] = [...folded.faults];
  let resources = 0;
  for (const [id, token] of tokens) {
    const lists = [];
    for (const type of resourceTypes) lists.push(await list(baseUrl, token, type));
    resources += lists.reduce((sum, one) => sum + one.resources.length, 0);
    const differences = compareDirectory(folded.directories.get(id) ?? nothing, lists);
    lines.push(...differences.map((difference) => `${id}: ${difference}`));
  }
  return { lines, resources };
};

const summary = (folded: Folded, { tokens }: Target, { lines, resources }: { lines: string[]; resources: number }) => {
  const withoutToken = [...folded.directories.keys()].filter((id) => !tokens.has(id));
  return [
    [
      `${folded.events} ${folded.events === 1 ? 'event' : 'events'}`,
      `${tokens.size} ${tokens.size === 1 ? 'directory' : 'directories'}`,
      `${resources} ${resources === 1 ? 'resource' : 'resources'}`,
      `${lines.length} ${lines.length === 1 ? 'difference' : 'differences'}`,
    ].join(', '),
    ...(withoutToken.length === 0 ? [] : [`not compared, no token: ${withoutToken.join(', ')}`]),
  ];
};

const check = async (file: string, options: Options): Promise<number> => {
  const target = await findTarget(file, options);
  for (let left = TRIES; ; left--) {
    const folded = foldEvents(await readLines(file));
    const compared = await compareAll(folded, target);
    if (compared.lines.length === 0 || left === 1) {
      for (const line of [...compared.lines, ...summary(folded, target, compared)]) console.log(line);
      return compared.lines.length === 0 ? 0 : 1;
    }
    await wait(WAIT_MS);
  }
};

const readOptions = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { base: { type: 'string' }, token: { type: 'string', multiple: true }, help: { type: 'boolean' } },
    });
  } catch (error) {
    throw new CannotCheck(error instanceof Error ? error.message : String(error));
  }
};
const run = async () => {
  const { values, positionals } = readOptions();
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const [file] = positionals;
  if (file === undefined) throw new CannotCheck('Pass the events file: npm run check:events -- DIR/events.ndjson');
  return check(file, values);
};

process.exitCode = await run().catch((error: unknown) => {
  console.error(error instanceof CannotCheck ? error.message : error);
  return 2;
});
