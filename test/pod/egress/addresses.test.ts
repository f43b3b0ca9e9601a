import { expect, test } from '@jest/globals';
import { kindOf } from '../../../src/pod/egress/addresses.ts';

test.each([
  ['0.0.0.0', 'special'],
  ['0.1.2.3', 'special'],
  ['10.1.2.3', 'private'],
  ['100.64.0.1', 'private'],
  ['100.100.100.200', 'private'],
  ['127.0.0.1', 'private'],
  ['127.255.255.254', 'private'],
  ['168.63.129.16', 'special'],
  ['169.254.169.254', 'special'],
  ['172.31.255.255', 'private'],
  ['192.0.0.192', 'special'],
  ['192.168.0.1', 'private'],
  ['198.18.0.1', 'private'],
  ['203.0.113.80', 'private'],
  ['224.0.0.1', 'special'],
  ['255.255.255.255', 'special'],
  ['::', 'special'],
  ['::1', 'private'],
  ['::127.0.0.1', 'special'],
  ['::ffff:127.0.0.1', 'private'],
  ['::ffff:169.254.169.254', 'special'],
  ['::ffff:93.184.216.34', 'special'],
  ['64:ff9b::7f00:1', 'special'],
  ['64:ff9b:1::7f00:1', 'special'],
  ['2001::1', 'special'],
  ['2001:db8::1', 'special'],
  ['2002:7f00:1::', 'special'],
  ['fc00::1', 'private'],
  ['fd00:ec2::254', 'private'],
  ['fe80::1', 'special'],
  ['fe80::1%eth0', 'special'],
  ['fec0::1', 'special'],
  ['ff02::1', 'special'],
  ['93.184.216.34', 'public'],
  ['172.32.0.1', 'public'],
  ['2606:2800:220:1::1', 'public'],
])('%s is %s', (address, kind) => {
  expect(kindOf(address)).toBe(kind);
});

test('addresses of this machine are private, however public they look', () => {
  const own = ['93.184.216.34', '2606:2800:220:1::1'];
  expect(own.map((address) => kindOf(address, own))).toEqual(['private', 'private']);
  expect(kindOf('93.184.216.35', own)).toBe('public');
});
