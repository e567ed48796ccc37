import { expect, test, vi } from 'vitest';
import { createEventsApi } from '../../lib/admin/events-api.ts';

test('an unexpected error is 500 with the request id of the log entry and without internals', async () => {
  const fault = new Error('secret of the inside');
  const failing = () => Promise.reject(fault);
  const report = vi.fn();
  const operations = { startReplay: failing, readReplay: failing, redrive: failing, backfill: failing, send: failing };
  const request = { method: 'POST', path: '/redrive', body: '{}', contentType: 'application/json', requestId: 'r-17' };
  const { status, headers, body } = await createEventsApi(operations, report)(request);
  expect({ status, type: headers['Content-Type'] }).toEqual({ status: 500, type: 'application/problem+json' });
  expect(JSON.parse(body)).toEqual({
    status: 500,
    title: 'Internal Server Error',
    detail: expect.stringContaining('r-17'),
  });
  expect(body).not.toContain('inside');
  expect(report).toHaveBeenCalledExactlyOnceWith(fault, 'r-17');
});
