/**
 * The audit of a table, for an operator: finds what docs/storage.md calls orphaned items, judges each finding again by
 * consistent reads, so that live writers cause none, and mends what can be mended.
 */
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openTable } from '../table/calls.ts';
import { transact } from '../table/transact.ts';
import { findOrphans, type OrphanReport, type OrphanSearch, readContext } from './find-faults.ts';
import { type Plan, planRepair, type RepairContext } from './plan-repair.ts';
import type { Finding } from './repair.ts';

export type AuditOptions = Pick<OrphanSearch, 'client' | 'tableName' | 'only' | 'progress' | 'rcu'> & {
  /** Whether to mend what is found. @default false: nothing is written */
  readonly fix?: boolean;
};
/** `fixable` only without `fix`; `reason`: why it is not mended. */
type Fault = {
  readonly text: string;
  readonly outcome: 'fixable' | 'fixed' | 'left';
  readonly reason?: string;
};
export type Audit = Pick<OrphanReport, 'items' | 'directories' | 'tombstones' | 'toSweep' | 'units'> & {
  readonly faults: readonly Fault[];
};

const UNIT_BYTES = 4096;
const SCANS = 2;
/** On demand, us-east-1, November 2026. */
const USD_PER_MILLION_UNITS = 0.125;

/** An upper bound of what an audit reads: one scan of the table if nothing is found, two otherwise. */
export type Cost = { readonly items: number; readonly bytes: number; readonly units: number; readonly dollars: number };
export const estimateCost = async ({
  client,
  tableName,
}: Pick<AuditOptions, 'client' | 'tableName'>): Promise<Cost> => {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  const [items, bytes] = [Table?.ItemCount ?? 0, Table?.TableSizeBytes ?? 0];
  const units = SCANS * Math.ceil(bytes / UNIT_BYTES);
  return { items, bytes, units, dollars: (units / 1_000_000) * USD_PER_MILLION_UNITS };
};

/** Findings kept of one round. */
const MAX_FINDINGS = 10_000;
/** A mended item may uncover another: a MEMBEROF that was missing has no memberships yet. */
const ROUNDS = 4;
const DEADLINE_MS = 30_000;

const nothingToDo: Plan = { reason: 'only a person can mend it' };

/** @returns undefined if nothing is wrong */
const mend = async (context: RepairContext, { text, repair }: Finding, fix: boolean): Promise<Fault | undefined> => {
  const plan = repair === undefined ? nothingToDo : await planRepair(context, repair);
  if (plan === 'fine') return undefined;
  if ('reason' in plan) return { text, outcome: 'left', reason: plan.reason };
  if (!fix) return { text, outcome: 'fixable' };
  for (const writes of plan.transactions) {
    const refusals = await transact(context.table, writes, { deadline: context.table.clock() + DEADLINE_MS });
    if (refusals !== undefined) return { text, outcome: 'left', reason: 'a request changed it meanwhile' };
  }
  return { text, outcome: 'fixed' };
};

/** Entries without an owner go first: one may hold a value that its owner lacks. */
const inOrder = (findings: readonly Finding[]): readonly Finding[] =>
  [...findings].sort((a, b) => Number(b.text.startsWith('entry without')) - Number(a.text.startsWith('entry without')));

/** @throws unavailable(), and the client's error if the table cannot be read */
export const audit = async ({ fix = false, ...search }: AuditOptions): Promise<Audit> => {
  const faults = new Map<string, Fault>();
  const table = openTable(search);
  let units = 0;
  for (let round = 1; ; round++) {
    const report = await findOrphans({ ...search, lines: MAX_FINDINGS });
    units += report.units;
    const { directories } = await readContext(search);
    let mended = 0;
    for (const finding of inOrder(report.findings)) {
      const fault = await mend({ table, directories }, finding, fix);
      if (fault === undefined) continue;
      mended += fault.outcome === 'fixed' ? 1 : 0;
      faults.set(finding.text, fault);
    }
    if (mended === 0 || round === ROUNDS) {
      const { items, tombstones, toSweep } = report;
      return { items, directories: report.directories, tombstones, toSweep, units, faults: [...faults.values()] };
    }
  }
};

/** Opens a table. A server other than AWS accepts any key, and must not receive the operator's. */
export const openAuditClient = (
  place: { readonly endpoint: string } | { readonly profile?: string; readonly region?: string },
): DynamoDBClient =>
  'endpoint' in place
    ? new DynamoDBClient({
        endpoint: place.endpoint,
        region: 'local',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      })
    : new DynamoDBClient({ ...place });
