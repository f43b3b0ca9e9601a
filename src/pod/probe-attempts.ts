/** The plainest ways out of a pod, as a script for Node that is run in one: prints which of them were open, and the names of all variables in sight. */
export interface Planted {
  /** Of the host, open to everybody, with a file `secret`. */
  folder: string;
  socket: string;
  port: number;
  addresses: string[];
}

export const ATTEMPTS = String.raw`
const { readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
const { connect } = require('node:net');
const { folder, socket, port, addresses } = JSON.parse(process.argv[1]);
const works = (act) => { try { act(); return true; } catch { return false; } };
const reaches = (to) => new Promise((resolve) => {
  const visitor = connect(to, () => resolve(true));
  visitor.once('error', () => resolve(false));
  visitor.setTimeout(5000, () => visitor.destroy(new Error('late')));
});
const succeeds = (...argv) => spawnSync(argv[0], argv.slice(1)).status === 0;
const some = async (tries) => (await Promise.all(tries)).includes(true);
const environ = (pid) => { try { return readFileSync('/proc/' + pid + '/environ', 'latin1'); } catch { return ''; } };
(async () => {
  const found = {
    'read a file of the host': works(() => readFileSync(folder + '/secret')),
    'write to the host': works(() => writeFileSync(folder + '/written', '')),
    'write to the system': works(() => writeFileSync('/usr/flotilla-probe', '')) || works(() => writeFileSync('/flotilla-probe', '')),
    'change mounts': succeeds('mount', '-o', 'remount,bind,rw', '/usr') || succeeds('mount', '-o', 'remount,rw', '/'),
    'make namespaces': succeeds('unshare', '--user', '--map-root-user', 'true'),
    'reach a server of the host': await some(addresses.map((host) => reaches({ host, port }))),
    'reach a socket of the host': await reaches({ path: socket }),
  };
  writeFileSync('worked', 'yes');
  const seen = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(environ).join('\0').split('\0');
  console.log(JSON.stringify({
    open: Object.keys(found).filter((name) => found[name]),
    environment: [...new Set(seen.map((entry) => entry.replace(/=[^]*/, '')))].filter(Boolean),
  }));
  process.exit();
})();
`;
