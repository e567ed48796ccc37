/** The DynamoDB table of all directories, and its stream. It is retained when the stack is deleted, by default. */
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
  type WarmThroughput,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { table } from '../store/table/names.ts';

export type DirectoryTableProps = {
  /** Whether deleting the stack deletes the table, for trials. @default false */
  readonly destroyData?: boolean | undefined;
  /** Units a second that the table serves at once after a pause. AWS bills the preparation. @default none */
  readonly warmThroughput?: WarmThroughput | undefined;
};

export class DirectoryTable extends TableV2 {
  constructor(scope: Construct, id: string, { destroyData = false, warmThroughput }: DirectoryTableProps = {}) {
    super(scope, id, {
      partitionKey: { name: table.partitionKey, type: AttributeType.STRING },
      sortKey: { name: table.sortKey, type: AttributeType.STRING },
      timeToLiveAttribute: table.timeToLive,
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      // Both images: the event of a deletion carries the last state, that of an update the changes.
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: destroyData ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      deletionProtection: !destroyData,
      ...(warmThroughput && { warmThroughput }),
    });
  }
}
