/** One line of `flotilla doctor`. */
import { z } from 'zod';

export const FindingSchema = z.object({
  name: z.string(),
  status: z.enum(['ok', 'warning', 'failed']),
  detail: z.string(),
  /** What would mend it; empty where nothing is to be mended. */
  help: z.string(),
  /** As it was asked for, and dangerous. */
  isDangerous: z.boolean().optional(),
});
export type Finding = z.infer<typeof FindingSchema>;

export const ok = (name: string, detail: string): Finding => ({ name, status: 'ok', detail, help: '' });
export const warning = (name: string, detail: string, help: string): Finding => ({
  name,
  status: 'warning',
  detail,
  help,
});
