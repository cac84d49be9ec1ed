import { SYSTEM_NAMESPACE } from '../adapters/hub.ts';

/** Key of the ConfigMap of the policy that use is judged by. */
export const USAGE_POLICY = `${SYSTEM_NAMESPACE}/usage-policy`;

/** Its text; undefined when the city has published none. */
export function usagePolicyText(
  published: { readonly data?: Readonly<Record<string, string>> } | undefined,
): string | undefined {
  return published?.data?.['policy.yaml'];
}
