import { describe, expect, test } from '@jest/globals';
import { heldBy, USERS } from '../support/holders.ts';
import { describePods, MIB, POD_LIMITS } from '../support/pods.ts';

const LIMITS = { ...POD_LIMITS, processes: 64, memoryBytes: 256 * MIB, diskBytes: 96 * MIB };
const HOLD = 600_000;

/** Each with how it ends, and how long it may take. */
const BOMBS: [what: string, command: string, how: string, timeoutMs: number][] = [
  ['processes without end', `exec perl -e 'fork while 1'`, 'time', 3000],
  ['more memory in each of many processes', memoryHogs('$x = "x" x 1e8'), 'memory', HOLD],
  ['output without end', 'yes', 'flood', HOLD],
  ['a file that fills the disk', 'head -c 200M /dev/zero >file; sleep 600', 'disk', HOLD],
  ['a file without a name', 'exec 3>file; rm file; head -c 200M /dev/zero >&3; sleep 600', 'disk', HOLD],
  [
    'files in a closed folder',
    'mkdir shut; cd shut; chmod 300 .; head -c 200M /dev/zero >file; sleep 600',
    'disk',
    HOLD,
  ],
  ['files without a byte', `exec perl -e 'for (1..40000) { open(F, ">", $_) } sleep 600'`, 'disk', HOLD],
  ['sleep for ever', 'exec sleep infinity', 'time', 500],
];

function memoryHogs(expression: string): string {
  return `for i in 1 2 3 4 5 6; do perl -e '${expression}; sleep 600' & done; wait`;
}

describePods('a pod', () => {
  describe.each(USERS)('of %s', (user) => {
    test.each(BOMBS)('ends %s by itself, and nobody else is held up', async (_what, command, how, timeoutMs) => {
      const [held] = await heldBy(user, { limits: LIMITS, commands: [{ command, timeoutMs }] });
      expect(held).toMatchObject({ how, neighbour: 0 });
      expect(held?.ticks).toBeGreaterThan(0);
    });

    test('has no more processes than it may have', async () => {
      const command = `exec perl -e 'for (1..200) { my $pid = fork; defined $pid or last; $pid or sleep(600), exit; $n++ } print $n'`;
      const [held] = await heldBy(user, { limits: LIMITS, commands: [{ command, timeoutMs: HOLD }] });
      expect(Number(held?.output)).toBeGreaterThan(5);
      expect(Number(held?.output)).toBeLessThan(64);
    });

    test('goes on after bombs', async () => {
      const commands = [
        { command: `exec perl -e 'fork while 1'`, timeoutMs: 1000 },
        { command: 'cat /proc/[0-9]*/comm | sort | uniq -c', timeoutMs: HOLD },
      ];
      const [, after] = await heldBy(user, { limits: LIMITS, commands });
      expect(after).toMatchObject({ how: 'exit 0', output: expect.not.stringContaining('perl') });
    });
  });
});
