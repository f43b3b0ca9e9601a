/** Toolchains of the user's in pods. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { podUser } from '../../src/pod/identity.ts';
import { probe } from '../../src/pod/probe.ts';
import { shownFolders } from '../../src/pod/shown-folders.ts';
import { folderWith } from '../support/folders.ts';
import { describePods, outputOf, podsFolder, podWith, runIn, SANDBOXES, workspaceFolder } from '../support/pods.ts';

/** A toolchain with programs in it, which anybody may read. */
function toolchain(files: Record<string, string>): string {
  const folder = folderWith(files, workspaceFolder());
  for (const path of ['.', ...Object.keys(files).map((file) => join(file, '..')), ...Object.keys(files)])
    chmodSync(join(folder, path), 0o755);
  return folder;
}

const program = (says: string): string => `#!/bin/sh\necho ${says}\n`;

describePods('folders of toolchains', () => {
  test.each(SANDBOXES)('come first on PATH, by their bin or by themselves (sandbox %s)', async (sandbox) => {
    const [node, links] = [toolchain({ 'bin/node': program('mine') }), toolchain({ tool: program('tool') })];
    const data = toolchain({ 'share/data': 'data' });
    const pod = await podWith({}, { sandbox, paths: [node, links, data] });
    expect(await outputOf(pod, `node; tool; cat ${data}/share/data; echo; echo "$PATH"`)).toMatch(
      new RegExp(`^mine\ntool\ndata\n${node}/bin:${links}:/usr`),
    );
  });

  test('can not be written to, and nothing beside them is seen', async () => {
    const [folder, beside] = [toolchain({ 'bin/x': program('x') }), toolchain({ secret: 's' })];
    const pod = await podWith({}, { paths: [folder] });
    const { output } = await runIn(pod, `echo evil > ${folder}/bin/x; cat ${beside}/secret; ls ${join(folder, '..')}`);
    expect(output.text).toMatch(/Read-only file system/);
    expect(output.text).toMatch(/secret: No such file/);
  });

  test('that a pod can not be shown are why there is none, and what would help is said', async () => {
    const path = join(toolchain({ 'bin/x': program('x') }), 'missing');
    expect(await probe({ podsFolder, paths: [path] })).toEqual({
      kind: 'refused',
      reason: `${path}, which FLOTILLA_POD_PATHS names, can't be shown to pods: it can't be opened (ENOENT).`,
      fix: expect.stringContaining('leave this one out') as unknown,
    });
  });
});

test.each(['/', '/usr', '/etc', '/workspace', '/workspace/x', '/proc/self', '/run', 'tools/bin'])(
  '%s is not shown as a toolchain',
  async (path) => {
    await expect(shownFolders([path])).rejects.toThrow('FLOTILLA_POD_PATHS');
  },
);

(podUser() ? test : test.skip)('what only root may reach or read is refused by name', async () => {
  const closed = workspaceFolder();
  const folder = join(closed, 'tools');
  mkdirSync(folder, { mode: 0o755 });
  chmodSync(closed, 0o700);
  await expect(shownFolders([folder])).rejects.toThrow(`may not pass through ${closed}. Install the toolchain where`);
  chmodSync(closed, 0o755);
  chmodSync(folder, 0o711);
  await expect(shownFolders([folder])).rejects.toThrow('others may not read it');
});
