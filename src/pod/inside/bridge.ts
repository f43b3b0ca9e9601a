/** Inside a pod: what a program sends to the proxy on its loopback goes to the socket that the host listens on. Judges nothing; the far side does. */
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { pipeline } from 'node:stream';

/** Where the folder with the host's socket is shown in a pod. */
export const PROXY_FOLDER = '/run/px';
export const SOCKET_NAME = 'proxy.sock';
export const PROXY_SOCKET = `${PROXY_FOLDER}/${SOCKET_NAME}`;
const PORT = 3128;

/** Resolves once it listens; it never holds up the end of its process. */
export async function startBridge(socketPath: string, port = PORT): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const host = connect({ path: socketPath, allowHalfOpen: true });
    // Each direction ends by itself; where one breaks, `pipeline` ends both sockets.
    pipeline(client, host, () => undefined);
    pipeline(host, client, () => undefined);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server.unref();
}

/** What programs read to find it: each of these is what some of them look for. */
export function proxyEnvironment(port = PORT): Record<string, string> {
  const proxy = `http://127.0.0.1:${port}`;
  const names = [
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'http_proxy',
    'https_proxy',
    'npm_config_proxy',
    'npm_config_https_proxy',
  ];
  return {
    ...Object.fromEntries(names.map((name) => [name, proxy])),
    // The pod's own servers are reached without it.
    NO_PROXY: 'localhost,127.0.0.1,::1',
    no_proxy: 'localhost,127.0.0.1,::1',
    // Node's fetch looks at the others only then.
    NODE_USE_ENV_PROXY: '1',
  };
}
