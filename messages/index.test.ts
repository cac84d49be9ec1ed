import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineMessages, languageOf, type MessageParams, render, renderBoth } from './index.ts';

const SEEDED = { seed: 20261124 };
const held = { zh: '占用 {hold} 的状态为 {state}', en: 'hold {hold} is {state}' };

describe('render', () => {
  it('puts parameters into the text of a language, and a message in that language into both', () => {
    const params = { hold: 7n, state: { zh: '已作废', en: 'void' } };
    expect(render(held, 'zh', params)).toBe('占用 7 的状态为 已作废');
    expect(render(held, 'en', params)).toBe('hold 7 is void');
  });

  it('gives a message inside a message the same parameters', () => {
    const outer = { zh: '{why}。', en: '{why}.' };
    const why = { zh: '超过 {limit}', en: 'more than {limit}' };
    expect(render(outer, 'en', { why, limit: 3 })).toBe('more than 3.');
  });

  it.each<MessageParams>([{}, { hold: 1 }, { state: 'x' }])('lets no hole through: %j', (params) => {
    expect(() => render(held, 'zh', params)).toThrowError(/lacks parameter/);
  });

  it.each([0, 0n, ''])('takes %s for a value, not for a hole', (state) => {
    expect(render(held, 'en', { hold: 'h', state })).toBe(`hold h is ${state}`);
  });

  it('takes what people wrote for text, whatever it looks like', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('{hold}', '{nobody}', '$&', '$1', '{'));
    fc.assert(
      fc.property(text, text, (hold, state) => {
        expect(render(held, 'en', { hold, state })).toBe(`hold ${hold} is ${state}`);
      }),
      SEEDED,
    );
  });
});

describe('renderBoth', () => {
  it('is Chinese first, and said once where both are the same', () => {
    expect(renderBoth(held, { hold: 1, state: 'x' })).toBe('占用 1 的状态为 x / hold 1 is x');
    expect(renderBoth({ zh: 'vCPU', en: 'vCPU' })).toBe('vCPU');
  });
});

describe('languageOf', () => {
  it.each<[string | undefined, Record<string, string>, 'zh' | 'en']>([
    [undefined, {}, 'zh'],
    [undefined, { LANG: 'C.UTF-8' }, 'zh'],
    [undefined, { LANG: 'en_US.UTF-8' }, 'en'],
    [undefined, { LANG: 'EN' }, 'en'],
    [undefined, { LANG: 'en_US.UTF-8', LC_ALL: 'zh_CN.UTF-8' }, 'zh'],
    [undefined, { LANG: 'zh_CN.UTF-8', LC_MESSAGES: 'en_GB' }, 'en'],
    [undefined, { LC_ALL: '', LANG: 'en_US.UTF-8' }, 'en'],
    ['en', { LC_ALL: 'zh_CN.UTF-8' }, 'en'],
    ['zh', { LC_ALL: 'en_US.UTF-8' }, 'zh'],
    ['fr', { LC_ALL: 'en_US.UTF-8' }, 'en'],
  ])('of --lang %s and %j is %s', (flag, env, expected) => {
    expect(languageOf(flag, env)).toBe(expected);
  });
});

describe('defineMessages', () => {
  it('keeps what was declared from being changed', () => {
    expect(Object.isFrozen(defineMessages({ a: { zh: '甲', en: 'a' } }))).toBe(true);
  });
});
