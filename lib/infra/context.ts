/**
 * Options of `cdk deploy` as context, `-c rollcall:archiveDays=30` or in cdk.json. Only `bin/app.ts` reads them; the
 * construct takes props.
 */
import { closest } from 'fastest-levenshtein';
import * as z from 'zod';

const PREFIX = 'rollcall:';

/** `-c` passes text; cdk.json may hold the value itself. */
const number = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)], 'a whole number');
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], 'true or false');
const text = z.string('a text').min(1, 'a text');
const sizes = z.record(text, number);

const options = {
  alarmEmail: text,
  archiveDays: number,
  burst: number,
  certificateArn: text,
  cloudWatchRole: z.enum(['create', 'existing'], 'create or existing'),
  destroyData: flag,
  domainName: text,
  eventLimitBytes: number,
  hostedZoneId: text,
  hostedZoneName: text,
  logRetentionDays: number,
  memorySize: sizes,
  parallelizationFactor: number,
  permissionsBoundaryArn: text,
  requestsPerSecond: number,
  reservedConcurrency: sizes,
  schemaRegistry: flag,
  tracing: flag,
  warmReadUnitsPerSecond: number,
  warmWriteUnitsPerSecond: number,
  webAclDirectories: number,
  webAclRequestsPerFiveMinutes: number,
} as const;
const names = Object.keys(options);
const Options = z.object(options).partial();

/** The two options of the first release, without the prefix. */
const Unprefixed = z.object({ webhookUrl: text, alarmTopicArn: text }).partial();

export type Context = z.infer<typeof Options> & z.infer<typeof Unprefixed>;

/** An option that is given as '' counts as not given, so that a script can pass an empty variable. */
const given = (context: Readonly<Record<string, unknown>>) =>
  Object.entries(context).filter(([, value]) => value !== undefined && value !== '');

const refuse = (name: string): Error =>
  new Error(`There is no option ${PREFIX}${name}. Did you mean ${PREFIX}${closest(name, names)}?`);

/**
 * Reads the options.
 * @param context all context values; those of the CDK itself and of other constructs are ignored
 * @throws Error for an unknown `rollcall:` key, with the nearest known one, and for a value that an option cannot have
 */
export const readContext = (context: Readonly<Record<string, unknown>>): Context => {
  const values = given(context);
  const ours = values.flatMap(([key, value]) => (key.startsWith(PREFIX) ? [[key.slice(PREFIX.length), value]] : []));
  for (const [name] of ours) if (!names.includes(String(name))) throw refuse(String(name));
  const read = Options.safeParse(Object.fromEntries(ours));
  const [issue] = read.error?.issues ?? [];
  if (issue !== undefined) throw new Error(`${PREFIX}${issue.path.join('.')} must be ${issue.message}.`);
  return { ...read.data, ...Unprefixed.parse(Object.fromEntries(values)) };
};
