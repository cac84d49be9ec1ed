import type { KubeObject } from '../../kube/types.ts';
import { REPORTS_GROUP, REPORTS_VERSION } from '../../api/reports/index.ts';

const SERVICE = 'govcloud-reports';

/** The name that the reports server's certificate must carry: the API server checks it. */
export function reportsServerName(namespace: string): string {
  return `${SERVICE}.${namespace}.svc`;
}

/**
 * Registers the reports API at an API server on the same machine: an ExternalName service leads it to localhost. An
 * API server that runs with `--enable-aggregator-routing` knows no such service; there, and wherever the reports
 * server runs as a Deployment, a service that selects its pods takes its place.
 *
 * @param it.namespace where the service stands; it must exist
 * @param it.caBundle PEM of the authority that signed the server's certificate for `reportsServerName`
 */
export function apiServiceManifests(it: {
  readonly namespace: string;
  readonly port: number;
  readonly caBundle: string;
}): readonly KubeObject[] {
  const { namespace, port, caBundle } = it;
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: SERVICE, namespace },
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ name: 'https', port }] },
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `${REPORTS_VERSION}.${REPORTS_GROUP}` },
      spec: {
        group: REPORTS_GROUP,
        version: REPORTS_VERSION,
        service: { name: SERVICE, namespace, port },
        caBundle: Buffer.from(caBundle).toString('base64'),
        // Below the groups of CRDs (1000), so that `kubectl get quotas` still means what people wrote.
        groupPriorityMinimum: 500,
        versionPriority: 10,
      },
    },
  ];
}
