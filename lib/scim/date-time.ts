/** DateTime values (RFC 7643 section 2.3.5): xsd:dateTime of XML Schema part 2 section 3.2.7. */

const DATE_TIME =
  /^(-?[0-9]{4,6})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})?$/;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** @returns milliseconds since 1970 of the day's beginning in UTC; undefined when the calendar has no such day */
const toDay = (year: number, month: number, day: number): number | undefined => {
  const date = new Date(0);
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
};

/** 24:00:00 is the end of the day; there are no leap seconds. */
const toTime = (hour: number, minute: number, second: number): number | undefined => {
  const time = (hour * 60 + minute) * MINUTE + second * 1000;
  return minute < 60 && second < 60 && (hour < 24 || time === DAY) ? time : undefined;
};

/** In two parts, so that the first three digits come out exact. */
const toFraction = (digits: string): number =>
  Number(digits.slice(0, 3).padEnd(3, '0')) + Number(`0.${digits.slice(3)}0`);

/** @returns minutes; without a time zone the time is taken for UTC */
const toOffset = (zone: string): number | undefined => {
  if (zone === '' || zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4));
  if (minutes > 59 || hours * 60 + minutes > 14 * 60) return undefined;
  return (hours * 60 + minutes) * (zone.startsWith('-') ? -1 : 1);
};

/** @returns milliseconds since 1970 in UTC, with what finer digits there are as a fraction; undefined for anything else */
export const parseDateTime = (text: string): number | undefined => {
  const parts = DATE_TIME.exec(text);
  if (parts === null) return undefined;
  const [year = 0, month = 0, date = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const day = toDay(year, month, date);
  const time = toTime(hour, minute, second);
  const fraction = toFraction(parts[7] ?? '');
  const offset = toOffset(parts[8] ?? '');
  if (day === undefined || time === undefined || offset === undefined) return undefined;
  if (time === DAY && fraction > 0) return undefined;
  return day + time + fraction - offset * MINUTE;
};
