import type { ApprovalFlow } from '../../api/v1alpha1/index.ts';
import { parseQuantity, type ResourceVector } from '../quantity.ts';

/**
 * The flow that a request passes: of those whose bounds hold the whole of it, the one of lowest order.
 * @param total all that the request asks for, not the difference against what is held
 */
export function chooseFlow(
  flows: readonly ApprovalFlow[],
  total: ResourceVector,
  mlps: number,
): ApprovalFlow | undefined {
  return [...flows]
    .sort((a, b) => a.spec.order - b.spec.order || (a.metadata.name < b.metadata.name ? -1 : 1))
    .find(({ spec: { upTo } }) => {
      if (upTo === undefined) return true;
      const storage = total.get('ssd').plus(total.get('hdd'));
      return (
        (upTo.vcpu === undefined || total.get('vcpu').compare(parseQuantity('vcpu', upTo.vcpu)) <= 0) &&
        (upTo.memory === undefined ||
          total.get('memory').compare(parseQuantity('memory', upTo.memory)) <= 0) &&
        (upTo.storage === undefined || storage.compare(parseQuantity('ssd', upTo.storage)) <= 0) &&
        (upTo.mlps === undefined || mlps <= upTo.mlps)
      );
    });
}
