/** What the work on files goes by: the plan over the policy, what is said at the start besides. */
import type { PlanFile, Policy, WorkRules } from '../contracts/plan.ts';
import { AllowEntryInvalid, parseAllowEntry } from '../pod/egress/allow-list.ts';
import { InputInvalid } from '../located-yaml.ts';

/** Throws `InputInvalid` where a host says nothing clear. */
export function workRulesOf(policy: Policy, plan: PlanFile | null, allowHosts: string[] = []): WorkRules {
  const rules = {
    setup: plan?.setup ?? policy.setup,
    allowHosts: [...policy.allowHosts, ...(plan?.allowHosts ?? []), ...allowHosts],
    protects: [...policy.protects, ...(plan?.protects ?? [])],
  };
  for (const host of [...rules.allowHosts, ...(rules.setup?.allowHosts ?? [])]) assertHost(host);
  return rules;
}

function assertHost(host: string): void {
  try {
    parseAllowEntry(host);
  } catch (error) {
    if (!(error instanceof AllowEntryInvalid)) throw error;
    throw new InputInvalid(`A host that may be reached (allowHosts, --allow-host) is not valid. ${error.message}`);
  }
}
