/** The items of an input, one by one: types that there are, and contents that a role can have. */
import { invalid } from '../http/api-error.ts';
import { type Item, itemsOf, type StandInRequest } from '../request.ts';
import { unknownValue } from './settings.ts';

const ROLES = ['user', 'assistant', 'system', 'developer'];
const INPUT_PARTS = ['input_text', 'input_image', 'input_file'];
const OUTPUT_PARTS = ['output_text', 'refusal'];

const TYPES = [
  ...['message', 'reasoning', 'compaction', 'item_reference', 'function_call', 'function_call_output'],
  ...['custom_tool_call', 'custom_tool_call_output', 'computer_call', 'computer_call_output', 'local_shell_call'],
  ...['local_shell_call_output', 'shell_call', 'shell_call_output', 'apply_patch_call', 'apply_patch_call_output'],
  ...['file_search_call', 'web_search_call', 'image_generation_call', 'code_interpreter_call', 'tool_search_call'],
  ...['tool_search_output', 'mcp_list_tools', 'mcp_approval_request', 'mcp_approval_response', 'mcp_call'],
];

export function checkItems(request: StandInRequest): void {
  for (const [index, item] of itemsOf(request).entries()) {
    const { type = 'message' } = item;
    if (!TYPES.includes(type)) throw unknownValue(`input[${index}].type`, type, TYPES);
    if (type === 'message') checkMessage(item, `input[${index}]`);
  }
}

function checkMessage({ role, content }: Item, param: string): void {
  if (role === undefined) throw missing(`${param}.role`);
  if (!ROLES.includes(role)) throw unknownValue(`${param}.role`, role, ROLES);
  if (content === undefined || content === null) throw missing(`${param}.content`);
  if (!Array.isArray(content)) return;
  const supported = role === 'assistant' ? OUTPUT_PARTS : INPUT_PARTS;
  for (const [index, { type = '' }] of (content as Item[]).entries()) {
    if (!supported.includes(type)) throw unknownValue(`${param}.content[${index}].type`, type, supported);
  }
}

const missing = (param: string) =>
  invalid('missing_required_parameter', param, `Missing required parameter: '${param}'.`);
