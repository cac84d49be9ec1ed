import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { GIB, TIB } from '../quantity.ts';

/**
 * CEL as the catalogue uses it. Integers are CEL ints (JavaScript bigints); what an expression sees is listed in
 * docs/reference/cel.md. Overflow, unknown names and type errors are errors, never a silent value.
 */

/** What a live or desired object looks like; deep JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Facts about an allocation that templates, readiness and outputs may use. */
export interface AllocationFacts {
  readonly name: string;
  /** Namespace in the hub. */
  readonly namespace: string;
  /** Namespace in the member cluster. */
  readonly memberNamespace: string;
  readonly organization: string;
  readonly system: string;
  readonly item: string;
  readonly quantity: number;
  readonly revision: number;
  readonly zone: string;
  readonly arch: string;
  readonly pool: string;
  /** Whether its machines are to stand still. */
  readonly suspended: boolean;
}

const base = () =>
  new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
    .registerConstant('GiB', 'int', GIB)
    .registerConstant('TiB', 'int', TIB)
    .registerVariable('params', 'map');

/** For `consumes` and prices: parameters alone. */
export const measureEnvironment = base();

/** For `readyWhen` and outputs: the live objects too. */
export const observeEnvironment = base()
  .registerVariable('allocation', 'map')
  .registerVariable('objects', 'map');

/** For templates. `secret` is bound for each allocation when a template is rendered. */
export function templateEnvironment(secretOf: (label: string) => string): Environment {
  return base()
    .registerVariable('allocation', 'map')
    .registerVariable('index', 'int')
    .registerFunction('secret(string): string', (label: string) => secretOf(label));
}

/** Calls that go through a list, or that give a value another name: each in another one multiplies what it costs. */
const LOOPS: ReadonlySet<unknown> = new Set(['all', 'exists', 'exists_one', 'filter', 'map', 'bind']);
const MAX_NESTED_LOOPS = 2;

/**
 * Evaluates an expression that is known to end soon, whatever it was written for.
 * @throws RangeError for one that may not, and what the language throws
 */
export function evaluate(
  environment: Environment,
  expression: string,
  context: Record<string, unknown>,
): unknown {
  const parsed = environment.parse(expression);
  refuseBomb(parsed.ast);
  return parsed(context);
}

/** @throws RangeError when the expression may take for ever, SyntaxError and the like when it does not parse */
export function refuseBomb(node: ASTNode, loops = 0): void {
  const [name] = node.op === 'call' || node.op === 'rcall' ? (node.args as readonly unknown[]) : [];
  // Its regular expressions backtrack: one of a few characters can take longer than the city stands.
  if (name === 'matches') throw new RangeError('matches() is not offered: compare text, or use startsWith()');
  const inside = loops + (LOOPS.has(name) ? 1 : 0);
  if (inside > MAX_NESTED_LOOPS) {
    throw new RangeError(`${String(name)}() inside more than ${MAX_NESTED_LOOPS - 1} others takes too long`);
  }
  for (const child of nodesIn(node.args)) refuseBomb(child, inside);
}

function nodesIn(value: unknown): readonly ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return typeof value === 'object' && value !== null && 'op' in value ? [value as ASTNode] : [];
}

/** JSON for CEL: integers become CEL ints, so that `status.readyReplicas == 1` means what it says. */
export function toCel(value: Json | undefined): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toCel(member)]));
  }
  return value;
}

/** A CEL result as JSON. @throws RangeError for what JSON cannot carry exactly */
export function fromCel(value: unknown): Json {
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is beyond 2^53-1`);
    return number;
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map(fromCel);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, member]) => [String(key), fromCel(member)]));
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fromCel(member)]));
  }
  throw new RangeError(`not a JSON value: ${typeof value}`);
}
