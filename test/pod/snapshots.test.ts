/** Snapshots of real pods: what commands left, as the supervisor tells of it. */
import { expect, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import { podUser } from '../../src/pod/identity.ts';
import { restore } from '../../src/snapshots/restore.ts';
import { SnapshotTaker } from '../../src/snapshots/take.ts';
import { describePods, notAborted, outputOf, podWith, workspaceFolder } from '../support/pods.ts';
import { type Content, contentOf, newBlobs, snapshotOf } from '../support/snapshots.ts';

async function opened(files: Record<string, Content>) {
  const blobs = newBlobs();
  const ref = await snapshotOf(blobs, files);
  const workspace = workspaceFolder();
  rmSync(workspace, { recursive: true });
  const owner = podUser();
  await restore(blobs, await blobs.getJson(ref, ManifestSchema), workspace, owner ? { owner } : {});
  const pod = await podWith({ workspace });
  const taker = await SnapshotTaker.open(pod, blobs, { ref, skip: [], signal: notAborted });
  return { blobs, ref, pod, taker, contents: async () => contentOf(blobs, (await taker.take(notAborted)).ref) };
}

describePods('a snapshot of a pod', () => {
  test('in which nothing has run is the one that it was made from', async () => {
    const { ref, taker } = await opened({ 'a.ts': 'a', 'b/run.sh': { run: 'x' }, l: { link: 'a.ts' }, empty: '' });
    expect((await taker.take(notAborted)).ref).toBe(ref);
  });

  test('holds what commands wrote, removed, linked and made runnable, turn after turn', async () => {
    const { pod, contents } = await opened({ 'a.ts': 'a', 'b/c.ts': 'c' });
    await outputOf(pod, 'echo changed > a.ts; rm -r b; ln -s /etc/passwd l; printf x > run.sh; chmod 755 run.sh');
    const first = { 'a.ts': 'changed\n', l: { link: '/etc/passwd' }, 'run.sh': { run: 'x' } };
    expect(await contents()).toEqual(first);
    await outputOf(
      pod,
      'head -c 3000000 /dev/zero | tr "\\\\0" z > big; mkdir -p .git/hooks; echo x > .git/hooks/pre-commit; mkfifo pipe',
    );
    expect(await contents()).toEqual({ ...first, big: 'z'.repeat(3_000_000), '.git/hooks/pre-commit': 'x\n' });
    await outputOf(pod, 'rm big l; ln -s a.ts big; mkdir l; mv a.ts l/');
    expect(await contents()).toEqual({
      ...{ 'l/a.ts': 'changed\n', big: { link: 'a.ts' }, 'run.sh': { run: 'x' } },
      '.git/hooks/pre-commit': 'x\n',
    });
  });

  test('holds what a patch wrote', async () => {
    const { pod, contents } = await opened({ 'a.ts': 'one\ntwo\n' });
    const patch = '*** Begin Patch\n*** Update File: a.ts\n@@\n one\n-two\n+2\n*** End Patch\n';
    await pod.request('applyPatch', { patch }, notAborted);
    expect(await contents()).toEqual({ 'a.ts': 'one\n2\n' });
  });
});
