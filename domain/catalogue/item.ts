import type { CatalogItem, ParameterValues } from '../../api/v1alpha1/index.ts';
import type { MessageParams } from '../../messages/index.ts';
import { digestOf, type Canonical } from '../canonical.ts';
import { GovError, type Reason, reason } from '../errors.ts';
import { Amount, RESOURCES, type Resource, ResourceVector } from '../quantity.ts';
import { evaluate, measureEnvironment, observeEnvironment, refuseBomb, toCel } from './expressions.ts';
import { checkTemplates, givesDisk } from './render.ts';

/** The version that tickets, allocations and snapshots name: a digest of the item's spec. */
export function itemVersion(spec: CatalogItem['spec']): string {
  const version = versions.get(spec) ?? digestOf(spec as unknown as Canonical).slice(0, 32);
  versions.set(spec, version);
  return version;
}

/** What `data` of the hub's `item-levels` holds: the MLPS level up to which an item carries a system, by its name. */
export type ItemLevels = Readonly<Record<string, string>>;

/** The merge patch that makes the levels those of the items; undefined when they are. */
export function levelsPatch(
  levels: ItemLevels,
  items: readonly CatalogItem[],
): Readonly<Record<string, string | null>> | undefined {
  const patch: Record<string, string | null> = {};
  const wanted = new Map(items.map(({ metadata, spec }) => [metadata.name, String(spec.maxMlps)]));
  for (const [name, level] of wanted) if (levels[name] !== level) patch[name] = level;
  for (const name of Object.keys(levels)) if (!wanted.has(name)) patch[name] = null;
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** A spec that was read never changes, and each request that names its item asks for its version. */
const versions = new WeakMap<CatalogItem['spec'], string>();

/**
 * Everything that is wrong with given parameter values, against the item's schema.
 * @returns an empty list when the values are good
 */
export function checkParameters(
  spec: CatalogItem['spec'],
  values: ParameterValues,
  where: string,
): readonly Reason[] {
  const reasons: Reason[] = [];
  const known = new Map(spec.parameters.map((parameter) => [parameter.name, parameter]));
  for (const name of Object.keys(values)) {
    if (!known.has(name)) {
      reasons.push(
        reason('E_PARAMETER_UNKNOWN', { parameter: name, known: [...known.keys()].join(', ') }, where),
      );
    }
  }
  for (const parameter of known.values()) {
    const value = values[parameter.name];
    const at = `${where}.${parameter.name}`;
    if (value === undefined) {
      if (parameter.required) {
        reasons.push(
          reason('E_PARAMETER_MISSING', { parameter: parameter.name, title: parameter.title.zh }, at),
        );
      }
    } else if (parameter.type === 'integer') {
      if (typeof value !== 'number' || !Number.isInteger(value)) {
        reasons.push(
          reason(
            'E_PARAMETER_TYPE',
            { parameter: parameter.name, expected: { zh: '整数', en: 'an integer' } },
            at,
          ),
        );
        continue;
      }
      const minimum = parameter.minimum ?? 0;
      const maximum = parameter.maximum ?? Number.MAX_SAFE_INTEGER;
      if (value < minimum || value > maximum) {
        reasons.push(reason('E_PARAMETER_RANGE', { parameter: parameter.name, value, minimum, maximum }, at));
      } else if (parameter.multipleOf !== undefined && value % parameter.multipleOf !== 0) {
        reasons.push(
          reason('E_PARAMETER_STEP', { parameter: parameter.name, value, step: parameter.multipleOf }, at),
        );
      }
    } else if (typeof value !== 'string') {
      reasons.push(
        reason('E_PARAMETER_TYPE', { parameter: parameter.name, expected: { zh: '文本', en: 'text' } }, at),
      );
    } else if (parameter.values !== undefined && !parameter.values.includes(value)) {
      reasons.push(
        reason(
          'E_PARAMETER_VALUE',
          { parameter: parameter.name, value, values: parameter.values.join(', ') },
          at,
        ),
      );
    }
  }
  return reasons;
}

function integer(item: string, where: string, expression: string, values: ParameterValues): bigint {
  let result: unknown;
  try {
    result = evaluate(measureEnvironment, expression, { params: toCel(values) });
  } catch (error) {
    throw new GovError(reason('E_ITEM_EXPRESSION', { item, where, problem: (error as Error).message }));
  }
  if (typeof result !== 'bigint' || result < 0n) {
    throw new GovError(
      reason('E_ITEM_EXPRESSION', { item, where, problem: `${String(result)} is not a natural number` }),
    );
  }
  return result;
}

/**
 * What one unit consumes.
 * @throws GovError E_ITEM_EXPRESSION when an expression fails or gives no natural number
 */
export function consumptionOf(
  item: string,
  spec: CatalogItem['spec'],
  values: ParameterValues,
): ResourceVector {
  const amounts: Partial<Record<Resource, bigint>> = {};
  for (const resource of RESOURCES) {
    const expression = spec.consumes[resource];
    if (expression !== undefined)
      amounts[resource] = integer(item, `consumes.${resource}`, expression, values);
  }
  return ResourceVector.of(amounts);
}

/**
 * The monthly price of one unit on a day, in fen. On arm64 the item's factor of that day applies, rounded half up.
 * @param date YYYY-MM-DD
 * @throws GovError E_ITEM_PRICE when no price is in force on that day
 */
export function monthlyPriceOf(
  item: string,
  spec: CatalogItem['spec'],
  values: ParameterValues,
  arch: 'amd64' | 'arm64',
  date: string,
): Amount<'fen'> {
  const price = spec.prices
    .filter(({ from }) => from <= date)
    .reduce<CatalogItem['spec']['prices'][number] | undefined>(
      (latest, it) => (latest === undefined || it.from > latest.from ? it : latest),
      undefined,
    );
  if (!price) throw new GovError(reason('E_ITEM_PRICE', { item, date }));
  const where = `prices[${price.from}].monthlyFen`;
  const plain = integer(item, where, price.monthlyFen, values);
  const fen = arch === 'amd64' ? plain : (plain * BigInt(price.armFactorBasisPoints) + 5000n) / 10000n;
  // The whole of a request is said as a JSON integer.
  if (fen * BigInt(spec.maxQuantity) * 20n > BigInt(Number.MAX_SAFE_INTEGER)) {
    const problem = `${fen} fen for each of ${spec.maxQuantity} units is beyond 2^53-1`;
    throw new GovError(reason('E_ITEM_EXPRESSION', { item, where, problem }));
  }
  return Amount.of('fen', fen);
}

/** Values of a parameter that its schema allows: all that are listed, or the least and the highest. */
function choicesOf(parameter: CatalogItem['spec']['parameters'][number]): readonly (string | number)[] {
  if (parameter.type === 'string') return parameter.values ?? ['x'];
  const step = parameter.multipleOf ?? 1;
  const least = Math.ceil((parameter.minimum ?? 0) / step) * step;
  const highest = parameter.maximum === undefined ? least : Math.floor(parameter.maximum / step) * step;
  return least <= highest ? [least, highest] : [];
}

/**
 * What an item is tried with when it is applied: everything at its lower bounds, everything at its upper ones,
 * each listed value, and the required parameters alone.
 */
function sampleValues({ parameters }: CatalogItem['spec']): readonly ParameterValues[] {
  const choices = parameters.map((parameter) => ({ ...parameter, values: choicesOf(parameter) }));
  const pick = (of: typeof choices, index: 0 | -1): ParameterValues =>
    Object.fromEntries(of.map(({ name, values }) => [name, values.at(index) ?? 0]));
  const lowest = pick(choices, 0);
  return [
    lowest,
    pick(choices, -1),
    ...choices.flatMap(({ name, values }) =>
      values.slice(1, -1).map((value) => ({ ...lowest, [name]: value })),
    ),
    pick(
      choices.filter(({ required }) => required),
      0,
    ),
  ];
}

/**
 * Everything that is wrong with an item: its expressions and templates are parsed, type-checked and tried with
 * values that its parameters allow, so that a mistake shows when the item is applied and not when a grant fails.
 */
export function checkItem(item: string, spec: CatalogItem['spec']): readonly Reason[] {
  const reasons: Reason[] = [];
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof GovError)) throw error;
      reasons.push(...error.reasons);
    }
  };
  const wrong = (where: string, problem: MessageParams[string]) =>
    reasons.push(reason('E_ITEM_EXPRESSION', { item, where, problem }));

  attempt(() => {
    if (spec.retainDays === 0 || spec.templates.some((it) => givesDisk(item, it))) return;
    wrong('retainDays', { zh: '没有可保留的磁盘', en: 'there is no disk that could be kept' });
  });
  for (const parameter of spec.parameters) {
    if (choicesOf(parameter).length === 0) {
      wrong(`parameters.${parameter.name}`, { zh: '没有可取的值', en: 'no value satisfies it' });
    }
  }
  if (reasons.length > 0) return reasons;
  for (const values of sampleValues(spec)) {
    for (const resource of RESOURCES) {
      const consumes = { [resource]: spec.consumes[resource] };
      attempt(() => consumptionOf(item, { ...spec, consumes }, values));
    }
    for (const { from } of spec.prices) {
      for (const arch of ['amd64', 'arm64'] as const)
        attempt(() => monthlyPriceOf(item, spec, values, arch, from));
    }
    reasons.push(...checkTemplates(item, spec, values));
  }
  const observed = [
    ...(spec.readyWhen === undefined
      ? []
      : [{ where: 'readyWhen', expression: spec.readyWhen, type: 'bool' }]),
    ...(spec.suspendedWhen === undefined
      ? []
      : [{ where: 'suspendedWhen', expression: spec.suspendedWhen, type: 'bool' }]),
    ...spec.outputs.map((output) => ({
      where: `outputs.${output.name}`,
      expression: output.value,
      type: 'string',
    })),
  ];
  const templates = new Set(spec.templates.map(({ name }) => name));
  for (const { where, expression, type } of observed) {
    const checked = observeEnvironment.check(expression);
    if (!checked.valid) {
      wrong(where, checked.error?.message ?? 'not valid');
    } else if (checked.type !== type && checked.type !== 'dyn') {
      wrong(where, `gives ${String(checked.type)}, must be ${type}`);
    } else {
      try {
        refuseBomb(observeEnvironment.parse(expression).ast);
      } catch (error) {
        wrong(where, (error as Error).message);
      }
    }
    for (const [, name = ''] of expression.matchAll(/\bobjects\.([a-zA-Z]\w*)/g)) {
      if (!templates.has(name)) wrong(where, { zh: `没有模板 ${name}`, en: `there is no template ${name}` });
    }
  }
  const unique = new Map(reasons.map((it) => [JSON.stringify(it), it]));
  return [...unique.values()];
}
