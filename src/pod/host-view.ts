/** What there is on this host of the system folders that a pod is shown. */
import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import type { HostView } from './argv.ts';

const ROOTS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/** What programs need to start, to find names and to trust certificates; nothing of accounts, keys or services. */
const ETC = [
  ...['alternatives', 'ca-certificates', 'ca-certificates.conf', 'ssl/certs', 'ssl/openssl.cnf', 'pki/ca-trust'],
  ...['pki/tls/certs', 'pki/tls/openssl.cnf', 'crypto-policies', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d'],
  ...['nsswitch.conf', 'host.conf', 'gai.conf', 'protocols', 'services', 'localtime', 'timezone', 'os-release'],
  ...['debian_version', 'mime.types', 'magic', 'inputrc', 'profile', 'bash.bashrc', 'locale.alias', 'terminfo'],
  ...['fonts', 'perl', 'python3', 'maven', 'xattr.conf'],
].map((name) => `/etc/${name}`);

export function hostView(tools: string): HostView {
  const java = readdirSync('/etc')
    .filter((name) => /^java-[\w.-]+$/.test(name))
    .map((name) => `/etc/${name}`);
  return {
    roots: ROOTS.filter((path) => existsSync(path)).map((path) => ({
      path,
      target: lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null,
    })),
    etc: [...ETC, ...java].filter((path) => existsSync(path)),
    tools,
  };
}
