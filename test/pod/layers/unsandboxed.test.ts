/** Layers where an operator has said that there is no sandbox: links in the workspace, which nothing follows but commands. */
import { chmodSync, lstatSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ManifestSchema } from '../../../src/contracts/workspace.ts';
import { prepareLayers } from '../../../src/pod/layers/prepare.ts';
import type { Layer } from '../../../src/pod/pod.ts';
import { Sandbox } from '../../../src/pod/sandbox.ts';
import { restore } from '../../../src/snapshots/restore.ts';
import { SnapshotTaker } from '../../../src/snapshots/take.ts';
import { contentsOf, folderWith } from '../../support/folders.ts';
import { describePods, notAborted, outputOf, podsFolder, podWith, workspaceFolder } from '../../support/pods.ts';
import { contentOf, newBlobs, snapshotOf } from '../../support/snapshots.ts';

const FILES = { 'package.json': '{}', 'packages/x/package.json': '{}', 'index.js': "console.log(require('a'))" };
const sandbox = 'none';

const packagesIn = (folder: string): string =>
  folderWith({ 'a/index.js': "module.exports = require('b')", 'b/index.js': "module.exports = 'b'" }, folder);

async function workspaceWith(layers: Layer[]) {
  const blobs = newBlobs();
  const ref = await snapshotOf(blobs, FILES);
  const workspace = workspaceFolder();
  rmSync(workspace, { recursive: true });
  await restore(blobs, await blobs.getJson(ref, ManifestSchema), workspace);
  const pod = await podWith({ workspace, layers }, { sandbox });
  const skip = layers.map(({ path }) => path);
  const taker = await SnapshotTaker.open(pod, blobs, { ref, skip, signal: notAborted });
  return { workspace, pod, contents: async () => contentOf(blobs, (await taker.take(notAborted)).ref) };
}

const layerAt = (path: string): Layer => {
  const folder = workspaceFolder();
  chmodSync(folder, 0o755);
  return { path, folder: packagesIn(join(folder, 'node_modules')), scratch: [] };
};

describePods('layers without a sandbox', () => {
  test('are what the setup has installed, and packages in them find each other', async () => {
    const restoreTo = async (use: (folder: string) => Promise<void>): Promise<void> => {
      const folder = workspaceFolder();
      packagesIn(join(folder, 'given'));
      await use(folder);
    };
    const layers = await prepareLayers({
      ...{ sandbox: new Sandbox({ mode: sandbox, folder: podsFolder }), restoreTo, signal: notAborted },
      setup: { command: 'cp -r given node_modules', timeoutSeconds: 120, allowHosts: [] },
      manifest: { files: [] },
    });
    const { pod } = await workspaceWith(layers);
    expect(await outputOf(pod, 'node index.js')).toBe('b');
  });

  test('are in no snapshot, and stay what they are when a pod is started over the workspace again', async () => {
    const layers = [layerAt('node_modules'), layerAt('packages/x/node_modules')];
    const before = layers.map(({ folder }) => [contentsOf(folder), statSync(join(folder, 'a')).uid]);
    const { workspace, pod, contents } = await workspaceWith(layers);
    expect(await outputOf(pod, 'cd packages/x && node -p "require(\'a\')"')).toBe('b');
    expect(await contents()).toEqual(FILES);
    await outputOf(pod, 'rm node_modules; mkdir node_modules; echo mine > node_modules/c');
    expect(await contents()).toEqual(FILES);
    await pod.close();
    const again = await podWith({ workspace, layers }, { sandbox });
    expect(await outputOf(again, 'node index.js')).toBe('b');
    expect(lstatSync(join(workspace, 'node_modules')).isSymbolicLink()).toBe(true);
    expect(layers.map(({ folder }) => [contentsOf(folder), statSync(join(folder, 'a')).uid])).toEqual(before);
  });
});
