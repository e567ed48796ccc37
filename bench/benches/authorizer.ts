/** CPU time of the authorizer: its load, its first invocation, and warm ones. Decision 7 chooses its memory by it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleFunction } from '../../lib/infra/bundle.ts';
import { variables } from '../../lib/lambda/variables.ts';
import { serveAwsJson } from '../../lib/local/aws-json.ts';
import { createSecretsManager } from '../../lib/local/secrets-manager.ts';
import { printShard, type StoredToken } from '../../lib/tokens/stored-token.ts';
import { createToken, createTokenId, hashToken } from '../../lib/tokens/token-format.ts';
import type { Bench, Row } from '../bench.ts';
import { medianOf } from '../interleave.ts';

const ROUNDS = 21;
/** A full shard of 48 KB, which is the dearest to read. */
const TOKENS = 170;
const WARM_CALLS = 5000;
const READS = 200;
const PREFIX = 'rollcall/bench/tokens';

/** Prints CPU times in milliseconds, and the peak of resident memory in KB. */
const MEASURE = `
const [file, token, calls, reads] = process.argv.slice(1);
const now = Date.now;
let ahead = 0;
Date.now = () => now() + ahead;
const cpuOf = async (work) => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};
const event = { type: 'TOKEN', authorizationToken: 'Bearer ' + token, methodArn: 'arn:aws:execute-api:local:0:api/scim/GET/v2/Users' };
const main = async () => {
  let handler;
  const load = await cpuOf(() => { handler = require(file).handler; });
  const first = await cpuOf(() => handler(event));
  const read = await cpuOf(async () => { for (let i = 0; i < reads; i += 1) { ahead += 60000; await handler(event); } });
  const warm = await cpuOf(async () => { for (let i = 0; i < calls; i += 1) await handler(event); });
  const { maxRSS } = process.resourceUsage();
  process.stdout.write(JSON.stringify({ load, first, read: read / reads, warm: warm / calls, memory: maxRSS }));
  process.exit();
};
main();
`;

type Measured = Readonly<Record<'load' | 'first' | 'read' | 'warm' | 'memory', number>>;

const createShard = () => {
  const tokens = new Map<string, StoredToken>();
  let token = '';
  for (let index = 0; index < TOKENS; index += 1) {
    const id = createTokenId();
    token = createToken(1, id);
    const createdAt = new Date().toISOString();
    const scopes: StoredToken['scopes'] = ['read', 'write'];
    const directory = `directory-${index}`;
    tokens.set(id, { directory, name: 'okta', sha256: hashToken(token), scopes, createdAt, incarnation: createdAt });
  }
  return { token, text: printShard(tokens) };
};

const measure = async (file: string): Promise<readonly Measured[]> => {
  const { token, text } = createShard();
  const version = { id: '1', value: text, stages: ['AWSCURRENT'], created: Date.now() / 1000 };
  const secrets = await serveAwsJson(
    createSecretsManager([{ name: `${PREFIX}/1`, versions: [version] }], () => undefined),
  );
  const env = {
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    [variables.tokenSecretPrefix]: PREFIX,
  };
  const all: Measured[] = [];
  try {
    for (let round = -1; round < ROUNDS; round++) {
      const args = ['-e', MEASURE, file, token, String(WARM_CALLS), String(READS)];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env });
      // The first round, not counted, warms the file cache.
      if (round >= 0) all.push(JSON.parse(stdout) as Measured);
    }
  } finally {
    secrets.close();
  }
  return all;
};

const run = async (): Promise<readonly Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-'));
  try {
    const file = join(folder, 'authorizer.cjs');
    bundleFunction('authorizer', file);
    const all = await measure(file);
    const median = (name: keyof Measured) => medianOf(all.map((one) => one[name]));
    return [
      { what: 'load: CPU', value: median('load'), unit: 'ms' },
      { what: 'first invocation, which reads a full shard: CPU', value: median('first'), unit: 'ms' },
      { what: 'warm invocation that reads a full shard again: CPU', value: median('read'), unit: 'ms' },
      { what: 'warm invocation: CPU', value: median('warm') * 1000, unit: 'µs' },
      { what: 'peak of resident memory', value: median('memory'), unit: 'KB' },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export const bench: Bench = { title: 'The authorizer: CPU time of load and invocation in a fresh process', run };
