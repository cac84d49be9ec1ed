import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { applyManifests, parseManifests } from '../../kube/manifests.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { Binaries } from './binaries.ts';
import { writeWhole } from './files.ts';
import type { Home } from './home.ts';
import { type CertificateRequest, ensureSigningKey, issueCertificates } from './pki.ts';
import { reservePorts } from './ports.ts';
import { answersOk, type TlsFiles } from './probe.ts';
import { isRunning, type ProcessSpec, type StartOptions, startProcess, stopAll } from './process.ts';

/** What one cluster consists of, besides its etcd and its API server. */
export interface ClusterSpec {
  /** Names its folder and its processes, such as `hub` or `extranet`; lower-case letters, digits, hyphens. */
  readonly name: string;
  readonly controllerManager?: boolean;
  readonly scheduler?: boolean;
  /** Nodes and pods that run without a kubelet. */
  readonly kwok?: KwokSpec;
  /**
   * A folder of admission policies that the API server itself holds: they bind everybody, `system:masters` too, and
   * no API call changes them. Names end in `.static.k8s.io`. From Kubernetes 1.37.
   */
  readonly staticPolicyDir?: string;
  /** An audit policy; what it names is logged to `Cluster.auditLog`. */
  readonly auditPolicy?: string;
  /**
   * Called whenever the API server is ready and before anything else of the cluster starts: the place for CRDs,
   * since KWOK reads at its start which kinds there are.
   */
  readonly prepare?: (cluster: Cluster) => Promise<void>;
  /** For tests alone: a crash of the machine may lose what was written. */
  readonly unsafeNoFsync?: boolean;
}

interface KwokSpec {
  /** Stages besides those for nodes, pods and volumes. What they write, `kwok` must be allowed to by `prepare`. */
  readonly stages?: readonly string[];
  /** Storage classes whose volumes exist at once; the first is the default one. Each is created. */
  readonly storageClasses: readonly string[];
}

/** KWOK's name in its cluster, to bind roles to. */
const KWOK_USER = 'kwok-controller';

/** A running cluster. */
export interface Cluster {
  readonly name: string;
  /** `https://127.0.0.1:PORT`. */
  readonly server: string;
  readonly caPem: string;
  /** Of the bootstrap admin (`system:masters`): valid 24 h, issued anew at each start, mode 0600. */
  readonly kubeconfigPath: string;
  /** That file's text. */
  readonly adminKubeconfig: string;
  /**
   * The folder of keys. Its authorities `ca` (servers, clients) and `front-proxy-ca` (the API server towards
   * aggregated ones) can issue more.
   */
  readonly pkiDir: string;
  /** What the API server logs by its audit policy, if it has one. */
  readonly auditLog?: string;
  /** As the bootstrap admin. */
  readonly client: KubeClient;
  /** Stops this cluster's processes, etcd last. */
  stop(): Promise<void>;
}

const AUTHORITIES = ['ca', 'etcd-ca', 'front-proxy-ca'];
/** KWOK renews a node's lease four times in it; nothing here needs to learn of a dead host in less. */
const NODE_LEASE_SECONDS = 120;
const COMPONENT_HOURS = 365 * 24;
const ADMIN_HOURS = 24;
const LOOPBACK = ['127.0.0.1', 'localhost'];
const SERVICE_RANGE = '10.96.0.0/16';
const SERVICE_HOSTS = [
  '10.96.0.1',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];
const AUDIT_LOG_MB = 20;
const AUDIT_LOGS = 5;
const FIELD_MANAGER = 'localcity';

/**
 * Starts one Kubernetes cluster in a city's folder, or goes on with the one that is there, and waits until all its
 * parts are ready. Several may be started at once. If this throws, parts may be running: `stopAll` ends them.
 * @throws GovError E_CITY_VERSION, E_PORT_TAKEN, E_CERTIFICATES, E_PROCESS_*; KubeError.
 */
