import { z } from 'zod';

/** A DNS label, as Kubernetes names objects and namespaces. */
export const objectName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

/** An organisation's permanent code; 4 characters shorter than a label so that `gov-<code>` is a namespace. */
export const organizationCode = z
  .string()
  .min(2)
  .max(40)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

/**
 * What people write is shown in tables, logs and terminals: no control characters, and none that are not seen or that turn
 * the direction of what follows them (Unicode Cc, Cf, Zl, Zp).
 */
export const oneLine = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u);
/** The same in several lines; may be empty. */
const lines = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^([^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|[\n\t])*$/u);

/** A rule in CEL. Whoever reads it sees all of it. */
export const cel = lines(1000).min(1);

export const localized = z.object({
  zh: oneLine(120).describe('中文 / Chinese'),
  en: oneLine(200).optional().describe('英文 / English'),
});

export const line = oneLine(200);
export const phone = oneLine(40);
export const text = lines(2000).min(1);
export const comment = lines(2000);
/** A uid, digest or serial number; empty where there is none. */
export const token = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[-0-9a-zA-Z]*$/);
/** What the hub calls somebody. */
export const account = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[\x21-\x7e]+$/);
export const dateText = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/)
  .max(10)
  .describe('日期 YYYY-MM-DD / date');
export const timeText = z.string().max(40).meta({ format: 'date-time' });
export const generation = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
export const fen = z.int().min(0).max(Number.MAX_SAFE_INTEGER).describe('金额，分 / money in fen');
export const zoneName = objectName.describe('网络区 / zone');
export const arch = z.enum(['amd64', 'arm64']).describe('处理器架构 / CPU architecture');
export type Arch = z.infer<typeof arch>;
export const dataClass = z.enum(['public', 'internal', 'sensitive']);
export type DataClass = z.infer<typeof dataClass>;
export const mlpsLevel = z.int().min(1).max(4).describe('网络安全等级保护级别 / MLPS level');

const cpuQuantity = z
  .string()
  .max(17)
  .regex(/^\d{1,16}m?$/);
const byteQuantity = z
  .string()
  .max(18)
  .regex(/^\d{1,16}(Ki|Mi|Gi|Ti)?$/);

/** Amounts by resource as Kubernetes quantities; GB means GiB and T 1,024 GiB (an assumption). */
export const resources = z.object({
  vcpu: cpuQuantity.optional().describe('vCPU（核） / cores'),
  memory: byteQuantity.optional().describe('内存 / memory'),
  ssd: byteQuantity.optional().describe('SSD 块存储 / SSD block storage'),
  hdd: byteQuantity.optional().describe('HDD 块存储 / HDD block storage'),
});
export type Resources = z.infer<typeof resources>;

/** A signed amount, for what is computed: an overdrawn account has negative free amounts. */
export const signedResources = z.record(z.string().max(20), z.string().max(20)).meta({ maxProperties: 4 });

/** Parameter values of a catalogue item: integers or short strings, by parameter name. */
export const parameterValues = z
  .record(z.string().max(40), z.union([z.int(), oneLine(200)]).meta({ 'x-kubernetes-int-or-string': true }))
  .meta({ maxProperties: 32 });
export type ParameterValues = z.infer<typeof parameterValues>;

/** Conditions follow the Kubernetes API conventions. */
const condition = z.object({
  type: z.string().min(1).max(60),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().min(1).max(60),
  message: z.string().max(4000),
  lastTransitionTime: timeText,
  observedGeneration: generation.optional(),
});
export type Condition = z.infer<typeof condition>;
export const conditions = z
  .array(condition)
  .max(16)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });

/** What people decided on something whole, each naming the digest of what they saw; append-only. */
export const digestDecisions = z
  .array(
    z.object({
      digest: z.string().max(64),
      reviewer: account,
      verdict: z.enum(['approve', 'reject']),
      comment: comment.optional(),
    }),
  )
  .max(10);

/** A reason as people read it: a stable code and its text in both languages. */
export const reasonText = z.object({
  code: z.string().min(1).max(60),
  message: z.string().max(1000),
  where: z.string().max(200).optional(),
});
export type ReasonText = z.infer<typeof reasonText>;

/** Says of an object, in one sentence, what the city's plan does not say; shown as 假设. */
export const ASSUMPTION_ANNOTATION = 'govcloud.dev/assumption';
