/**
 * Stands in for AWS Secrets Manager: versions and staging labels, so that a compare-and-swap of AWSCURRENT means the
 * same as there. Each operation runs to its end in one turn, so there is nothing to lock.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError, type Operations } from './aws-json.ts';

const Version = z.object({ id: z.string(), value: z.string(), stages: z.array(z.string()), created: z.number() });
type Version = z.infer<typeof Version>;
const Secret = z.object({ name: z.string(), versions: z.array(Version) });
type Secret = z.infer<typeof Secret>;
/** All secrets, as they are kept between two runs. */
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

/** Versions without a label, kept for writers that have not yet labelled theirs; AWS keeps about as many. */
const UNLABELLED_KEPT = 100;

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
/** Moving AWSCURRENT leaves AWSPREVIOUS on the version that had it. */
const attach = (secret: Secret, stage: string, version: Version) => {
  const before = holder(secret, stage);
  detach(secret, stage);
  version.stages.push(stage);
  if (stage !== 'AWSCURRENT' || before === undefined || before === version) return;
  detach(secret, 'AWSPREVIOUS');
  before.stages.push('AWSPREVIOUS');
};
const prune = (secret: Secret) => {
  const unlabelled = secret.versions.filter((v) => v.stages.length === 0);
  const old = new Set(unlabelled.slice(0, -UNLABELLED_KEPT));
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
  const known = secret.versions.find((v) => v.id === ClientRequestToken);
  if (known !== undefined && known.value !== SecretString)
    throw new AwsError('ResourceExistsException', `The version ${known.id} exists with another value.`);
  // The same request again, by a client that did not see the answer, has happened already.
  const version = known ?? toVersion(SecretString, [], ClientRequestToken);
  if (known === undefined) {
    secret.versions.push(version);
    for (const stage of VersionStages) attach(secret, stage, version);
    prune(secret);
  }
  return { ARN: arn(secret.name), Name: secret.name, VersionId: version.id, VersionStages: version.stages };
};

/** The label moves only from the version that the caller names: this is the compare-and-swap. */
const move = (secret: Secret, { VersionStage, MoveToVersionId, RemoveFromVersionId }: z.infer<typeof Move>) => {
  const now = holder(secret, VersionStage);
  const to = secret.versions.find((v) => v.id === MoveToVersionId);
  if (MoveToVersionId !== undefined && to === undefined) throw notFound('secret version');
  const from = now === to ? undefined : now;
  if (RemoveFromVersionId !== undefined ? now?.id !== RemoveFromVersionId : from !== undefined)
    throw new AwsError('InvalidParameterException', `The staging label ${VersionStage} is on another version.`);
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
 * @param initial what `save` was given last
 * @param save called after each change, before it is answered
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
    const known = secrets.get(Name);
    const version = known?.versions.find((v) => v.id === ClientRequestToken && v.value === SecretString);
    if (known !== undefined && version === undefined)
      throw new AwsError('ResourceExistsException', `The secret ${Name} already exists.`);
    const first = version ?? toVersion(SecretString, ['AWSCURRENT'], ClientRequestToken);
    if (known === undefined) secrets.set(Name, { name: Name, versions: [first] });
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
