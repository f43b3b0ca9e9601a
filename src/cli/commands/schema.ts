/** `flotilla schema NAME`: the JSON Schema of what is read and printed. */
import { z } from 'zod';
import { CatalogueFileSchema } from '../../catalogue/schema.ts';
import { InputInvalid } from '../../located-yaml.ts';
import { AttemptsSchema } from '../../contracts/attempts.ts';
import { EstimateSchema } from '../../contracts/estimate.ts';
import { PlanFileSchema, PolicySchema } from '../../contracts/plan.ts';
import { ReportSchema } from '../../contracts/report.ts';
import { InstanceSchema } from '../../instances/schema.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { InstanceRunJsonSchema, InstanceValidationJsonSchema } from '../instance-view.ts';
import { LedgerJsonSchema } from '../ledger-view.ts';
import { ListJsonSchema, ObjectiveJsonSchema } from '../view-json.ts';
import { TiersFileSchema } from '../../tiers.ts';
import { DoctorJsonSchema } from './doctor.ts';
import { ModelsJsonSchema } from './models.ts';

/** `io`: files may leave out what has a default; what is printed has everything. */
const SCHEMAS = {
  plan: { schema: PlanFileSchema, io: 'input' },
  policy: { schema: PolicySchema, io: 'input' },
  tiers: { schema: TiersFileSchema, io: 'input' },
  catalogue: { schema: CatalogueFileSchema, io: 'input' },
  instance: { schema: InstanceSchema, io: 'input' },
  objective: { schema: ObjectiveJsonSchema, io: 'output' },
  report: { schema: ReportSchema, io: 'output' },
  attempts: { schema: AttemptsSchema, io: 'output' },
  estimate: { schema: EstimateSchema, io: 'output' },
  list: { schema: ListJsonSchema, io: 'output' },
  ledger: { schema: LedgerJsonSchema, io: 'output' },
  models: { schema: ModelsJsonSchema, io: 'output' },
  doctor: { schema: DoctorJsonSchema, io: 'output' },
  'instance-run': { schema: InstanceRunJsonSchema, io: 'output' },
  'instance-validation': { schema: InstanceValidationJsonSchema, io: 'output' },
} as const;

export const SCHEMA_NAMES = Object.keys(SCHEMAS);

export async function schema({ terminal }: Context, name: string): Promise<number> {
  if (!Object.hasOwn(SCHEMAS, name))
    throw new InputInvalid(`There is no schema "${name}". There are: ${SCHEMA_NAMES.join(', ')}.`);
  const { schema: found, io } = SCHEMAS[name as keyof typeof SCHEMAS];
  terminal.json(z.toJSONSchema(found, { io }));
  return EXIT.done;
}
