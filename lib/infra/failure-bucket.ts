/** The bucket of failed stream records, with their payload. It is retained when the stack is deleted, by default. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ARCHIVE_DAYS } from './lifecycle-bus.ts';

export type FailureBucketProps = {
  /** Days that a record is kept. @default 90, as in the archive of events */
  readonly days?: number | undefined;
  /** Whether deleting the stack deletes the bucket if it is empty, for trials. @default false */
  readonly destroyData?: boolean | undefined;
};

export class FailureBucket extends Bucket {
  constructor(scope: Construct, id: string, { days = ARCHIVE_DAYS, destroyData = false }: FailureBucketProps = {}) {
    super(scope, id, {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: destroyData ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      // The records hold personal data, so they expire like events in the archive.
      lifecycleRules: [{ expiration: Duration.days(days) }],
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions::AwsSolutions-S1',
      reason:
        'Only the stream function and its event source mapping write to it; an access log would need another bucket of the same kind.',
    });
  }
}
