import { describe, expect, it } from 'vitest';
import { Environment } from './environment.ts';

describe('an address', () => {
  const read = (address: string) => new Environment({ WHERE: address }).url('WHERE');

  it.each(['http://127.0.0.1:9090', 'https://notices.example/robot?id=1'])('may be %s', (address) => {
    expect(read(address)).toBe(address);
  });

  it('may be left out', () => {
    expect(read('')).toBeUndefined();
  });

  it.each(['ftp://example', 'notices', 'file:///etc/passwd'])('is not %s', (address) => {
    expect(() => read(address)).toThrow(/E_SETTING_INVALID.*WHERE/);
  });

  it.each([
    'https://user:secret@example/',
    'https://secret@example/',
    'ftp://user:secret@example',
    '//a:secret@b',
  ])('has no password, which is told to nobody: %s', (address) => {
    expect(() => read(address)).toThrow(/^(?!.*secret).*E_SETTING_INVALID.*WHERE/s);
  });
});
