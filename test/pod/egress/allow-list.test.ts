import { describe, expect, test } from '@jest/globals';
import { AllowEntryInvalid, entryFor, hostOf, parseAllowEntry } from '../../../src/pod/egress/allow-list.ts';

const isAllowed = (entries: string[], host: string, port = 443): boolean =>
  entryFor(entries.map(parseAllowEntry), { host: hostOf(host) ?? '', port }) !== null;

describe('a host is allowed', () => {
  test.each([
    [['example.com'], 'example.com', 443],
    [['example.com'], 'EXAMPLE.com.', 80],
    [['example.com:8443'], 'example.com', 8443],
    [['*.example.com'], 'a.b.example.com', 443],
    [['bücher.example'], 'xn--bcher-kva.example', 443],
    [['private:git.corp:3000'], 'git.corp', 3000],
    [['127.0.0.1:8080'], '0x7f.1', 8080],
    [['[::1]:8080'], '[0:0::1]', 8080],
  ])('by %j: %s, port %i', (entries, host, port) => {
    expect(isAllowed(entries, host, port)).toBe(true);
  });
});

describe('a host is not allowed', () => {
  test.each([
    [[], 'example.com', 443],
    [['example.com'], 'example.com', 22],
    [['example.com:8443'], 'example.com', 443],
    [['example.com'], 'example.com.evil.test', 443],
    [['example.com'], 'notexample.com', 443],
    [['*.example.com'], 'example.com', 443],
    [['*.example.com'], 'evilexample.com', 443],
    [['localhost'], '127.0.0.1', 443],
  ])('by %j: %s, port %i', (entries, host, port) => {
    expect(isAllowed(entries, host, port)).toBe(false);
  });
});

test.each([
  '',
  '*',
  '*.',
  '*.*.com',
  'a..b',
  'http://a.b',
  'a.b/c',
  'a b',
  'a@b',
  'a.b:0',
  'a.b:99999',
  '*.0.0.1',
  'private:',
])('"%s" is no entry', (entry) => {
  expect(() => parseAllowEntry(entry)).toThrow(AllowEntryInvalid);
});
