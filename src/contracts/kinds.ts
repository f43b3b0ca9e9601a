/**
 * The registry of kinds of subtask: who carries one out, and where its ladder starts. Free of zod: Workflows load it.
 * A new kind is a line here, a schema in `plan.ts` and, if it has a loop of its own, a Workflow.
 */
import type { Tier } from './addresses.ts';

export const KIND_NAMES = ['investigate', 'check', 'triage', 'map', 'code', 'ask'] as const;
export type Kind = (typeof KIND_NAMES)[number];

/** What a model or its provider can do beyond a plain answer. `models.yaml` says who can what. */
export const CAPABILITIES = [
  'tools',
  'strictSchema',
  'background',
  'serverState',
  'images',
  'computer',
  'toolSearch',
  'batch',
  'flex',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

export interface KindRules {
  /** `subagent`: a child Workflow with turns. `map`: one with shards of items. `activity`: one Activity. */
  runsAs: 'subagent' | 'map' | 'activity';
  /** Changes files: runs in a pod, and its result is merged. */
  writes?: true;
  /** Starts when its dependencies have ended, with what they brought, as long as one of them completed. */
  toleratesMissing: boolean;
  /** What the model of each tier on its ladder must be able to do. */
  needs: Capability[];
  /** What the manager is told about it. */
  describes: string;
}

export const KINDS: Record<Kind, KindRules> = {
  investigate: {
    runsAs: 'subagent',
    toleratesMissing: false,
    needs: ['tools'],
    describes:
      'an agent with read-only tools (list files, search, read) over the workspace; ends with findings, each with path, lines and a quote. State what to look for, and in `paths` where.',
  },
  check: {
    runsAs: 'activity',
    toleratesMissing: false,
    needs: [],
    describes:
      'runs one of the named commands on a copy of the workspace; name it in `check`. No other commands exist.',
  },
  triage: {
    runsAs: 'activity',
    toleratesMissing: true,
    needs: [],
    describes:
      'classifies every finding of the subtasks it depends on by severity and area, and merges duplicates. Let one depend on all investigations.',
  },
  map: {
    runsAs: 'map',
    toleratesMissing: false,
    needs: [],
    describes:
      'one small question about every item of an input, at volume: the rows of a table (JSONL, CSV, TSV) or pieces of text files (a folder or a glob). Say in `map` which operation and over what. `review` reads every line of the files in scope and brings findings; the others bring a results file and figures. Agents that depend on it read that file line by line; a map that does takes it as its input: `.flotilla/results/<id>/results.jsonl`, with `result` as the column of the text.',
  },
  code: {
    runsAs: 'subagent',
    writes: true,
    toleratesMissing: false,
    needs: ['tools'],
    describes:
      'an agent that changes files of the workspace, runs commands in a sandbox and debugs until the checks pass, which the engine then runs itself. Say what has to be different afterwards; name in `check` the command that must pass, or null for all of them. What it changes is merged with what others change.',
  },
  ask: {
    runsAs: 'activity',
    toleratesMissing: false,
    needs: [],
    describes:
      'a few questions to a model without tools, over what the subtasks it depends on brought and nothing else; ends with its answers. Put them in `questions`, asked one after another in one conversation. For drawing together, weighing or wording what others found.',
  },
};

/** One rung: a tier and how many tries a subtask has on it. */
export interface Rung {
  tier: Tier;
  tries: number;
}

/** Where a kind starts and how it climbs. `check` has no tier: no model takes part. */
export type Ladders = Record<Kind, Rung[]>;

export const DEFAULT_LADDERS: Ladders = {
  investigate: [
    { tier: 'mini', tries: 2 },
    { tier: 'manager', tries: 1 },
  ],
  check: [],
  triage: [
    { tier: 'nano', tries: 1 },
    { tier: 'mini', tries: 1 },
  ],
  // Its items climb one by one; the whole is tried again where it was lost.
  map: [{ tier: 'nano', tries: 2 }],
  // A try that only lost a race with another one's changes costs a try, too.
  code: [
    { tier: 'mini', tries: 3 },
    { tier: 'manager', tries: 1 },
  ],
  ask: [
    { tier: 'nano', tries: 1 },
    { tier: 'mini', tries: 1 },
  ],
};
