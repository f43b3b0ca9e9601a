import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { describePods, podsFolder, podSpec } from '../support/pods.ts';

const HOST = fileURLToPath(new URL('../../dist/src/pod/host.js', import.meta.url));

describePods('the compiled product', () => {
  test('starts pods whose supervisor does commands and file operations', () => {
    const script = `
      const { startPod } = await import(${JSON.stringify(HOST)});
      const signal = new AbortController().signal;
      const pod = await startPod(${JSON.stringify(podSpec({}))}, { podsFolder: ${JSON.stringify(podsFolder)} });
      await pod.request('writeFile', { path: 'file', content: 'written' }, signal);
      const { output } = await pod.request('run', { command: 'cat file', folder: '.', timeoutMs: 120000, keepBytes: 100 }, signal);
      console.log(output.text);
      await pod.close();`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(said).toBe('written\n');
  });
});
