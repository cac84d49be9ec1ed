import type { Allocation, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { isKubeError, KubeError } from '../../kube/errors.ts';
import type { KubeObject, Stored } from '../../kube/types.ts';
import { kindNames } from '../../messages/cli.ts';
import { CliError } from '../errors.ts';
import { near } from '../../domain/near.ts';
import type { Hub } from './hub.ts';
import { allocations, type KindRef, resourceRequests } from './kinds.ts';

const SERIAL = /^[A-Z]{2,4}-\d{4}-\d{6}$/;

/** Whether a text has the form of a 受理编号, such as `ZY-2026-000123`. */
export function isSerial(text: string): boolean {
  return SERIAL.test(text.toUpperCase());
}

/** The name in `kind/name`, as `-o name` writes it, or the text itself. */
function plainName(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1);
}

/** The request of this name or 受理编号. @throws CliError E_NOT_FOUND naming near ones, E_AMBIGUOUS */
export function findRequest(hub: Hub, nameOrSerial: string): Promise<Stored<ResourceRequest>> {
  return find(hub, resourceRequests, nameOrSerial, (it) => it.status?.serial);
}

/** The allocation of this name, or the only one that the request of this 受理编号 gave. */
export function findAllocation(hub: Hub, nameOrSerial: string): Promise<Stored<Allocation>> {
  return find(hub, allocations, nameOrSerial, (it) => it.spec.request.serial);
}

/** The object of this name. @throws CliError E_NOT_FOUND naming near ones, E_AMBIGUOUS */
export async function find<T extends KubeObject>(
  hub: Hub,
  kind: KindRef,
  text: string,
  serialOf?: (object: T) => string | undefined,
): Promise<Stored<T>> {
  const name = plainName(text);
  const bySerial = serialOf !== undefined && isSerial(name);
  const namespace = kind.namespaced ? hub.namespace : undefined;
  if (!bySerial && (!kind.namespaced || namespace !== undefined)) {
    try {
      return await hub.client.get<T>(kind, { name, ...(namespace === undefined ? {} : { namespace }) });
    } catch (error) {
      if (!isKubeError(error, 'E_API_NOT_FOUND')) throw error;
    }
  }
  const all = await hub.list<T>(kind).catch((error: unknown) => {
    // Whoever may read one and not list all is told that it is not there, without a guess at others.
    if (namespace !== undefined && error instanceof KubeError && error.status === 403) return [];
    throw error;
  });
  const wanted = bySerial ? name.toUpperCase() : name;
  const matches = all.filter((it) => (bySerial ? serialOf(it) === wanted : it.metadata.name === wanted));
  const [first, ...others] = matches;
  if (first === undefined) {
    const known = bySerial ? all.flatMap((it) => serialOf(it) ?? []) : all.map((it) => it.metadata.name);
    throw notFound(kind.kind, wanted, known);
  }
  if (others.length > 0) {
    const candidates = matches.map(({ metadata }) => `${metadata.namespace ?? '-'}/${metadata.name}`);
    throw new CliError('E_AMBIGUOUS', { name: wanted, candidates: candidates.join(', ') });
  }
  return first;
}

/** That there is no such object, with near ones of those that there are. */
export function notFound(kind: KindRef['kind'], name: string, known: readonly string[]): CliError {
  return new CliError('E_NOT_FOUND', { kind: kindNames[kind], name }, near(name, known));
}
