/** What `import … from 'flotilla'` gives. */
export { connect, type ConnectOptions, Flotilla, type ObjectiveLine } from './connect.ts';
export { estimatePlan, type EstimateOptions, type PlannedBy } from './estimate.ts';
export { NoWorkerAnswers, ObjectiveHandle, type ObjectiveView } from './objective-handle.ts';
export { ObjectiveGone } from './progress-reader.ts';
export type { MapOptions } from './map.ts';
export type { MapStanding } from './map-progress.ts';
export { InputInvalid } from '../located-yaml.ts';
export type { StartOptions } from './prepare.ts';
export { NothingRuns } from '../temporal-target.ts';
export type { Attempt } from '../contracts/attempts.ts';
export type { ObjectiveResult, Progress, SubtaskRecord } from '../contracts/objective.ts';
export type { ApprovalRequest } from '../contracts/approval.ts';
export type { Estimate } from '../contracts/estimate.ts';
export type { PlanFile, Policy } from '../contracts/plan.ts';
export type { Report } from '../contracts/report.ts';
export type { TriagedFinding } from '../contracts/finding.ts';
