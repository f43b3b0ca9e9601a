/** The files of `flotilla run`: a plan, a policy. */
import { PlanFileSchema, type PlanFile, PolicySchema, type Policy } from '../contracts/plan.ts';
import { type Located, readLocated } from '../located-yaml.ts';

export const readPlanFile = (file: string): Located<PlanFile> => readLocated(file, PlanFileSchema, 'plan');

export const readPolicyFile = (file: string): Located<Policy> => readLocated(file, PolicySchema, 'policy');
