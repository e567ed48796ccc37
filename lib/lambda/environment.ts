/** Environment variables of the functions, parsed once at load. Each entry point requests those that it needs. */
import * as z from 'zod/mini';
import { variables } from './variables.ts';

const name = z.string().check(z.minLength(1));
// Not z.url(), which adds 2 kB to every bundle.
const url = z.string().check(z.refine((text) => URL.canParse(text)));

const values = {
  tableName: z.string().check(z.minLength(3)),
  eventBusName: name,
  eventBusArn: name,
  archiveArn: name,
  replayRuleArn: name,
  failureBucketUrl: url,
  eventLimitBytes: z.optional(z.pipe(z.string().check(z.regex(/^\d{1,7}$/)), z.transform(Number))),
  webhookUrl: url,
  webhookSecretArn: name,
  region: name,
  tokenSecretPrefix: name,
  scheme: z._default(z.enum(['http', 'https']), 'https'),
} as const satisfies Record<keyof typeof variables, z.ZodMiniType>;

type Environment = { readonly [K in keyof typeof values]: z.infer<(typeof values)[K]> };

/**
 * For example `const { tableName } = parseEnvironment(['tableName'])`.
 * @throws Error that names every missing or invalid variable
 */
export function parseEnvironment<K extends keyof Environment>(
  names: readonly K[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Pick<Environment, K> {
  const parsed = names.map((name) => ({ name, ...values[name].safeParse(environment[variables[name]]) }));
  const invalid = parsed.filter(({ success }) => !success).map(({ name }) => variables[name]);
  if (invalid.length > 0) throw new Error(`invalid environment: ${invalid.join(', ')}`);
  return Object.fromEntries(parsed.map(({ name, data }) => [name, data])) as Pick<Environment, K>;
}
