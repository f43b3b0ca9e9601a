/** Calls and their outputs over a whole input, what came before it included: each call has its output, each output its call. */
import { invalid } from '../http/api-error.ts';
import type { Item } from '../request.ts';

const CALLS: Record<string, string> = {
  function_call: 'function call',
  custom_tool_call: 'custom tool call',
  computer_call: 'computer call',
  local_shell_call: 'local shell call',
  shell_call: 'shell call',
  apply_patch_call: 'apply patch call',
};

export function checkTurns(items: Item[]): void {
  const open = new Map<string, string>();
  const seen = new Set<string>();
  for (const item of items) {
    const type = item.type ?? 'message';
    const id = String(item['call_id']);
    const called = CALLS[type];
    if (called !== undefined) {
      open.set(id, called);
      seen.add(id);
      continue;
    }
    const answered = CALLS[type.replace(/_output$/, '')];
    if (answered === undefined) continue;
    if (!seen.has(id)) throw invalid(null, 'input', `No tool call found for ${answered} output with call_id ${id}.`);
    open.delete(id);
  }
  const [unanswered] = open;
  if (unanswered) throw invalid(null, 'input', `No tool output found for ${unanswered[1]} ${unanswered[0]}.`);
}
