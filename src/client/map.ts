/** A map by itself: one operation over every item of an input, as an objective of one subtask. */
import { basename, resolve } from 'node:path';
import type { z } from 'zod';
import type { Tier } from '../contracts/addresses.ts';
import { type LANES, type MapInputSchema, MapSchema, type OperationSchema } from '../contracts/map.ts';
import { type PlanProblem, problemText, zodProblems } from '../contracts/parse-plan.ts';
import type { Priority } from '../contracts/priority.ts';
import { InputInvalid } from '../located-yaml.ts';
import { isGlob } from '../map/input/scope.ts';
import type { StartOptions } from './prepare.ts';

export interface MapOptions {
  /** What is done with each item, with its settings. */
  operation: z.input<typeof OperationSchema>;
  /** Where items come from; a path is relative to the current directory. */
  input: z.input<typeof MapInputSchema>;
  /** Confidence below which an item goes a tier up. */
  threshold?: number;
  /** Items in one call. Default: 1. */
  pack?: number;
  /** Default: `live`. `batch`: half the price, within a day. `auto`: `batch`, where there is time for it and it saves a cent. */
  lane?: (typeof LANES)[number];
  /** For the lane `auto`: when it is needed. Default: whenever. */
  deadlineHours?: number;
  /** Takes results that earlier maps have paid for. Default: true. */
  reuse?: boolean;
  /** Where items start. Default: `nano`. */
  tier?: Tier;
  budgetUsd?: number;
  /** `background` where nobody waits for it. Default: `interactive`, in the lane `batch` `background`. */
  priority?: Priority;
  /** Starting twice with one id is starting once. Default: made from operation and input. */
  id?: string;
  /** How problems are told; the command line knows its flags. Paths are those of the options. */
  describeProblems?: (problems: PlanProblem[]) => string;
}

/** The id of its only subtask. */
const MAP_SUBTASK = 'map';

const TITLE_CHARACTERS = 100;

/** As an objective. Throws `InputInvalid` where the options have not the form; `prepareObjective` checks the rest. */
export function mapObjective({ budgetUsd, id, tier, priority, describeProblems, ...map }: MapOptions): StartOptions {
  const describe = describeProblems ?? listed;
  const parsed = MapSchema.safeParse(map);
  if (!parsed.success) throw new InputInvalid(describe(zodProblems(parsed.error)));
  const { operation, input, ...calls } = parsed.data;
  const path = resolve(input.path);
  const named = isGlob(path) ? input.path : basename(path);
  const title = `${operation.name} ${named}`.slice(0, TITLE_CHARACTERS);
  const subtask = { id: MAP_SUBTASK, kind: 'map', title, operation, input: { ...input, path }, ...calls };
  return {
    objective: title,
    workspace: null,
    isWithoutAnswer: true,
    plan: { subtasks: [{ ...subtask, ...(tier !== undefined && { tier }) }] },
    describePlanProblems: (problems) => describe(problems.map(ofOptions)),
    ...(budgetUsd !== undefined && { budgetUsd }),
    ...(priority !== undefined && { priority }),
    ...(id !== undefined && { id }),
  };
}

/** Problems of the plan's only subtask as those of the options it was made from. */
const ofOptions = ({ path, message }: PlanProblem): PlanProblem => ({
  path: path[0] === 'subtasks' ? path.slice(2) : path,
  message,
});

const listed = (problems: PlanProblem[]): string => `The map is not valid: ${problems.map(problemText).join('; ')}`;
