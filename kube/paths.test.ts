import { describe, expect, it } from 'vitest';
import { isKubeError } from './errors.ts';
import { pathOfSegments } from './paths.ts';

describe('a path', () => {
  it.each([
    ['system:node', 'system%3Anode'],
    ['a?b=c', 'a%3Fb%3Dc'],
    ['a#b', 'a%23b'],
    ['a\r\nX: b', 'a%0D%0AX%3A%20b'],
    ['$(touch x)', '%24(touch%20x)'],
    ['...', '...'],
  ])('has %j as one segment', (name, written) => {
    const path = pathOfSegments(['api', 'v1', 'configmaps', name]);
    expect(path).toBe(`/api/v1/configmaps/${written}`);
    expect(new URL(path, 'https://hub').pathname).toBe(path);
  });

  it.each(['', '.', '..', 'a/b', '../..', '%2e%2e', '..%2fb'])('is not made of %j', (name) => {
    for (const segments of [
      ['api', name],
      ['namespaces', name, 'secrets'],
    ]) {
      expect(() => pathOfSegments(segments)).toThrow(`nothing is called "${name}"`);
    }
    try {
      pathOfSegments([name]);
    } catch (error) {
      expect(isKubeError(error, 'E_API_NOT_FOUND')).toBe(true);
    }
  });
});
