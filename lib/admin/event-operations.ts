/** The operations below `/admin/events`, served by functions/events.ts. */
import {
  BackfillOrder,
  RedriveOrder,
  ReplayAnswer,
  ReplayOrder,
  StepAnswer,
  TestEventAnswer,
  TestEventOrder,
} from './event-messages.ts';
import type { OperationTable } from './router.ts';

export const eventOperations = {
  startReplay: {
    method: 'POST',
    path: '/events/replays',
    body: ReplayOrder,
    answers: { 202: ReplayAnswer },
  },
  readReplay: {
    method: 'GET',
    path: '/events/replays/{replay}',
    answers: { 200: ReplayAnswer },
  },
  redriveEvents: {
    method: 'POST',
    path: '/events/redrive',
    body: RedriveOrder,
    answers: { 200: StepAnswer },
  },
  backfillEvents: {
    method: 'POST',
    path: '/events/backfill',
    body: BackfillOrder,
    answers: { 200: StepAnswer },
  },
  sendEvent: {
    method: 'POST',
    path: '/events/send',
    body: TestEventOrder,
    answers: { 202: TestEventAnswer },
  },
} as const satisfies OperationTable;
