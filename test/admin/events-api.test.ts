import { expect, test, vi } from 'vitest';
import { eventOperations } from '../../lib/admin/event-operations.ts';
import { createEventHandlers } from '../../lib/admin/events-api.ts';
import { createRouter } from '../../lib/admin/router.ts';

test('an unexpected error is 500 with the request id of the log entry and without internals', async () => {
  const fault = new Error('secret of the inside');
  const failing = () => Promise.reject(fault);
  const report = vi.fn();
  const operations = { startReplay: failing, readReplay: failing, redrive: failing, backfill: failing, send: failing };
  const request = {
    method: 'POST',
    path: '/events/redrive',
    query: new Map<string, string>(),
    body: '{}',
    contentType: 'application/json',
    baseUrl: '',
    deadline: Number.POSITIVE_INFINITY,
    requestId: 'r-17',
  };
  const answer = createRouter(eventOperations, createEventHandlers(operations), report);
  const { status, headers, body } = await answer(request);
  expect({ status, type: headers['Content-Type'] }).toEqual({ status: 500, type: 'application/problem+json' });
  expect(JSON.parse(body)).toEqual({
    status: 500,
    title: 'Internal Server Error',
    detail: expect.stringContaining('r-17'),
  });
  expect(body).not.toContain('inside');
  expect(report).toHaveBeenCalledExactlyOnceWith(fault, 'r-17');
});
