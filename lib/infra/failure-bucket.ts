/** Where stream records go that could not become events, each with its payload. It outlives the stack. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ARCHIVE_DAYS } from './lifecycle-bus.ts';

export class FailureBucket extends Bucket {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
      // The records hold personal data: kept as long as the archive keeps events.
      lifecycleRules: [{ expiration: Duration.days(ARCHIVE_DAYS) }],
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions::AwsSolutions-S1',
      reason: 'Only the event source mapping writes here; an access log would need a second bucket of the same kind.',
    });
  }
}
