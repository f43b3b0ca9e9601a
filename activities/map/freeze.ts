/**
 * `freezeItems`: what a map is over, whole and checked, before anything is asked. Side effects: objects in the store, the same for the same input. A
 * relative path is one of the frozen workspace; an absolute one, which only a caller can name, lies on this host.
 */
import { isAbsolute } from 'node:path';
import { Context } from '@temporalio/activity';
import type { FrozenMap } from '../../src/contracts/map-run.ts';
import { wholeProfile } from '../../src/contracts/profile.ts';
import type { Assignment } from '../../src/contracts/subagent.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import { type Manifest, ManifestSchema } from '../../src/contracts/workspace.ts';
import { chosenLane } from '../../src/estimate/map.ts';
import { priceOf } from '../../src/estimate/prices.ts';
import { freezeItems as freeze } from '../../src/map/input/freeze-items.ts';
import { sourceInWorkspace } from '../../src/map/input/in-workspace.ts';
import { sourceOnDisk } from '../../src/map/input/on-disk.ts';
import { operationProblems } from '../../src/map/operations/registry.ts';
import { underHeartbeat } from '../heartbeat.ts';
import type { Services } from '../services.ts';
import { withMapResults } from '../workspace/map-results.ts';
import { plannedMap } from './question.ts';

export function createFreezeItemsActivity({ store, catalogue }: Services) {
  const { blobs } = store;

  async function freezeItems(assignment: Assignment): Promise<FrozenMap> {
    return underHeartbeat(async () => {
      const map = await plannedMap(blobs, assignment);
      const { operation, input, threshold, pack } = map;
      const [problem] = operationProblems(operation, { threshold, pack });
      if (problem !== undefined) throw new TypedFailure('PlanInvalid', problem);
      const source = isAbsolute(input.path)
        ? await sourceOnDisk('/', input)
        : sourceInWorkspace(blobs, await filesOf(assignment), input);
      const signal = Context.current().cancellationSignal;
      const { itemsRef, items, shards, bytes } = await freeze(blobs, source, input, { signal });
      const profile = wholeProfile(assignment.profile);
      const lane = chosenLane({ profile, figures: priceOf(catalogue)(profile.model) }, map, bytes);
      return { itemsRef, items, shards, isRanked: operation.name === 'rank' && operation.comparisons > 0, lane };
    });
  }

  /** An input may be what other maps have left, however large: it is read as a stream. */
  async function filesOf(assignment: Assignment): Promise<Manifest> {
    return blobs.getJson(await withMapResults(blobs, assignment, Infinity), ManifestSchema);
  }

  return { freezeItems };
}
