import { z } from 'zod';

/** How an indicator is measured. */
const MEASURES = ['vcpu', 'extranetAccess', 'monthlyActive', 'systemsOnCloud'] as const;

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const text = z.strictObject({ zh: z.string().min(1).max(200), en: z.string().min(1).max(200) });
/** Millicores, or hundredths of a percent. */
const value = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** The indicators of a city's plan: `indicators.yaml` of the ConfigMap `indicators` in govcloud-system. */
export const indicatorsFile = z
  .array(
    z.strictObject({
      measure: z.enum(MEASURES),
      number: z.string().min(1).max(20),
      title: text,
      baseline: z.strictObject({ value, on: day }).optional(),
      target: z.strictObject({ value, by: day }),
      source: text,
    }),
  )
  .max(50);

export type Indicator = z.infer<typeof indicatorsFile>[number];
