/**
 * A local AWS Secrets Manager: versions and staging labels, so that a compare-and-swap of AWSCURRENT works as in AWS.
 * Each operation is synchronous, so it needs no lock.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 */
import * as z from 'zod';
import { AwsError, type Operations } from './aws-json.ts';
import { attach, detach, holder, prune, Secret, toVersion } from './secret-versions.ts';

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

const List = Id.extend({
  IncludeDeprecated: z.boolean().default(false),
  MaxResults: z.int().min(1).max(100).default(100),
  NextToken: z.string().optional(),
});

const arn = (name: string) => `arn:aws:secretsmanager:local:000000000000:secret:${name}-local0`;
const notFound = (what: string) =>
  new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified ${what}.`);

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

/**
 * @param now milliseconds since 1970
 * @throws LimitExceededException, after changes to the secret
 */
const put = (secret: Secret, { SecretString, ClientRequestToken, VersionStages }: z.infer<typeof Put>, now: number) => {
  const existing = secret.versions.find((v) => v.id === ClientRequestToken);
  if (existing !== undefined && existing.value !== SecretString)
    throw new AwsError('ResourceExistsException', `The version ${existing.id} already exists with another value.`);
  // A retry after a lost response finds its version and changes nothing.
  const version = existing ?? toVersion(SecretString, ClientRequestToken, now);
  if (existing === undefined) {
    secret.versions.push(version);
    for (const stage of VersionStages) attach(secret, stage, version);
    prune(secret, now);
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
 * Unlabeled versions are filtered out of a page after it was cut, so a page may be short or empty and still have a
 * NextToken, as documented. The token is the id of the last version of the page before.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html
 */
const list = (secret: Secret, { IncludeDeprecated, MaxResults, NextToken }: z.infer<typeof List>) => {
  const start = NextToken === undefined ? 0 : secret.versions.findIndex((v) => v.id === NextToken) + 1;
  if (NextToken !== undefined && start === 0)
    throw new AwsError('InvalidNextTokenException', 'The NextToken value is invalid.');
  const page = secret.versions.slice(start, start + MaxResults);
  const hasMore = start + MaxResults < secret.versions.length;
  return {
    ARN: arn(secret.name),
    Name: secret.name,
    Versions: page
      .filter(({ stages }) => IncludeDeprecated || stages.length > 0)
      .map(({ id, stages, created }) => ({
        VersionId: id,
        CreatedDate: created,
        ...(stages.length === 0 ? {} : { VersionStages: stages }),
      })),
    ...(hasMore ? { NextToken: page.at(-1)?.id } : {}),
  };
};

export type SecretsManagerOptions = {
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
};

/**
 * @param initial the last secrets passed to `save`
 * @param save called after each change, before the response is sent
 */
export function createSecretsManager(
  initial: Secrets,
  save: (secrets: Secrets) => void,
  { now = Date.now }: SecretsManagerOptions = {},
): Operations {
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
  /** Changes a copy, which replaces the secret unless the change is refused. */
  const change = <T>(id: string, edit: (secret: Secret) => T): T => {
    const copy = structuredClone(find(id));
    const answer = edit(copy);
    secrets.set(copy.name, copy);
    return saved(answer);
  };
  const create = ({ Name, SecretString, ClientRequestToken }: z.infer<typeof Create>) => {
    const existing = secrets.get(Name);
    const version = existing?.versions.find((v) => v.id === ClientRequestToken && v.value === SecretString);
    if (existing !== undefined && version === undefined)
      throw new AwsError('ResourceExistsException', `The secret ${Name} already exists.`);
    const first = version ?? { ...toVersion(SecretString, ClientRequestToken, now()), stages: ['AWSCURRENT'] };
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
      return change(request.SecretId, (secret) => put(secret, request, now()));
    },
    'secretsmanager.UpdateSecretVersionStage': (input) => {
      const request = Move.parse(input);
      return change(request.SecretId, (secret) => move(secret, request));
    },
    'secretsmanager.DescribeSecret': (input) => describe(find(Id.parse(input).SecretId)),
    'secretsmanager.ListSecretVersionIds': (input) => {
      const request = List.parse(input);
      return list(find(request.SecretId), request);
    },
  };
}
