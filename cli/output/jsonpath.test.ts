import { expect, test } from 'vitest';
import { jsonpath } from './jsonpath.ts';

const list = {
  kind: 'List',
  items: [
    {
      metadata: { name: 'a', labels: { 'x.y/z': '1' } },
      spec: { count: 2, on: true },
      tags: ['p', 'q', 'r'],
    },
    { metadata: { name: 'b' }, spec: { count: 5, on: false }, tags: [] },
  ],
};

test.each([
  ['{.kind}', 'List'],
  ['.kind', 'List'],
  ['{$.kind}', 'List'],
  ['{.items[*].metadata.name}', 'a b'],
  ['{.items[0].metadata.name}', 'a'],
  ['{.items[-1].metadata.name}', 'b'],
  ['{.items[0].tags[1:]}', 'q r'],
  ['{.items[0].tags[0:2]}', 'p q'],
  ["{.items[0].metadata.labels['x.y/z']}", '1'],
  ['{.items[0].metadata.labels.x\\.y/z}', '1'],
  ['{.items[?(@.spec.count>3)].metadata.name}', 'b'],
  ['{.items[?(@.metadata.name=="a")].spec.count}', '2'],
  ['{.items[?(@.metadata.labels)].metadata.name}', 'a'],
  ['{.items[?(@.spec.on==true)].metadata.name}', 'a'],
  ['{..name}', 'a b'],
  ['{.items[0].spec}', '{"count":2,"on":true}'],
  ['{range .items[*]}{.metadata.name}={.spec.count}{"\\n"}{end}', 'a=2\nb=5\n'],
  ['{range .items[*]}{$.kind} {.metadata.name}{"\\t"}{end}', 'List a\tList b\t'],
  ['name: {.items[0].metadata.name}!', 'name: a!'],
  ['{.missing.deep}', ''],
])('%s', (template, expected) => {
  expect(jsonpath(template, list)).toBe(expected);
});

test.each(['{.items[', '{range .items[*]}', '{end}', '{.items[?(@.a~1)]}'])('%s is refused', (template) => {
  expect(() => jsonpath(template, list)).toThrow(expect.objectContaining({ name: 'CliError' }));
});
