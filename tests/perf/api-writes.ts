import type { KubeClient } from '../../kube/client.ts';

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE', 'DELETECOLLECTION']);
/** Who is alive, who may what, and what happened: no writes of what the city is. */
const ASIDE = /^(leases|events|tokenreviews|.*accessreviews|.*selfsubject.*)$/;

/** How many writes an API server has answered so far: refused ones too, without dry runs, leases, events and reviews. */
export async function apiWrites(client: KubeClient): Promise<number> {
  return [...(await apiWritesByKind(client)).values()].reduce((a, b) => a + b, 0);
}

/** The same by verb and resource. */
export async function apiWritesByKind(client: KubeClient): Promise<ReadonlyMap<string, number>> {
  const text = await client.raw<string>('/metrics');
  const writes = new Map<string, number>();
  for (const [, labels = '', value] of text.matchAll(/^apiserver_request_total\{([^}]*)\} (\S+)$/gm)) {
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    if (!WRITES.has(label('verb')) || label('dry_run') !== '') continue;
    if (ASIDE.test(label('resource')) || label('subresource') === 'token') continue;
    const kind = [label('verb'), label('resource'), label('subresource')].filter((it) => it !== '').join(' ');
    writes.set(kind, (writes.get(kind) ?? 0) + Number(value));
  }
  return writes;
}