export async function startCluster(
  home: Home,
  binaries: Binaries,
  spec: ClusterSpec,
  options: StartOptions = {},
): Promise<Cluster> {
  home.requireKubernetes(binaries.kubernetesVersion);
  const dir = join(home.dir, 'clusters', spec.name);
  const pkiDir = join(dir, 'pki');
  mkdirSync(pkiDir, { recursive: true, mode: 0o700 });
  const names = processNames(spec.name);
  const ports = await clusterPorts(home, spec, names);
  const server = `https://127.0.0.1:${ports.apiserver}`;
  const pki = (file: string) => join(pkiDir, file);
  const admin = certificate('admin', 'ca', 'govcloud-bootstrap', {
    organizations: ['system:masters'],
    hours: ADMIN_HOURS,
  });
  const apiserverRuns = isRunning(home.dir, names.apiserver);
  await issueCertificates(
    binaries.certs,
    pkiDir,
    AUTHORITIES,
    apiserverRuns ? [admin] : [...componentCertificates(), admin],
  );
  ensureSigningKey(pkiDir, 'service-account');
  const caPem = readFileSync(pki('ca.crt'), 'utf8');
  const kubeconfigs = Object.fromEntries(
    ['admin', 'controller-manager', 'scheduler', 'kwok'].map((user) => {
      const file = join(dir, `${user}.kubeconfig`);
      writeWhole(file, kubeconfigOf(spec.name, server, caPem, user, pkiDir), 0o600);
      return [user, file];
    }),
  ) as Record<'admin' | 'controller-manager' | 'scheduler' | 'kwok', string>;

  const tls = (name: string, ca: string): TlsFiles => ({
    ca: pki(`${ca}.crt`),
    cert: pki(`${name}.crt`),
    key: pki(`${name}.key`),
  });
  await startProcess(home, etcdProcess(names.etcd, binaries, dir, ports, spec, tls), options);
  await startProcess(home, apiserverProcess(names.apiserver, binaries, dir, ports, spec, tls), options);

  const client = new KubeClient(await loadAccess({ kubeconfig: kubeconfigs.admin }));
  const cluster: Cluster = {
    name: spec.name,
    server,
    caPem,
    kubeconfigPath: kubeconfigs.admin,
    adminKubeconfig: readFileSync(kubeconfigs.admin, 'utf8'),
    pkiDir,
    ...(spec.auditPolicy === undefined ? {} : { auditLog: auditLogOf(dir) }),
    client,
    stop: async () => {
      client.close();
      const own = new Set<string>(Object.values(names));
      await stopAll(home, { progress: options.progress, only: (name) => own.has(name) });
    },
  };
  const objects = spec.kwok ? kwokObjects(binaries, spec.kwok) : [];
  await applyManifests(client, objects, {
    fieldManager: FIELD_MANAGER,
    force: true,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  await spec.prepare?.(cluster);

  const rest: ProcessSpec[] = [];
  if (spec.controllerManager) {
    const args = [
      ...leaderArgs(kubeconfigs['controller-manager'], ports.controllerManager, pki, 'controller-manager'),
      `--root-ca-file=${pki('ca.crt')}`,
      `--service-account-private-key-file=${pki('service-account.key')}`,
      '--use-service-account-credentials=true',
      `--node-monitor-grace-period=${2 * NODE_LEASE_SECONDS}s`,
      '--kube-api-qps=200',
      '--kube-api-burst=400',
    ];
    const ready = healthz(ports.controllerManager, tls('controller-manager', 'ca'));
    rest.push({ name: names.controllerManager, command: binaries.kubeControllerManager, args, ready });
  }
  if (spec.scheduler) {
    const args = leaderArgs(kubeconfigs.scheduler, ports.scheduler, pki, 'scheduler');
    const ready = healthz(ports.scheduler, tls('scheduler', 'ca'));
    rest.push({ name: names.scheduler, command: binaries.kubeScheduler, args, ready });
  }
  if (spec.kwok) {
    const stages = kwokStages(binaries, spec.kwok, dir);
    const args = [
      `--kubeconfig=${kubeconfigs.kwok}`,
      '--manage-all-nodes=true',
      // Without leases the controller-manager takes the nodes for dead again and again, and their pods for not ready.
      `--node-lease-duration-seconds=${NODE_LEASE_SECONDS}`,
      '--node-ip=127.0.0.1',
      `--server-address=127.0.0.1:${ports.kwok}`,
      ...stages.map((file) => `--config=${file}`),
    ];
    const ready = (signal: AbortSignal) => answersOk(`http://127.0.0.1:${ports.kwok}/healthz`, signal);
    rest.push({ name: names.kwok, command: binaries.kwok, args, ready });
  }
  await allOrFirstError(rest.map((process) => startProcess(home, process, options)));
  return cluster;
}

function processNames(cluster: string) {
  return {
    etcd: `${cluster}-etcd`,
    apiserver: `${cluster}-apiserver`,
    controllerManager: `${cluster}-controller-manager`,
    scheduler: `${cluster}-scheduler`,
    kwok: `${cluster}-kwok`,
  } as const;
}

type Names = ReturnType<typeof processNames>;
type Ports = Awaited<ReturnType<typeof clusterPorts>>;
type Tls = (name: string, ca: string) => TlsFiles;

async function clusterPorts(home: Home, spec: ClusterSpec, names: Names) {
  const etcdClient = `${names.etcd}.client`;
  const etcdPeer = `${names.etcd}.peer`;
  const optional = [
    ...(spec.controllerManager ? [names.controllerManager] : []),
    ...(spec.scheduler ? [names.scheduler] : []),
    ...(spec.kwok ? [names.kwok] : []),
  ];
  const ports: Readonly<Record<string, number>> = await reservePorts(home, [
    etcdClient,
    etcdPeer,
    names.apiserver,
    ...optional,
  ]);
  const port = (name: string) => ports[name] ?? 0;
  return {
    etcdClient: port(etcdClient),
    etcdPeer: port(etcdPeer),
    apiserver: port(names.apiserver),
    controllerManager: port(names.controllerManager),
    scheduler: port(names.scheduler),
    kwok: port(names.kwok),
  };
}

function componentCertificates(): readonly CertificateRequest[] {
  return [
    certificate('etcd', 'etcd-ca', 'etcd', { hosts: LOOPBACK }),
    certificate('etcd-client', 'etcd-ca', 'kube-apiserver'),
    certificate('apiserver', 'ca', 'kube-apiserver', { hosts: [...LOOPBACK, ...SERVICE_HOSTS] }),
    certificate('front-proxy-client', 'front-proxy-ca', 'front-proxy-client'),
    certificate('controller-manager', 'ca', 'system:kube-controller-manager', { hosts: LOOPBACK }),
    certificate('scheduler', 'ca', 'system:kube-scheduler', { hosts: LOOPBACK }),
    certificate('kwok', 'ca', KWOK_USER),
  ];
}

function certificate(
  name: string,
  authority: string,
  commonName: string,
  more: Partial<CertificateRequest> = {},
): CertificateRequest {
  return { name, authority, commonName, hours: COMPONENT_HOURS, ...more };
}

/** Carries its certificate in itself, so that the file works wherever it is copied. */
function kubeconfigOf(cluster: string, server: string, caPem: string, user: string, pkiDir: string): string {
  const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: cluster, cluster: { server, 'certificate-authority-data': base64(caPem) } }],
    users: [
      {
        name: user,
        user: {
          'client-certificate-data': base64(readFileSync(join(pkiDir, `${user}.crt`))),
          'client-key-data': base64(readFileSync(join(pkiDir, `${user}.key`))),
        },
      },
    ],
    contexts: [{ name: cluster, context: { cluster, user } }],
    'current-context': cluster,
  });
}

