/** The cost of a cold start of a resource function: the size of its bundle, and the time to load it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, bundleFunction, WITHOUT_ARROWS } from '../../lib/infra/bundle.ts';
import { variables } from '../../lib/lambda/variables.ts';
import type { Bench, Row } from '../bench.ts';
import { medianOf } from '../interleave.ts';

const FUNCTIONS = ['users', 'groups'] as const;
/** The client without the parts of the SDK that the functions' bundles leave out. */
const STRIPPED = 'stripped DynamoDB client';
/** The client as the SDK ships it, with all credential providers, in a bundle with the same settings (for the bar). */
const BARE = 'bare DynamoDB client';

const isClient = (name: string) => name === BARE || name === STRIPPED;
const ROUNDS = 41;

/** Script that loads a bundle in a separate process and prints the CPU and wall time it took, in milliseconds. */
const LOAD = `
const cpu = process.cpuUsage();
const start = performance.now();
require(process.argv[1]);
const milliseconds = performance.now() - start;
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(JSON.stringify([(user + system) / 1000, milliseconds]));
process.exit();
`;
const environment = {
  AWS_REGION: 'eu-central-1',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  [variables.tableName]: 'table',
};

type Load = { readonly cpu: number; readonly wall: number };
const load = (file: string): Load => {
  const printed = execFileSync(process.execPath, ['-e', LOAD, file], { env: environment, encoding: 'utf8' });
  const [cpu, wall] = JSON.parse(printed) as readonly number[];
  if (cpu === undefined || wall === undefined) throw new Error(`could not measure ${file}: ${printed}`);
  return { cpu, wall };
};

const measure = (files: ReadonlyMap<string, string>): readonly Row[] => {
  const loads = new Map([...files.keys()].map((name) => [name, [] as Load[]]));
  for (let round = -1; round < ROUNDS; round++)
    // The first round, not counted, warms the file cache.
    for (const [name, file] of files) {
      const one = load(file);
      if (round >= 0) loads.get(name)?.push(one);
    }
  const ratioTo = (client: string, some: readonly Load[], key: keyof Load) =>
    medianOf(some.map((one, round) => one[key] / (loads.get(client)?.[round]?.[key] ?? Number.NaN)));
  return [...loads].flatMap(([name, some]): Row[] => [
    { what: `load ${name}: CPU`, value: medianOf(some.map(({ cpu }) => cpu)), unit: 'ms' },
    { what: `load ${name}: time`, value: medianOf(some.map(({ wall }) => wall)), unit: 'ms' },
    ...(isClient(name)
      ? []
      : ([
          { what: `load ${name} / ${BARE}: CPU`, value: ratioTo(BARE, some, 'cpu'), unit: 'x', bar: { atMost: 1.3 } },
          { what: `load ${name} / ${BARE}: time`, value: ratioTo(BARE, some, 'wall'), unit: 'x' },
          { what: `load ${name} / ${STRIPPED}: CPU`, value: ratioTo(STRIPPED, some, 'cpu'), unit: 'x' },
        ] satisfies Row[])),
  ]);
};

const run = async (): Promise<readonly Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-'));
  try {
    const files = new Map<string, string>([
      [STRIPPED, join(folder, 'stripped.cjs')],
      [BARE, join(folder, 'bare.cjs')],
      ...FUNCTIONS.map((name) => [name, join(folder, `${name}.cjs`)] as const),
    ]);
    const client = fileURLToPath(new URL('../bare-client.ts', import.meta.url));
    bundle(client, join(folder, 'stripped.cjs'), { supported: WITHOUT_ARROWS });
    bundle(client, join(folder, 'bare.cjs'), { alias: {}, supported: WITHOUT_ARROWS });
    for (const name of FUNCTIONS) bundleFunction(name, join(folder, `${name}.cjs`));
    return [
      ...[...files].map(
        ([name, file]): Row => ({
          what: `bundle ${name}`,
          value: statSync(file).size / 1000,
          unit: 'KB',
          ...(isClient(name) ? {} : { bar: { atMost: 370 } }),
        }),
      ),
      ...measure(files),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export const bench: Bench = {
  title: 'Bundles of resource functions: their size, and the time to load them in a fresh process',
  run,
};
