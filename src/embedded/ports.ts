/** Ports on loopback: free or not, said before anything is started. */
import { createServer } from 'node:net';

export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

/** The port itself if it is free, any free one for 0. `option` is how a user chooses another. */
export async function claimPort(port: number, what: string, option: string): Promise<number> {
  const server = createServer();
  try {
    return await new Promise<number>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  } catch (error) {
    if ((error as { code?: string }).code !== 'EADDRINUSE') throw error;
    throw new PortTaken(
      `Port ${port} (${what}) is taken on this machine. Choose another with ${option}, or 0 for any that is free.`,
    );
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
