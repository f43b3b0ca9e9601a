/** Leases of workspaces: of all who ever held one, only the last can keep anything; and nothing that was kept is lost. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { temporaryFolder } from '../support/folders.ts';

/** Two processes' worth of connections to one database. */
function twoStores() {
  const path = join(temporaryFolder(), 'flotilla.db');
  return [openSqliteStore(path), openSqliteStore(path)] as const;
}

const request = (hostId: string, startRef = 'start') => ({ workspaceId: 'w', objectiveId: 'o', hostId, startRef });
const turn = (token: number, turnHead: string, snapshotRef = `${turnHead}-files`) => ({
  ...{ workspaceId: 'w', token, turnHead, snapshotRef },
  outputsRef: `${snapshotRef}-outputs`,
});
const LOST = { type: 'WorkspaceLeaseLost' };

describe('a lease of a workspace', () => {
  test('begins at the start, and goes on from what was kept last, on any host', async () => {
    const [here, there] = twoStores();
    expect(await here.workspaces.current('w')).toBeNull();
    expect(await here.workspaces.acquire(request('here'))).toEqual({ token: 1, snapshotRef: 'start' });
    expect(await there.workspaces.acquire(request('there', 'another'))).toEqual({ token: 2, snapshotRef: 'another' });
    await there.workspaces.keepTurn(turn(2, 't1'));
    await there.workspaces.keepTurn(turn(2, 't2'));
    expect(await here.workspaces.current('w')).toEqual({ token: 2, hostId: 'there', snapshotRef: 't2-files' });
    expect(await here.workspaces.acquire(request('here'))).toEqual({ token: 3, snapshotRef: 't2-files' });
  });

  test('that another one has taken over keeps nothing', async () => {
    const [here, there] = twoStores();
    await here.workspaces.acquire(request('here'));
    await there.workspaces.acquire(request('there'));
    await expect(here.workspaces.keepTurn(turn(1, 't1'))).rejects.toMatchObject({
      ...LOST,
      message: 'Workspace w is not held by token 1: token 2 is on there now.',
    });
    expect(await here.workspaces.turn('w', 't1')).toBeNull();
    expect(await here.workspaces.current('w')).toMatchObject({ token: 2, snapshotRef: 'start' });
  });

  test('that is released, or was never given out, keeps nothing; the next token is still a higher one', async () => {
    const [here] = twoStores();
    await expect(here.workspaces.keepTurn(turn(1, 't1'))).rejects.toMatchObject(LOST);
    await here.workspaces.acquire(request('here'));
    await here.workspaces.keepTurn(turn(1, 't1'));
    await here.workspaces.release('w');
    expect(await here.workspaces.current('w')).toBeNull();
    await expect(here.workspaces.keepTurn(turn(1, 't2'))).rejects.toMatchObject({ message: /nobody holds it now/ });
    expect(await here.workspaces.acquire(request('here'))).toEqual({ token: 2, snapshotRef: 't1-files' });
  });

  test('keeps a turn once: again is what was kept first, and changes nothing', async () => {
    const [here, there] = twoStores();
    await here.workspaces.acquire(request('here'));
    const first = { snapshotRef: 'a', outputsRef: 'a-outputs' };
    expect(await here.workspaces.keepTurn(turn(1, 't1', 'a'))).toEqual(first);
    await here.workspaces.keepTurn(turn(1, 't2', 'b'));
    expect(await here.workspaces.keepTurn(turn(1, 't1', 'other'))).toEqual(first);
    expect(await there.workspaces.turn('w', 't1')).toEqual(first);
    expect(await there.workspaces.current('w')).toMatchObject({ snapshotRef: 'b' });
  });

  test('of one workspace says nothing of another', async () => {
    const [here] = twoStores();
    await here.workspaces.acquire(request('here'));
    await here.workspaces.acquire({ ...request('here'), workspaceId: 'v' });
    await here.workspaces.acquire({ ...request('here'), workspaceId: 'v' });
    await here.workspaces.keepTurn(turn(1, 't1'));
    expect(await here.workspaces.turn('v', 't1')).toBeNull();
    expect(await here.workspaces.current('v')).toMatchObject({ token: 2, snapshotRef: 'start' });
  });

  test('asked for by many at once is given to each with a token of its own', async () => {
    const stores = twoStores();
    const leases = await Promise.all(
      Array.from({ length: 40 }, (_, index) => stores[index % 2 ? 1 : 0].workspaces.acquire(request(`h${index}`))),
    );
    expect(leases.map(({ token }) => token).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, i) => i + 1),
    );
  });
});

interface Hold {
  act: 'acquire' | 'release';
  store: 0 | 1;
}
interface Keep {
  act: 'keep';
  store: 0 | 1;
  token: number;
  head: string;
  ref: string;
}
type Step = Hold | Keep;

/** What leases promise, said once more, without a database. */
class Model {
  token = 0;
  isHeld = false;
  snapshotRef = 'start';
  readonly turns = new Map<string, string>();

  keep({ token, head, ref }: Keep): string | null {
    if (token !== this.token || !this.isHeld) return null;
    const kept = this.turns.get(head);
    if (kept !== undefined) return kept;
    this.turns.set(head, ref);
    this.snapshotRef = ref;
    return ref;
  }
}

test('whatever two processes do, the newest token alone keeps, each turn once, and the last kept is what is gone on from', async () => {
  const store = fc.constantFrom<(0 | 1)[]>(0, 1);
  const acquire = fc.record({ act: fc.constant('acquire' as const), store });
  const release = fc.record({ act: fc.constant('release' as const), store });
  const keep = fc.record({
    ...{ act: fc.constant('keep' as const), store, token: fc.integer({ min: 0, max: 4 }) },
    ...{ head: fc.constantFrom('t1', 't2', 't3'), ref: fc.constantFrom('a', 'b', 'c') },
  });
  const step: fc.Arbitrary<Step> = fc.oneof({ weight: 2, arbitrary: acquire }, release, { weight: 5, arbitrary: keep });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 20 }), async (steps) => {
      const stores = twoStores();
      const model = new Model();
      for (const one of steps) {
        const { workspaces } = stores[one.store];
        if (one.act === 'keep') {
          const kept = workspaces.keepTurn(turn(one.token, one.head, one.ref));
          const told = await kept.then(
            ({ snapshotRef }) => snapshotRef,
            (error: unknown) => (expect(error).toMatchObject(LOST), null),
          );
          expect(told).toBe(model.keep(one));
        } else if (one.act === 'acquire') {
          model.token += 1;
          model.isHeld = true;
          expect(await workspaces.acquire(request('h'))).toEqual({
            token: model.token,
            snapshotRef: model.snapshotRef,
          });
        } else {
          model.isHeld = false;
          await workspaces.release('w');
        }
        const other = stores[one.store === 0 ? 1 : 0].workspaces;
        expect(await other.current('w')).toEqual(
          model.isHeld ? { token: model.token, hostId: 'h', snapshotRef: model.snapshotRef } : null,
        );
        for (const head of ['t1', 't2', 't3'])
          expect((await other.turn('w', head))?.snapshotRef).toBe(model.turns.get(head));
      }
      await Promise.all(stores.map((each) => each.close()));
    }),
    { numRuns: 40 },
  );
});