function etcdProcess(
  name: string,
  binaries: Binaries,
  dir: string,
  ports: Ports,
  spec: ClusterSpec,
  tls: Tls,
): ProcessSpec {
  const client = `https://127.0.0.1:${ports.etcdClient}`;
  const peer = `https://127.0.0.1:${ports.etcdPeer}`;
  const own = tls('etcd', 'etcd-ca');
  const args = [
    '--name=default',
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--client-cert-auth=true',
    `--trusted-ca-file=${own.ca}`,
    `--cert-file=${own.cert}`,
    `--key-file=${own.key}`,
    '--peer-client-cert-auth=true',
    `--peer-trusted-ca-file=${own.ca}`,
    `--peer-cert-file=${own.cert}`,
    `--peer-key-file=${own.key}`,
    '--log-level=warn',
    ...(spec.unsafeNoFsync ? ['--unsafe-no-fsync'] : []),
  ];
  const probe = tls('etcd-client', 'etcd-ca');
  return {
    name,
    command: binaries.etcd,
    args,
    ready: (signal) => answersOk(`${client}/health`, signal, probe),
  };
}

function apiserverProcess(
  name: string,
  binaries: Binaries,
  dir: string,
  ports: Ports,
  spec: ClusterSpec,
  tls: Tls,
): ProcessSpec {
  const own = tls('apiserver', 'ca');
  const etcd = tls('etcd-client', 'etcd-ca');
  const frontProxy = tls('front-proxy-client', 'front-proxy-ca');
  const serviceAccount = join(dir, 'pki', 'service-account');
  const args = [
    `--etcd-servers=https://127.0.0.1:${ports.etcdClient}`,
    `--etcd-cafile=${etcd.ca}`,
    `--etcd-certfile=${etcd.cert}`,
    `--etcd-keyfile=${etcd.key}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    // Endpoints may not name a loopback address, and no pod of ours calls the API server.
    '--endpoint-reconciler-type=none',
    `--secure-port=${ports.apiserver}`,
    `--tls-cert-file=${own.cert}`,
    `--tls-private-key-file=${own.key}`,
    `--client-ca-file=${own.ca}`,
    '--anonymous-auth=false',
    '--authorization-mode=RBAC',
    '--profiling=false',
    // Else an open watch keeps the server for half a minute after it was told to stop.
    '--shutdown-watch-termination-grace-period=1s',
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${serviceAccount}.pub`,
    `--service-account-signing-key-file=${serviceAccount}.key`,
    `--requestheader-client-ca-file=${frontProxy.ca}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${frontProxy.cert}`,
    `--proxy-client-key-file=${frontProxy.key}`,
    ...(spec.staticPolicyDir
      ? [`--admission-control-config-file=${writeAdmissionConfig(dir, spec.staticPolicyDir)}`]
      : []),
    ...(spec.auditPolicy
      ? [
          `--audit-policy-file=${spec.auditPolicy}`,
          `--audit-log-path=${auditLogOf(dir)}`,
          `--audit-log-maxsize=${AUDIT_LOG_MB}`,
          `--audit-log-maxbackup=${AUDIT_LOGS}`,
        ]
      : []),
  ];
  const url = `https://127.0.0.1:${ports.apiserver}/readyz`;
  const admin = tls('admin', 'ca');
  return { name, command: binaries.kubeApiserver, args, ready: (signal) => answersOk(url, signal, admin) };
}

