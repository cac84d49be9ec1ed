import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REQUEST_PHASES, STATES } from '../api/v1alpha1/index.ts';
import { errorMessages } from './errors.ts';
import type { Message } from './index.ts';
import { stateMessages, stepMessages, waitMessages } from './states.ts';

type Table = Readonly<Record<string, Message>>;

function isTable(value: unknown): value is Table {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length > 0 &&
    Object.values(value).every(
      (it: unknown) => typeof it === 'object' && it !== null && 'zh' in it && 'en' in it,
    )
  );
}

/** Every table of messages that a file of this folder exports. */
const TABLES = await Promise.all(
  readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map(async (file) => {
      const exported = (await import(join(import.meta.dirname, file))) as Record<string, unknown>;
      return Object.entries(exported).flatMap(([name, table]) =>
        isTable(table) ? [{ at: `${file} ${name}`, table }] : [],
      );
    }),
).then((found) => found.flat());

const MESSAGES = TABLES.flatMap(({ at, table }) =>
  Object.entries(table).map(([key, message]) => ({ at: `${at} ${key}`, key, message })),
);
const parametersOf = (text: string) =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();

describe('every message', () => {
  it('is found', () => {
    expect(TABLES.length).toBeGreaterThan(8);
    expect(MESSAGES.length).toBeGreaterThan(100);
  });

  it('is said in both languages', () => {
    const silent = MESSAGES.filter(({ message: { zh, en } }) => zh.trim() === '' || en.trim() === '');
    expect(silent.map(({ at }) => at)).toEqual([]);
  });

  it('needs the same parameters in both languages', () => {
    const unlike = MESSAGES.filter(
      ({ message: { zh, en } }) => JSON.stringify(parametersOf(zh)) !== JSON.stringify(parametersOf(en)),
    );
    expect(unlike.map(({ at }) => at)).toEqual([]);
  });

  it('has no brace that marks no parameter', () => {
    const odd = MESSAGES.filter(({ message }) =>
      [message.zh, message.en].some((text) => /[{}]/.test(text.replace(/\{\w+\}/g, ''))),
    );
    expect(odd.map(({ at }) => at)).toEqual([]);
  });
});

describe('error messages', () => {
  it('have one text a code: no area takes another’s code', () => {
    const texts = new Map<string, Set<string>>();
    for (const { key, message } of MESSAGES.filter((it) => /^E_[A-Z]/.test(it.key))) {
      texts.set(key, (texts.get(key) ?? new Set()).add(`${message.zh}/${message.en}`));
    }
    expect([...texts].filter(([, all]) => all.size > 1).map(([code]) => code)).toEqual([]);
  });

  it('have codes that an API carries', () => {
    for (const code of Object.keys(errorMessages)) expect(code).toMatch(/^E_[A-Z0-9]+(_[A-Z0-9]+)*$/);
    expect(Math.max(...Object.keys(errorMessages).map((code) => code.length))).toBeLessThanOrEqual(60);
  });
});

describe('the city’s words', () => {
  it.each([
    ['PendingInitialReview', '待初审'],
    ['PendingTechnicalReview', '待技术评审'],
    ['PendingApproval', '待批复'],
    ['PendingProvisioning', '待开通'],
    ['PendingAcceptance', '待验收'],
    ['InUse', '使用中'],
    ['Suspended', '已停用'],
    ['Expired', '已到期'],
    ['Reclaimed', '已回收'],
    ['Returned', '退回修改'],
    ['Rejected', '不予通过'],
    ['Withdrawn', '已撤回'],
  ] as const)('%s is %s', (state, word) => {
    expect(stateMessages[state].zh).toBe(word);
  });

  it('are there for every state, step and phase, each another one', () => {
    expect(Object.keys(stateMessages).sort()).toEqual([...STATES].sort());
    expect(new Set(Object.values(stateMessages).map(({ zh }) => zh)).size).toBe(STATES.length);
    expect(new Set(Object.values(stateMessages).map(({ en }) => en)).size).toBe(STATES.length);
    expect(stepMessages).toMatchObject({
      initial: { zh: '初审' },
      technical: { zh: '技术评审' },
      approval: { zh: '批复' },
    });
    for (const step of Object.keys(stepMessages)) expect(waitMessages).toHaveProperty(step);
    expect(new Set(REQUEST_PHASES).size).toBe(REQUEST_PHASES.length);
  });
});
