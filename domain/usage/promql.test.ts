import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEEDED } from '../testing/seed.ts';
import { activeExpressions, activeSeries } from './active.ts';
import { is, isOneOf, literally } from './promql.ts';
import { expressionOf, SOURCES } from './sources.ts';

/** What whoever could name something would name it. */
const HOSTILE = [
  'x"} or up{a="',
  'x"}[1y]) #',
  'a|.*',
  '.*',
  'a.b',
  'x\\',
  'x\\"} or up{a="',
  '(a',
  'x\n',
  '${x}',
];

/** What stands in an expression beside its strings, as PromQL reads them: a quotation mark ends one unless escaped. */
const outside = (expression: string) => expression.replace(/"(?:[^"\\\n]|\\.)*"/g, '""');

describe('names in a query', () => {
  it('stay as they are when they are names', () => {
    expect(is('namespace', 'health-s1')).toBe('namespace="health-s1"');
    expect(isOneOf('namespace', ['health-s1', 'b'])).toBe('namespace=~"health-s1|b"');
  });

  it.each(HOSTILE)('%j ends no string and adds nothing', (name) => {
    for (const source of SOURCES) {
      expect(outside(expressionOf(source, [name]))).toBe(outside(expressionOf(source, ['a'])));
      expect(outside(expressionOf(source, [name, name]))).toBe(outside(expressionOf(source, ['a', 'b'])));
    }
    expect(outside(activeSeries('active', name, name))).toBe(outside(activeSeries('active', 'a', 'b')));
    const { told, several } = activeExpressions('active', [name], [name]);
    const harmless = activeExpressions('active', ['a'], ['b']);
    expect(outside(told)).toBe(outside(harmless.told));
    expect(outside(several)).toBe(outside(harmless.several));
  });

  it('match themselves and nothing else', () => {
    const name = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom(...HOSTILE));
    fc.assert(
      fc.property(name, name, (a, b) => {
        // As Prometheus has it: the whole of the value.
        expect(new RegExp(`^(?:${literally(a)})$`).test(b)).toBe(a === b);
      }),
      SEEDED,
    );
  });
});
