import { KubeError } from './errors.ts';

/** What an API server takes for no name: it is read as other segments of a path, or as none. */
const NO_NAME = /^\.{0,2}$|[/%]/;

/**
 * A path of these segments and of no others, whatever they hold.
 * @throws KubeError E_API_NOT_FOUND for what nothing can be called, as it would lead elsewhere
 */
export function pathOfSegments(segments: readonly string[]): string {
  const name = segments.find((it) => NO_NAME.test(it));
  if (name !== undefined) {
    const message = `nothing is called "${name}"`;
    throw new KubeError(404, { reason: 'NotFound', message, details: { name } });
  }
  return `/${segments.map(encodeURIComponent).join('/')}`;
}
