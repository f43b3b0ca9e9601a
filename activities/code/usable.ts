/** Nothing that writes or runs commands goes without a sandbox, but by an operator's word. */
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import type { SandboxState } from '../../src/pod/probe.ts';

export function assertUsable(state: SandboxState): void {
  if (state.kind === 'refused')
    throw new TypedFailure('SandboxUnavailable', `No pod can be started: ${state.reason} ${state.fix}`);
}
