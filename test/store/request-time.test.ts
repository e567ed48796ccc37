import { expect, test } from 'vitest';
import { startRequest } from '../../lib/store/table/request-time.ts';

const error = new Error('injected');

test('a request is over five seconds after the failures began, and any success starts anew', () => {
  const request = startRequest();
  expect(request.isOver(1e9)).toBe(false);
  request.failed(error, 1000);
  request.failed(error, 3000);
  expect(request.isOver(5999)).toBe(false);
  expect(request.isOver(6000)).toBe(true);
  request.succeeded(6100);
  expect(request.isOver(1e9)).toBe(false);
});

test('a failed call that began before the last success counts from the success', () => {
  const request = startRequest();
  request.succeeded(4000);
  request.failed(error, 0);
  expect(request.isOver(8999)).toBe(false);
  expect(request.isOver(9000)).toBe(true);
});

test('time in which a request calls nothing does not count', () => {
  const request = startRequest();
  request.succeeded(0);
  request.failed(error, 60_000);
  expect(request.isOver(60_100)).toBe(false);
});

test('a request that is over may begin a call for half a second more', () => {
  const request = startRequest();
  request.failed(error, 0);
  expect(request.ended(5499)).toBeUndefined();
  expect(request.ended(5500)).toBe(error);
});
