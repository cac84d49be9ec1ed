/**
 * Amounts: integers with a unit, never floats, never a bare `+`.
 *
 * Compute is counted in millicores, memory and disks in bytes, money in fen. In Kubernetes objects they are
 * written as quantities ("8", "500m", "32Gi", "2Ti"); in the city's speech GB means GiB and T means 1,024 GiB
 * (an assumption: the plan gives "37961GB" and "923T" without saying which).
 */

export type Unit = 'millicores' | 'bytes' | 'bytesPerSecond' | 'fen';

export class Amount<U extends Unit = Unit> {
  readonly unit: U;
  readonly value: bigint;

  private constructor(unit: U, value: bigint) {
    this.unit = unit;
    this.value = value;
    Object.freeze(this);
  }

  static of<U extends Unit>(unit: U, value: bigint | number): Amount<U> {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new RangeError(`not a safe integer: ${value} ${unit}`);
    }
    return new Amount(unit, BigInt(value));
  }

  plus(other: Amount<U>): Amount<U> {
    return new Amount(this.unit, this.value + this.same(other));
  }

  minus(other: Amount<U>): Amount<U> {
    return new Amount(this.unit, this.value - this.same(other));
  }

  times(count: bigint | number): Amount<U> {
    return new Amount(this.unit, this.value * Amount.of(this.unit, count).value);
  }

  negated(): Amount<U> {
    return new Amount(this.unit, -this.value);
  }

  compare(other: Amount<U>): -1 | 0 | 1 {
    const theirs = this.same(other);
    return this.value < theirs ? -1 : this.value > theirs ? 1 : 0;
  }

  isZero(): boolean {
    return this.value === 0n;
  }

  isNegative(): boolean {
    return this.value < 0n;
  }

  private same(other: Amount<U>): bigint {
    if (other.unit !== this.unit) throw new TypeError(`${this.unit} and ${other.unit} do not mix`);
    return other.value;
  }
}

/** What a pool has and a quota limits. `ssd` and `hdd` are block storage by kind. */
export const RESOURCES = ['vcpu', 'memory', 'ssd', 'hdd'] as const;
export type Resource = (typeof RESOURCES)[number];

/** The unit in which a resource is counted. */
export function unitOf(resource: Resource): 'millicores' | 'bytes' {
  return resource === 'vcpu' ? 'millicores' : 'bytes';
}

/** Amounts by resource; a resource that is not named is zero. Immutable. */
export class ResourceVector {
  static readonly zero = new ResourceVector({});
  private readonly values: Readonly<Record<Resource, bigint>>;

  private constructor(values: Partial<Record<Resource, bigint>>) {
    this.values = Object.freeze({
      vcpu: values.vcpu ?? 0n,
      memory: values.memory ?? 0n,
      ssd: values.ssd ?? 0n,
      hdd: values.hdd ?? 0n,
    });
    Object.freeze(this);
  }

  /** From plain integers: millicores for vcpu, bytes for the others. */
  static of(values: Partial<Record<Resource, bigint>>): ResourceVector {
    return new ResourceVector(values);
  }

  /**
   * From quantities as Kubernetes objects write them.
   * @throws RangeError when one is not a quantity of its resource
   */
  static parse(quantities: Partial<Record<Resource, string>>): ResourceVector {
    const values: Partial<Record<Resource, bigint>> = {};
    for (const resource of RESOURCES) {
      const text = quantities[resource];
      if (text !== undefined) values[resource] = parseQuantity(resource, text).value;
    }
    return new ResourceVector(values);
  }

  get(resource: Resource): Amount<'millicores' | 'bytes'> {
    return Amount.of(unitOf(resource), this.values[resource]);
  }

  plus(other: ResourceVector): ResourceVector {
    return this.combine(other, (a, b) => a + b);
  }

  minus(other: ResourceVector): ResourceVector {
    return this.combine(other, (a, b) => a - b);
  }

  times(count: bigint | number): ResourceVector {
    const factor = Amount.of('bytes', count).value;
    return this.combine(ResourceVector.zero, (a) => a * factor);
  }

  /** Where each amount is above zero it stays, else it becomes zero. */
  positivePart(): ResourceVector {
    return this.combine(ResourceVector.zero, (a) => (a > 0n ? a : 0n));
  }

  isZero(): boolean {
    return RESOURCES.every((resource) => this.values[resource] === 0n);
  }

  /** The resources that are not zero, in their fixed order. */
  nonZero(): readonly { readonly resource: Resource; readonly amount: Amount<'millicores' | 'bytes'> }[] {
    return RESOURCES.filter((resource) => this.values[resource] !== 0n).map((resource) => ({
      resource,
      amount: this.get(resource),
    }));
  }

  /** Quantities of the resources that are not zero, as objects carry them. */
  toQuantities(): Partial<Record<Resource, string>> {
    return Object.fromEntries(
      this.nonZero().map(({ resource, amount }) => [resource, formatQuantity(resource, amount)]),
    );
  }

  equals(other: ResourceVector): boolean {
    return RESOURCES.every((resource) => this.values[resource] === other.values[resource]);
  }

  private combine(other: ResourceVector, operation: (a: bigint, b: bigint) => bigint): ResourceVector {
    const values: Partial<Record<Resource, bigint>> = {};
    for (const resource of RESOURCES)
      values[resource] = operation(this.values[resource], other.values[resource]);
    return new ResourceVector(values);
  }
}

const BINARY_SUFFIXES = [
  ['Ti', 1n << 40n],
  ['Gi', 1n << 30n],
  ['Mi', 1n << 20n],
  ['Ki', 1n << 10n],
] as const;

export const GIB = 1n << 30n;
export const TIB = 1n << 40n;

/** The largest integer that JSON readers everywhere keep exact. */
const MAX_INTEGER = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Reads a quantity: vcpu as "8" or "1500m", the others as bytes with an optional Ki, Mi, Gi or Ti.
 * @throws RangeError when the text is no such quantity or counts more than 2^53-1
 */
export function parseQuantity(resource: Resource, text: string): Amount<'millicores' | 'bytes'> {
  const match = (resource === 'vcpu' ? /^(\d{1,16})(m?)$/ : /^(\d{1,16})(Ki|Mi|Gi|Ti)?$/).exec(text);
  if (!match?.[1]) throw new RangeError(`not a quantity of ${resource}: "${text}"`);
  const scale =
    resource === 'vcpu'
      ? match[2] === 'm'
        ? 1n
        : 1000n
      : (BINARY_SUFFIXES.find(([suffix]) => suffix === match[2])?.[1] ?? 1n);
  const value = BigInt(match[1]) * scale;
  if (value > MAX_INTEGER)
    throw new RangeError(`${resource} "${text}" is more than 2^53-1 ${unitOf(resource)}`);
  return Amount.of(unitOf(resource), value);
}

/** Writes a quantity in the largest unit that keeps it an integer; negative amounts keep their sign. */
export function formatQuantity(resource: Resource, amount: Amount<'millicores' | 'bytes'>): string {
  if (resource === 'vcpu') {
    return amount.value % 1000n === 0n ? String(amount.value / 1000n) : `${amount.value}m`;
  }
  if (amount.value === 0n) return '0';
  const scale = BINARY_SUFFIXES.find(([, size]) => amount.value % size === 0n);
  return scale ? `${amount.value / scale[1]}${scale[0]}` : String(amount.value);
}
