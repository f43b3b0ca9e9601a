/** Whether bubblewrap works here, found out by trying. */
import { spawnSync } from 'node:child_process';
import { podUser } from '../../src/pod/identity.ts';

/** Why there can be no pods here; null where there can. */
export const noPods = ((): string | null => {
  const trial = ['--unshare-all', '--unshare-user', '--disable-userns', '--cap-drop', 'ALL', '--ro-bind', '/', '/'];
  const args = [...trial, '--proc', '/proc', '--dev', '/dev', '--', 'true'];
  const tried = spawnSync('bwrap', args, { encoding: 'utf8', cwd: '/', ...podUser() });
  if (tried.status === 0) return null;
  return tried.error?.message ?? (tried.stderr.trim() || `bwrap ended with ${tried.status}`);
})();
