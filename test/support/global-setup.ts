/** Before all suites: the compiled product, and the Temporal binary. Without them the suites fail here, loudly. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../src/config.ts';
import { ensureTemporalBinary } from '../../src/embedded/temporal-binary.ts';

const setup = async (): Promise<void> => {
  execFileSync(
    process.execPath,
    [fileURLToPath(new URL('../../src/bootstrap/run-task.js', import.meta.url)), 'build'],
    {
      stdio: 'inherit',
    },
  );
  const { temporalCli, cache, path } = loadConfig();
  const onProgress = (line: string): void => void process.stderr.write(`${line}\n`);
  process.env['FLOTILLA_TEMPORAL_CLI'] = await ensureTemporalBinary({
    configured: temporalCli,
    cache,
    path,
    onProgress,
  });
};

// Jest loads this file by its default export.
export { setup as default };
