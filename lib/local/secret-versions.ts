/**
 * The versions of one secret in the local Secrets Manager, their staging labels and the quotas on both.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from './aws-json.ts';

const Version = z.object({
  id: z.string(),
  value: z.string(),
  stages: z.array(z.string()),
  /** Seconds since 1970. */
  created: z.number(),
});
export type Version = z.infer<typeof Version>;
/** A secret with its versions, oldest first. */
export const Secret = z.object({ name: z.string(), versions: z.array(Version) });
export type Secret = z.infer<typeof Secret>;

const MAX_VERSIONS = 100;
const MAX_LABELS = 20;
/** Secrets Manager never deletes a younger version, labeled or not. */
const KEPT_SECONDS = 24 * 60 * 60;

const limitExceeded = (what: string) =>
  new AwsError('LimitExceededException', `The request would exceed the quota of ${what}.`);

/** @param now milliseconds since 1970 */
export const toVersion = (value: string, id: string | undefined, now: number): Version => ({
  id: id ?? randomUUID(),
  value,
  stages: [],
  created: now / 1000,
});

/** @returns the version that has the label */
export const holder = (secret: Secret, stage: string) => secret.versions.find((v) => v.stages.includes(stage));

export const detach = (secret: Secret, stage: string): void => {
  for (const version of secret.versions) version.stages = version.stages.filter((s) => s !== stage);
};

/**
 * Attaches a label to a version and to no other. Moving AWSCURRENT attaches AWSPREVIOUS to the version that had it.
 * @throws LimitExceededException if the label would be one too many
 */
export const attach = (secret: Secret, stage: string, version: Version): void => {
  const before = holder(secret, stage);
  const count = secret.versions.reduce((sum, { stages }) => sum + stages.length, 0);
  if (before === undefined && count >= MAX_LABELS) throw limitExceeded(`${MAX_LABELS} staging labels`);
  detach(secret, stage);
  version.stages.push(stage);
  if (stage === 'AWSCURRENT' && before !== undefined && before !== version) attach(secret, 'AWSPREVIOUS', before);
};

/**
 * Deletes the oldest unlabeled versions beyond the quota. Versions younger than 24 hours stay.
 * @param now milliseconds since 1970
 * @throws LimitExceededException if too many versions remain
 */
export const prune = (secret: Secret, now: number): void => {
  const excess = Math.max(0, secret.versions.length - MAX_VERSIONS);
  const isOutdated = (v: Version) => v.stages.length === 0 && now / 1000 - v.created > KEPT_SECONDS;
  const outdated = new Set(secret.versions.filter(isOutdated).slice(0, excess));
  if (outdated.size < excess) throw limitExceeded(`${MAX_VERSIONS} versions of a secret`);
  secret.versions = secret.versions.filter((v) => !outdated.has(v));
};
