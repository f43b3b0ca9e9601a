/** `flotilla map`: one operation over every item of an input, followed to its end or left to itself. */
import { mapObjective } from '../../client/map.ts';
import type { OperationName } from '../../contracts/map.ts';
import { attendStarted } from '../attend.ts';
import { type Context, withFlotilla } from '../context.ts';
import { type MapFlags, mapOptionsFrom } from '../map-options.ts';
import { estimateRun } from './estimate.ts';

export async function map(context: Context, operation: OperationName, flags: MapFlags): Promise<number> {
  const options = mapOptionsFrom(operation, flags);
  if (flags.estimate) return estimateRun(context, mapObjective(options), flags);
  return withFlotilla(context, async (flotilla) => attendStarted(context, await flotilla.map(options), flags));
}
