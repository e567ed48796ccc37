/** The EventBridge bus that applications subscribe to, and its archive. */
import { Duration } from 'aws-cdk-lib';
import { EventBus, Match } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';

/** Events hold personal data: without an expiry, the archive would keep data of people deleted long ago. */
export const ARCHIVE_DAYS = 90;

export type LifecycleBusProps = {
  /** Days that events can be replayed for. @default 90 */
  readonly archiveDays?: number | undefined;
};

export class LifecycleBus extends EventBus {
  readonly archiveArn: string;

  constructor(scope: Construct, id: string, { archiveDays = ARCHIVE_DAYS }: LifecycleBusProps = {}) {
    super(scope, id, { description: 'Lifecycle events of Rollcall: users, groups and members' });
    const archive = this.archive('Archive', {
      description: 'Lifecycle events to replay; what is told again is not archived again',
      eventPattern: { source: ['rollcall'], detail: { reason: Match.anythingBut('backfill', 'replay') } },
      retention: Duration.days(archiveDays),
    });
    this.archiveArn = archive.archiveArn;
  }
}
