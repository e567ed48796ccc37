/**
 * Compare-and-swap on a secret of AWS Secrets Manager.
 *
 * Secrets Manager has no conditional writes, but moving a staging label is conditional. A new version is written under
 * a label of its own, then AWSCURRENT is moved to it from the version that was read. The move fails if another writer
 * was faster.
 */
import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidParameterException,
  InvalidRequestException,
  LimitExceededException,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';

/** A call of Secrets Manager failed, and not because of the caller. The cause is the SDK's error. */
export class SecretsUnavailable extends Error {
  constructor(cause: unknown) {
    super('the request to Secrets Manager failed', { cause });
    this.name = 'SecretsUnavailable';
  }
}

export type Version = { readonly id: string; readonly text: string };

/** Every method throws SecretsUnavailable. */
export type VersionedSecrets = {
  /** @returns undefined if the secret does not exist */
  read(name: string): Promise<Version | undefined>;
  /** @returns false if another writer was faster and the secret already exists */
  create(name: string, text: string): Promise<boolean>;
  /**
   * @returns `'lost'` if another writer was faster and the secret is no longer as `before`; `'exhausted'` if it takes no
   * further version today
   */
  replace(name: string, before: Version, text: string): Promise<'replaced' | 'lost' | 'exhausted'>;
  /** @returns the number of versions created since a time, those without a label included */
  countVersions(name: string, since: Date): Promise<number>;
};

const CURRENT = 'AWSCURRENT';
const LABEL_PREFIX = 'ROLLCALL_WRITER-';
/** A writer that dies leaves its label behind, and a secret can have at most twenty. */
const LABEL_LIFE_MS = 10 * 60 * 1000;

const isOldLabel = (label: string): boolean =>
  label.startsWith(LABEL_PREFIX) && Date.now() - Number(label.slice(LABEL_PREFIX.length).split('-')[0]) > LABEL_LIFE_MS;

// AWS does not document which of the two it throws if the label is attached to another version.
const isLostRace = (error: unknown): boolean =>
  error instanceof InvalidParameterException || error instanceof InvalidRequestException;

const fail = (error: unknown): never => {
  throw new SecretsUnavailable(error);
};
/** @returns `instead` for an error that `expected` accepts */
const unless =
  <T>(expected: (error: unknown) => boolean, instead: T) =>
  (error: unknown): T =>
    expected(error) ? instead : fail(error);

export function createVersionedSecrets(client: SecretsManagerClient): VersionedSecrets {
  const moveLabel = async (SecretId: string, VersionStage: string, move: { from: string; to?: string }) => {
    const to = move.to === undefined ? {} : { MoveToVersionId: move.to };
    await client.send(
      new UpdateSecretVersionStageCommand({ SecretId, VersionStage, RemoveFromVersionId: move.from, ...to }),
    );
  };

  const removeOldLabels = async (SecretId: string) => {
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
    for (const [from, stages] of Object.entries(VersionIdsToStages))
      for (const label of stages.filter(isOldLabel)) await moveLabel(SecretId, label, { from });
  };

  /** @returns undefined at the limit: of versions, whatever is tried; of labels, once those of dead writers are removed */
  const putVersion = async (SecretId: string, SecretString: string, label: string): Promise<string | undefined> => {
    const put = () => client.send(new PutSecretValueCommand({ SecretId, SecretString, VersionStages: [label] }));
    const answer = await put().catch(async (error: unknown) => {
      if (!(error instanceof LimitExceededException)) throw error;
      await removeOldLabels(SecretId);
      return put().catch((again: unknown) => {
        if (again instanceof LimitExceededException) return undefined;
        throw again;
      });
    });
    return answer?.VersionId;
  };

  return {
    async read(name) {
      const answer = await client
        .send(new GetSecretValueCommand({ SecretId: name }))
        .catch(unless((error) => error instanceof ResourceNotFoundException, undefined));
      return answer && { id: answer.VersionId ?? '', text: answer.SecretString ?? '' };
    },
    create: (name, text) =>
      client
        .send(new CreateSecretCommand({ Name: name, SecretString: text }))
        .then(() => true)
        .catch(unless((error) => error instanceof ResourceExistsException, false)),
    async replace(name, before, text) {
      const label = `${LABEL_PREFIX}${Date.now()}-${randomUUID()}`;
      const next = await putVersion(name, text, label).catch(fail);
      if (next === undefined) return 'exhausted';
      const moved = await moveLabel(name, CURRENT, { from: before.id, to: next })
        .then(() => true)
        .catch(unless(isLostRace, false));
      // The outcome is decided. If this fails, a later writer removes the label.
      await moveLabel(name, label, { from: next }).catch(() => undefined);
      return moved ? 'replaced' : 'lost';
    },
    async countVersions(name, since) {
      let count = 0;
      let NextToken: string | undefined;
      do {
        const page = await client
          .send(
            new ListSecretVersionIdsCommand({ SecretId: name, IncludeDeprecated: true, MaxResults: 100, NextToken }),
          )
          .catch(fail);
        const versions = page.Versions ?? [];
        count += versions.filter(({ CreatedDate }) => CreatedDate === undefined || CreatedDate >= since).length;
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return count;
    },
  };
}
