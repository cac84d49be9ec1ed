import { expect, test } from 'vitest';
import { pick } from './pick.ts';

test.each([
  ['待初审 / Pending initial review', '待初审', 'Pending initial review'],
  ['资源池 a/b 不足 / pool a/b is short', '资源池 a/b 不足', 'pool a/b is short'],
  ['甲 / 乙 / both', '甲 / 乙', 'both'],
  ['只有中文', '只有中文', '只有中文'],
  ['only / English', 'only / English', 'only / English'],
  [
    '超出 市卫生健康局 / 市卫生健康局 exceeds',
    '超出 市卫生健康局 / 市卫生健康局 exceeds',
    '超出 市卫生健康局 / 市卫生健康局 exceeds',
  ],
])('%s', (text, zh, en) => {
  expect(pick(text, 'zh')).toBe(zh);
  expect(pick(text, 'en')).toBe(en);
});