function auditLogOf(dir: string): string {
  return join(dir, 'audit', 'audit.log');
}

function writeAdmissionConfig(dir: string, staticManifestsDir: string): string {
  const file = join(dir, 'admission.yaml');
  const apiVersion = 'apiserver.config.k8s.io/v1';
  const configuration = { apiVersion, kind: 'ValidatingAdmissionPolicyConfiguration', staticManifestsDir };
  const plugins = [{ name: 'ValidatingAdmissionPolicy', configuration }];
  writeWhole(file, dump({ apiVersion, kind: 'AdmissionConfiguration', plugins }));
  return file;
}

/** Flags that controller-manager and scheduler share. There is one of each, so no leader to elect. */
function leaderArgs(
  kubeconfig: string,
  port: number,
  pki: (file: string) => string,
  name: string,
): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${pki(`${name}.crt`)}`,
    `--tls-private-key-file=${pki(`${name}.key`)}`,
    '--leader-elect=false',
  ];
}

function healthz(port: number, tls: TlsFiles): ProcessSpec['ready'] {
  return (signal) => answersOk(`https://127.0.0.1:${port}/healthz`, signal, tls);
}

/** What KWOK needs in its cluster: its roles, bound to its user, and the storage classes. */
function kwokObjects(binaries: Binaries, kwok: KwokSpec): KubeObject[] {
  const roles = binaries.kwokFiles.roles.flatMap((file) => parseManifests(readFileSync(file, 'utf8')));
  const bindings = roles.map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name: metadata.name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: KWOK_USER }],
  }));
  const classes = kwok.storageClasses.map((name, index) => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': String(index === 0) } },
    provisioner: 'kwok.x-k8s.io/volume',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    allowVolumeExpansion: true,
  }));
  return [...roles, ...bindings, ...classes];
}

/** KWOK's volume stages know one storage class by name; this gives them ours. */
function kwokStages(binaries: Binaries, kwok: KwokSpec, dir: string): readonly string[] {
  const { stages, volumeStages } = binaries.kwokFiles;
  const classes = kwok.storageClasses.map((name) => `'${name}'`).join(', ');
  const ours = volumeStages.map((file, index) => {
    const text = readFileSync(file, 'utf8').replace(/== 'kwok-volume'/g, `in [${classes}]`);
    const copy = join(dir, `volume-stage-${index}.yaml`);
    writeWhole(copy, text);
    return copy;
  });
  return [...stages, ...(classes ? ours : []), ...(kwok.stages ?? [])];
}

/** Waits for all before it throws the first error, so that nothing starts behind the caller's back. */
async function allOrFirstError(all: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(all)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
