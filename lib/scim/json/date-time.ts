/**
 * DateTime values (RFC 7643 section 2.3.5): xsd:dateTime of XML Schema part 2 section 3.2.7. Parsed character by
 * character for speed, because a filter on `meta.lastModified` parses a date per resource.
 */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Parses the digits in `[from, to)`. @returns NaN if the range is empty or contains anything but digits */
const digits = (text: string, from: number, to: number): number => {
  let number = from < to ? 0 : Number.NaN;
  for (let offset = from; offset < to; offset++) {
    const digit = text.charCodeAt(offset) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
};

const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysIn = (year: number, month: number): number => {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (MONTHS[month - 1] ?? 0);
};

/** @returns milliseconds since 1970 at the start of the day in UTC; NaN if the calendar has no such day */
const toDay = (year: number, month: number, day: number): number => {
  if (!(day >= 1 && day <= daysIn(year, month))) return Number.NaN;
  // Date.UTC maps the years 0 to 99 to 1900 to 1999; the calendar repeats every 400 years of 146097 days.
  return year >= 0 && year < 100
    ? Date.UTC(year + 400, month - 1, day) - 146_097 * DAY
    : Date.UTC(year, month - 1, day);
};

/** Reads a leading `YYYY-MM-DD`; the year has at most six digits and may have a minus. @param end offset after it */
const readDay = (text: string, end: number): number => {
  const sign = text.startsWith('-') ? -1 : 1;
  const start = sign < 0 ? 1 : 0;
  const yearEnd = end - 6;
  if (yearEnd - start < 4 || yearEnd - start > 6 || text[yearEnd] !== '-' || text[end - 3] !== '-') return Number.NaN;
  return toDay(sign * digits(text, start, yearEnd), digits(text, end - 5, end - 3), digits(text, end - 2, end));
};

/** Reads `hh:mm:ss`. 24:00:00 is the end of the day; leap seconds are refused. @param start its offset */
const readTime = (text: string, start: number): number => {
  const hour = digits(text, start, start + 2);
  const minute = digits(text, start + 3, start + 5);
  const second = digits(text, start + 6, start + 8);
  if (text[start + 2] !== ':' || text[start + 5] !== ':') return Number.NaN;
  const time = (hour * 60 + minute) * MINUTE + second * 1000;
  return minute < 60 && second < 60 && (hour < 24 || time === DAY) ? time : Number.NaN;
};

/** Reads the fractional digits as milliseconds, in two parts, so that the first three are exact. */
const readFraction = (text: string, start: number, end: number): number => {
  const number = digits(text, start, end);
  if (end - start === 3 || Number.isNaN(number)) return number;
  const fraction = text.slice(start, end);
  return Number(fraction.slice(0, 3).padEnd(3, '0')) + Number(`0.${fraction.slice(3)}0`);
};

/** Reads `Z`, `+hh:mm`, `-hh:mm` or nothing, which means UTC. @param start its offset. @returns milliseconds */
const readZone = (text: string, start: number): number => {
  const sign = text.charAt(start);
  if (sign === '' || (sign === 'Z' && text.length === start + 1)) return 0;
  if ((sign !== '+' && sign !== '-') || text[start + 3] !== ':') return Number.NaN;
  const hours = digits(text, start + 1, start + 3);
  const minutes = digits(text, start + 4, text.length);
  if (text.length !== start + 6 || minutes > 59 || hours * 60 + minutes > 14 * 60) return Number.NaN;
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes) * MINUTE;
};

const endOfDigits = (text: string, start: number): number => {
  let end = start;
  while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++;
  return end;
};

/** @returns milliseconds since 1970 in UTC, with finer digits as a fraction; undefined if the text is not a dateTime */
export const parseDateTime = (text: string): number | undefined => {
  const dayEnd = text.indexOf('T');
  const timeEnd = dayEnd + 9;
  const hasFraction = text[timeEnd] === '.';
  const zone = hasFraction ? endOfDigits(text, timeEnd + 1) : timeEnd;
  const fraction = hasFraction ? readFraction(text, timeEnd + 1, zone) : 0;
  const time = readTime(text, dayEnd + 1);
  const instant = readDay(text, dayEnd) + time + fraction - readZone(text, zone);
  return Number.isNaN(instant) || (time === DAY && fraction > 0) ? undefined : instant;
};
