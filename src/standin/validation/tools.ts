/** The tools of a request: what the model has, schemas that are strict, and a choice that there is. */
import type { Capability } from '../../contracts/kinds.ts';
import { invalid } from '../http/api-error.ts';
import type { ModelFigures } from '../../catalogue/catalogue.ts';
import type { StandInRequest, Tool } from '../request.ts';
import { NAME } from './format.ts';
import { strictProblem } from './strict-rules.ts';

/** Hosted tools that not every model has. */
const NEEDS: Record<string, Capability> = {
  computer: 'computer',
  computer_use_preview: 'computer',
  tool_search: 'toolSearch',
};

export function checkTools({ tools, tool_choice: choice }: StandInRequest, { id, capabilities }: ModelFigures): void {
  for (const [index, tool] of (tools ?? []).entries()) {
    const need = NEEDS[tool.type];
    if (need && !capabilities.includes(need)) {
      throw invalid('unsupported_value', 'tools', `Tool '${tool.type}' is not supported with ${id}.`);
    }
    if (tool.type === 'function') checkFunction(tool, index);
  }
  const wanted = (choice as { type?: string; name?: string } | null | undefined) ?? {};
  if (wanted.type !== 'function' || tools?.some(({ name }) => name === wanted.name)) return;
  throw invalid(null, 'tool_choice', `Tool choice 'function' '${wanted.name}' not found in 'tools' parameter.`);
}

function checkFunction(tool: Tool, index: number): void {
  const { name = '' } = tool;
  const param = `tools[${index}].name`;
  if (tool.name === undefined)
    throw invalid('missing_required_parameter', param, `Missing required parameter: '${param}'.`);
  if (!NAME.test(name)) {
    const message = `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '${NAME.source}'.`;
    throw invalid('invalid_value', param, message);
  }
  const problem = tool['strict'] === true ? strictProblem(tool['parameters']) : null;
  if (problem === null) return;
  throw invalid(
    'invalid_function_parameters',
    `tools[${index}].parameters`,
    `Invalid schema for function '${name}': ${problem}`,
  );
}
