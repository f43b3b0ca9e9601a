/** Kills at known moments: the stand-in holds a request, or a file holds a reader, until the process is dead. */
import { execFileSync } from 'node:child_process';
import { constants, closeSync, existsSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { storeFolder } from '../../src/config.ts';
import { Blobs, refOf } from '../../src/store/blobs.ts';
import { bookedCreates, breaches } from '../support/books.ts';
import { productForSuite } from '../support/suite.ts';
import { FIXTURE_FILES, FIXTURE_FINDINGS, fixtureRepository } from '../support/repository.ts';
import { until } from '../support/until.ts';

const product = productForSuite();

/** Runs an objective; when `when` says so for the first time, `act` happens before the request is answered. */
async function runWith(when: (callKey: string) => boolean, act: () => Promise<void> | void) {
  let done = false;
  product.script = async ({ callKey }) => {
    if (!done && when(callKey)) {
      done = true;
      await act();
    }
    return null;
  };
  const handle = await product.flotilla.start({ objective: 'Find what is risky.', workspace: fixtureRepository() });
  const result = await handle.result();
  expect(done).toBe(true);
  return { handle, result, report: await handle.report() };
}

async function expectRightEnd({ handle, result, report }: Awaited<ReturnType<typeof runWith>>) {
  expect(result).toMatchObject({ status: 'completed', counts: { planned: 5, completed: 5 } });
  expect(report?.findings.map(({ path, startLine }) => `${path}:${startLine}`).toSorted()).toEqual(FIXTURE_FINDINGS);
  const created = product.standIn.log.creates.filter(({ callKey }) => callKey.startsWith(`${handle.id}/`));
  const booked = bookedCreates(product.home, handle.id);
  expect(breaches(created, booked)).toEqual([]);
  return booked;
}

describe('a kill', () => {
  test('of the mini worker in the middle of a turn repeats that call alone, and the books say so', async () => {
    const booked = await expectRightEnd(
      await runWith(
        (key) => key.includes('/dangerous/1/2/'),
        () => product.kill('mini'),
      ),
    );
    expect(booked.filter(({ n }) => n > 1).length).toBeLessThanOrEqual(4);
  });

  test('of the mini worker in the middle of a tool makes no call again', async () => {
    const ref = refOf(FIXTURE_FILES['src/run.ts']);
    const file = new Blobs(join(storeFolder(product.home), 'blobs')).pathOf(ref);
    const aside = `${file}.aside`;
    // The model asks for the file; whoever reads it then waits for a writer that never comes.
    const outcome = await runWith(
      (key) => key.includes('/dangerous/1/2/'),
      () => {
        renameSync(file, aside);
        execFileSync('mkfifo', [file]);
        void firstReader(file).then((writing) => {
          product.kill('mini');
          renameSync(aside, file);
          finish(writing, FIXTURE_FILES['src/run.ts']);
        });
      },
    );
    expect(existsSync(aside)).toBe(false);
    const booked = await expectRightEnd(outcome);
    expect(booked.filter(({ callKey, n }) => callKey.includes('/dangerous/') && n > 1)).toEqual([]);
  });

  test.each(['plan', 'review', 'synthesis'])('of the manager worker in its %s changes nothing', async (purpose) => {
    await expectRightEnd(
      await runWith(
        (key) => key.includes('/manager/') && key.endsWith(`/${purpose}`),
        () => product.kill('manager'),
      ),
    );
  });

  test('of the nano worker while it sorts changes nothing', async () => {
    await expectRightEnd(
      await runWith(
        (key) => key.endsWith('/triage'),
        () => product.kill('nano'),
      ),
    );
  });

  test('of the Temporal server changes nothing', async () => {
    await expectRightEnd(
      await runWith(
        (key) => key.includes('/silenced/1/3/'),
        () => product.kill('temporal'),
      ),
    );
  });
});

/**
 * Waits until somebody reads the pipe, which can be opened for writing without waiting only then. The reader is held
 * until what this returns is closed.
 */
async function firstReader(pipe: string): Promise<number> {
  let writing = -1;
  await until(() => {
    try {
      writing = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
      return true;
    } catch {
      return false;
    }
  });
  return writing;
}

/** Gives the whole file to any reader in a process that still lives, so that nobody ever reads half of it. */
function finish(writing: number, content: string): void {
  try {
    writeSync(writing, content);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  } finally {
    closeSync(writing);
  }
}
