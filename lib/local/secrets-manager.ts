/**
 * A local AWS Secrets Manager: versions and staging labels, so that a compare-and-swap of AWSCURRENT works as in AWS.
 * Each operation is synchronous, so it needs no lock.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError, type Operations } from './aws-json.ts';

const Version = z.object({ id: z.string(), value: z.string(), stages: z.array(z.string()), created: z.number() });
type Version = z.infer<typeof Version>;
const Secret = z.object({ name: z.string(), versions: z.array(Version) });
type Secret = z.infer<typeof Secret>;
/** All secrets, as saved between two runs. */
export const Secrets = z.array(Secret);
export type Secrets = z.infer<typeof Secrets>;

const SecretString = z.string().min(1).max(65_536);
const Id = z.object({ SecretId: z.string() });
const Get = Id.extend({ VersionId: z.string().optional(), VersionStage: z.string().optional() });
const Create = z.object({ Name: z.string(), SecretString, ClientRequestToken: z.string().optional() });
const Put = Id.extend({
  SecretString,
  ClientRequestToken: z.string().optional(),
  VersionStages: z.array(z.string()).min(1).max(20).default(['AWSCURRENT']),
});
const Move = Id.extend({
  VersionStage: z.string(),
  MoveToVersionId: z.string().optional(),
  RemoveFromVersionId: z.string().optional(),
});

/** Unlabeled versions to keep, for writers that have not labeled theirs yet; AWS keeps about as many. */
const UNLABELED_KEPT = 100;

const arn = (name: string) => `arn:aws:secretsmanager:local:000000000000:secret:${name}-local0`;
const notFound = (what: string) =>
  new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified ${what}.`);
const holder = (secret: Secret, stage: string) => secret.versions.find((v) => v.stages.includes(stage));
const toVersion = (value: string, stages: string[], id = randomUUID().toString()): Version => ({
  id,
  value,
  stages,
  created: Date.now() / 1000,
});

const detach = (secret: Secret, stage: string) => {
  for (const version of secret.versions) version.stages = version.stages.filter((s) => s !== stage);
};
/** Moving AWSCURRENT attaches AWSPREVIOUS to the version that had it. */
const attach = (secret: Secret, stage: string, version: Version) => {
  const before = holder(secret, stage);
  detach(secret, stage);
  version.stages.push(stage);
  if (stage !== 'AWSCURRENT' || before === undefined || before === version) return;
  detach(secret, 'AWSPREVIOUS');
  before.stages.push('AWSPREVIOUS');
};
const prune = (secret: Secret) => {
  const unlabeled = secret.versions.filter((v) => v.stages.length === 0);
  const old = new Set(unlabeled.slice(0, -UNLABELED_KEPT));
  secret.versions = secret.versions.filter((v) => !old.has(v));
};

const get = (secret: Secret, { VersionId, VersionStage }: z.infer<typeof Get>) => {
  const version =
    VersionId === undefined
      ? holder(secret, VersionStage ?? 'AWSCURRENT')
      : secret.versions.find((v) => v.id === VersionId);
  if (version === undefined) throw notFound('secret value');
  return {
    ARN: arn(secret.name),
    Name: secret.name,
    VersionId: version.id,
    SecretString: version.value,
    VersionStages: version.stages,
    CreatedDate: version.created,
  };
};

const put = (secret: Secret, { SecretString, ClientRequestToken, VersionStages }: z.infer<typeof Put>) => {
  const existing = secret.versions.find((v) => v.id === ClientRequestToken);
  if (existing !== undefined && existing.value !== SecretString)
    throw new AwsError('ResourceExistsException', `The version ${existing.id} already exists with another value.`);
  // A retry after a lost response finds its version and changes nothing.
  const version = existing ?? toVersion(SecretString, [], ClientRequestToken);
  if (existing === undefined) {
    secret.versions.push(version);
    for (const stage of VersionStages) attach(secret, stage, version);
    prune(secret);
  }
  return { ARN: arn(secret.name), Name: secret.name, VersionId: version.id, VersionStages: version.stages };
};

/** Moves the label only from the version that the caller names: this is the compare-and-swap. */
const move = (secret: Secret, { VersionStage, MoveToVersionId, RemoveFromVersionId }: z.infer<typeof Move>) => {
  const now = holder(secret, VersionStage);
  const to = secret.versions.find((v) => v.id === MoveToVersionId);
  if (MoveToVersionId !== undefined && to === undefined) throw notFound('secret version');
  const from = now === to ? undefined : now;
  if (RemoveFromVersionId !== undefined ? now?.id !== RemoveFromVersionId : from !== undefined)
    throw new AwsError(
      'InvalidParameterException',
      `The staging label ${VersionStage} is attached to another version.`,
    );
  if (to === undefined) detach(secret, VersionStage);
  else attach(secret, VersionStage, to);
  return { ARN: arn(secret.name), Name: secret.name };
};

const describe = (secret: Secret) => ({
  ARN: arn(secret.name),
  Name: secret.name,
  VersionIdsToStages: Object.fromEntries(
    secret.versions.filter((v) => v.stages.length > 0).map((v) => [v.id, v.stages]),
  ),
});

/**
 * @param initial the last secrets passed to `save`
 * @param save called after each change, before the response is sent
 */
export function createSecretsManager(initial: Secrets, save: (secrets: Secrets) => void): Operations {
  const secrets = new Map(structuredClone(initial).map((secret) => [secret.name, secret]));
  const find = (id: string) => {
    const secret = secrets.get(id) ?? [...secrets.values()].find((s) => arn(s.name) === id);
    if (secret === undefined) throw notFound('secret');
    return secret;
  };
  const saved = <T>(answer: T): T => {
    save([...secrets.values()]);
    return answer;
  };
  const create = ({ Name, SecretString, ClientRequestToken }: z.infer<typeof Create>) => {
    const existing = secrets.get(Name);
    const version = existing?.versions.find((v) => v.id === ClientRequestToken && v.value === SecretString);
    if (existing !== undefined && version === undefined)
      throw new AwsError('ResourceExistsException', `The secret ${Name} already exists.`);
    const first = version ?? toVersion(SecretString, ['AWSCURRENT'], ClientRequestToken);
    if (existing === undefined) secrets.set(Name, { name: Name, versions: [first] });
    return { ARN: arn(Name), Name, VersionId: first.id };
  };
  return {
    'secretsmanager.CreateSecret': (input) => saved(create(Create.parse(input))),
    'secretsmanager.GetSecretValue': (input) => {
      const request = Get.parse(input);
      return get(find(request.SecretId), request);
    },
    'secretsmanager.PutSecretValue': (input) => {
      const request = Put.parse(input);
      return saved(put(find(request.SecretId), request));
    },
    'secretsmanager.UpdateSecretVersionStage': (input) => {
      const request = Move.parse(input);
      return saved(move(find(request.SecretId), request));
    },
    'secretsmanager.DescribeSecret': (input) => describe(find(Id.parse(input).SecretId)),
  };
}
