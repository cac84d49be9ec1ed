import pkg from '../../package.json' with { type: 'json' };
import type { Hub } from '../hub/hub.ts';

/** The minor version of Kubernetes whose API this program is made for: that of the local control plane. */
const KUBERNETES_MINOR = 37;

export const clientVersion = {
  version: pkg.version,
  kubernetes: `v1.${KUBERNETES_MINOR}`,
  node: process.version,
};

export interface ServerVersion {
  readonly server: { readonly gitVersion: string; readonly minor: string };
  /** Like kubectl: one minor version apart is supported. */
  readonly skew: { readonly minor: number; readonly supported: boolean };
}

export async function serverVersion(hub: Hub): Promise<ServerVersion> {
  const { gitVersion, minor } = await hub.client.raw<ServerVersion['server']>('/version');
  // Managed servers write `37+`.
  const apart = Number.parseInt(minor, 10) - KUBERNETES_MINOR;
  return { server: { gitVersion, minor }, skew: { minor: apart, supported: Math.abs(apart) <= 1 } };
}
