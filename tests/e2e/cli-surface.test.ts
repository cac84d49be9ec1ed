import { globSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeCommand, type ManifestCommand } from '../../cli/oclif.ts';
import { argumentHelp, commandHelp, examples, flagHelp, topicHelp } from '../../messages/cli-help.ts';

/**
 * The surface of the CLI: every command with its arguments and flags. Scripts of other people rest on it, so a change
 * of it is a change of `cli-surface.txt`, made on purpose: `vitest run --project e2e cli-surface -u`.
 */

const CLI = join(import.meta.dirname, '../../cli');
const ids = globSync('**/*.ts', { cwd: join(CLI, 'commands') })
  .map((file) => file.replace(/\.ts$/, '').replaceAll(/[/\\]/g, ':'))
  .sort();
const commands = new Map<string, ManifestCommand>();

beforeAll(async () => {
  for (const id of ids) {
    const command = await describeCommand(CLI, id);
    if (command) commands.set(id, command);
  }
});

/** A command as lines: what it is called with, then each flag. */
function surfaceOf(id: string, { args, flags, hidden }: ManifestCommand): string[] {
  const words = Object.values(args).map(({ name, required }) =>
    (required ? name : `[${name}]`).toUpperCase(),
  );
  const lines = Object.values(flags).map(({ name, char, type, required, ...rest }) => {
    const {
      options,
      multiple,
      default: standard,
    } = rest as { options?: string[]; multiple?: boolean; default?: unknown };
    const value = type === 'boolean' ? '' : `=${options ? options.join('|') : '…'}`;
    const remarks = [
      required ? 'required' : '',
      multiple ? 'repeatable' : '',
      standard === undefined || Array.isArray(standard) ? '' : `default ${String(standard)}`,
    ].filter((remark) => remark !== '');
    const tail = remarks.length === 0 ? '' : ` (${remarks.join(', ')})`;
    return `  --${name}${char ? ` -${char}` : ''}${value}${tail}`;
  });
  return [[id.replace(':', ' '), ...words, hidden ? '(hidden)' : ''].join(' ').trimEnd(), ...lines.sort()];
}

test('commands, arguments and flags are those of the golden file', async () => {
  const lines = [...commands].flatMap(([id, command]) => surfaceOf(id, command));
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('cli-surface.txt');
});

test('every command that the issue names is there', () => {
  const wanted = `up down status logs
    catalog:list catalog:show project:list project:show system:list system:show system:import
    request:create request:list request:show request:edit request:submit request:withdraw request:resize request:renew
    request:release request:watch request:why
    review:list review:show review:approve review:return review:reject
    allocation:list allocation:show allocation:credentials allocation:accept allocation:refuse allocation:deliver
    allocation:import quota:tree quota:show capacity:show cluster:list org:tree audit:list audit:verify books:verify
    completion version`;
  expect(ids).toEqual(expect.arrayContaining(wanted.split(/\s+/)));
});

describe('help', () => {
  test('says something of every command, topic, argument and flag', () => {
    const visible = [...commands].filter(([, { hidden }]) => !hidden);
    const names = visible.map(([id]) => id.replace(':', ' '));
    expect(names.filter((name) => !(name in commandHelp))).toEqual([]);
    expect(
      names.map((name) => name.split(' ')).filter(([topic = '', verb]) => verb && !(topic in topicHelp)),
    ).toEqual([]);
    const flags = new Set(visible.flatMap(([, command]) => Object.keys(command.flags)));
    expect([...flags].filter((flag) => !(flag in flagHelp))).toEqual([]);
    const args = new Set(visible.flatMap(([, command]) => Object.keys(command.args)));
    expect([...args].filter((arg) => !(arg in argumentHelp))).toEqual([]);
  });

  test('says nothing of what is not there', () => {
    const names = ids.map((id) => id.replace(':', ' '));
    expect(Object.keys(commandHelp).filter((name) => !names.includes(name))).toEqual([]);
    expect(Object.keys(examples).filter((name) => !names.includes(name))).toEqual([]);
    const flags = new Set([...commands.values()].flatMap((command) => Object.keys(command.flags)));
    expect(Object.keys(flagHelp).filter((flag) => !flags.has(flag))).toEqual([]);
  });
});
