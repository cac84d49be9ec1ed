import { CliError } from '../errors.ts';

/**
 * The JSONPath templates of kubectl: text with `{...}`, where a path starts at the object with `.` or `$` (or with
 * `@` inside filters): fields, `['quoted']`, `[0]`, `[-1]`, `[1:3]`, `[*]`, `..field`, `[?(@.a=="b")]`; quoted texts
 * with `\n` and `\t`; and `{range .items[*]}...{end}`. What is not there prints nothing.
 * @throws CliError E_JSONPATH
 */
export function jsonpath(template: string, root: unknown): string {
  const parts = parse(template);
  return print(parts, { root, here: root });
}

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: 'all' }
  | { readonly kind: 'deep'; readonly name: string }
  | {
      readonly kind: 'filter';
      readonly path: readonly Step[];
      readonly operator: string;
      readonly value: unknown;
    };

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | ({ readonly kind: 'path' } & Path)
  | ({ readonly kind: 'range'; readonly body: readonly Part[] } & Path);

interface Path {
  readonly path: readonly Step[];
  /** From the whole object, `$`, also within a range. */
  readonly absolute: boolean;
}

function parse(template: string): readonly Part[] {
  const source = template.includes('{') ? template : `{${template}}`;
  const stack: (Path & { parts: Part[] })[] = [{ path: [], absolute: false, parts: [] }];
  const top = () => (stack.at(-1) as { parts: Part[] }).parts;
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf('{', at);
    if (open < 0) {
      top().push({ kind: 'text', text: source.slice(at) });
      break;
    }
    if (open > at) top().push({ kind: 'text', text: source.slice(at, open) });
    const close = closing(source, open);
    const inside = source.slice(open + 1, close).trim();
    at = close + 1;
    const range = /^range\s+(.+)$/s.exec(inside);
    if (range?.[1]) stack.push({ ...pathOf(range[1]), parts: [] });
    else if (inside === 'end') {
      const ended = stack.pop();
      if (!ended || stack.length === 0) throw bad(template, '{end}');
      top().push({ kind: 'range', path: ended.path, absolute: ended.absolute, body: ended.parts });
    } else if (/^(".*"|'.*')$/s.test(inside)) top().push({ kind: 'text', text: unquoted(inside) });
    else top().push({ kind: 'path', ...pathOf(inside) });
  }
  if (stack.length !== 1) throw bad(template, '{range}');
  return top();
}

/** The brace that closes the one at `open`; quoted braces do not count. */
function closing(source: string, open: number): number {
  let quote = '';
  for (let at = open + 1; at < source.length; at++) {
    const char = source[at] as string;
    if (quote !== '') {
      if (char === '\\') at++;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '}') return at;
  }
  throw bad(source, source.slice(open));
}

const STEP =
  /^(?:\.\.(?<deep>[\w$-]+)|\.(?<field>(?:[\w$/-]|\\.)+)|\.?\[\*\]|(?<star>\.\*)|\[(?<index>-?\d+)\]|\[(?<from>-?\d*):(?<to>-?\d*)\]|\['(?<single>[^']*)'\]|\["(?<double>[^"]*)"\]|\[\?\((?<filter>(?:"[^"]*"|'[^']*'|[^"')])*)\)\])/;
const FILTER =
  /^@(?<path>.*?)\s*(?:(?<operator>==|!=|>=|<=|>|<)\s*(?<value>"[^"]*"|'[^']*'|-?\d+(?:\.\d+)?|true|false))?$/s;

function pathOf(text: string): Path {
  return { path: steps(text), absolute: text.trim().startsWith('$') };
}

function steps(text: string): readonly Step[] {
  let rest = text.trim().replace(/^[$@]/, '');
  if (rest !== '' && !rest.startsWith('.') && !rest.startsWith('[')) rest = `.${rest}`;
  if (rest === '.') return [];
  const found: Step[] = [];
  while (rest !== '') {
    const match = STEP.exec(rest);
    if (!match) throw bad(text, rest);
    rest = rest.slice(match[0].length);
    found.push(step(match.groups ?? {}, text));
  }
  return found;
}

function step(groups: Record<string, string | undefined>, text: string): Step {
  const { deep, field, index, from, to, single, double, filter } = groups;
  if (deep !== undefined) return { kind: 'deep', name: deep };
  const name = field?.replace(/\\(.)/g, '$1') ?? single ?? double;
  if (name !== undefined) return { kind: 'field', name };
  if (index !== undefined) return { kind: 'index', index: Number(index) };
  if (from !== undefined || to !== undefined) {
    const bound = (value: string | undefined) => (value ? Number(value) : undefined);
    return { kind: 'slice', from: bound(from), to: bound(to) };
  }
  if (filter === undefined) return { kind: 'all' };
  const match = FILTER.exec(filter.trim());
  if (!match?.groups) throw bad(text, filter);
  const { value, operator = 'exists' } = match.groups;
  const literal = value === undefined ? undefined : /^["']/.test(value) ? unquoted(value) : JSON.parse(value);
  return { kind: 'filter', path: steps(`@${match.groups['path'] ?? ''}`), operator, value: literal };
}

interface Scope {
  readonly root: unknown;
  /** The item of the innermost range. */
  readonly here: unknown;
}

function print(parts: readonly Part[], scope: Scope): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      const found = walk(part.path, [part.absolute ? scope.root : scope.here]);
      if (part.kind === 'range')
        return found.map((item) => print(part.body, { ...scope, here: item })).join('');
      return found.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join(' ');
    })
    .join('');
}

function walk(path: readonly Step[], start: readonly unknown[]): unknown[] {
  return path.reduce<unknown[]>(
    (nodes, it) => nodes.flatMap((node) => next(it, node)).filter((node) => node !== undefined),
    [...start],
  );
}

function next(it: Step, node: unknown): unknown[] {
  if (typeof node !== 'object' || node === null) return [];
  const members = Object.values(node);
  switch (it.kind) {
    case 'field':
      return Object.hasOwn(node, it.name) ? [(node as Record<string, unknown>)[it.name]] : [];
    case 'index':
      return Array.isArray(node) ? [node.at(it.index)] : [];
    case 'slice':
      return Array.isArray(node) ? node.slice(it.from, it.to) : [];
    case 'all':
      return members;
    case 'deep':
      return [
        ...next({ kind: 'field', name: it.name }, node),
        ...members.flatMap((member) => next(it, member)),
      ];
    case 'filter':
      return members.filter((member) => holds(walk(it.path, [member])[0], it.operator, it.value));
  }
}

function holds(found: unknown, operator: string, value: unknown): boolean {
  if (operator === 'exists') return found !== undefined;
  if (operator === '==') return found === value;
  if (operator === '!=') return found !== value;
  const pair: [string, string] | [number, number] | undefined =
    typeof found === 'number' && typeof value === 'number'
      ? [found, value]
      : typeof found === 'string' && typeof value === 'string'
        ? [found, value]
        : undefined;
  if (!pair) return false;
  const [a, b] = pair;
  return operator === '>' ? a > b : operator === '<' ? a < b : operator === '>=' ? a >= b : a <= b;
}

function unquoted(text: string): string {
  return text
    .slice(1, -1)
    .replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char === 't' ? '\t' : char));
}

function bad(template: string, where: string): CliError {
  return new CliError('E_JSONPATH', { template, where });
}
