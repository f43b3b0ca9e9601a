/** Who takes work from a Task Queue, as the Temporal server knows it. One that is gone stays listed for some minutes. */
import type { ConnectionLike } from '@temporalio/client';

/** Identities of workers. */
export async function pollersOf(
  { workflowService }: Pick<ConnectionLike, 'workflowService'>,
  namespace: string,
  taskQueue: string,
): Promise<string[]> {
  const { pollers } = await workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue } });
  return pollers.map(({ identity }) => identity ?? '');
}
