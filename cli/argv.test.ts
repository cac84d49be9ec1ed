import { expect, test } from 'vitest';
import { findCommand, wantedLanguage, wantsHelp, wantsJson } from './argv.ts';

const IDS = ['request:list', 'request:show', 'version', '__complete'];

test.each([
  [['request', 'list'], 'request:list', []],
  [['request', 'show', 'req-1', '-o', 'json'], 'request:show', ['req-1', '-o', 'json']],
  [['version', '--client'], 'version', ['--client']],
  [
    ['--context', 'a', '-n', 'gov-x', 'request', 'list', '-w'],
    'request:list',
    ['-w', '--context', 'a', '-n', 'gov-x'],
  ],
  [['--context=a', 'request', 'list'], 'request:list', ['--context=a']],
  [['__complete', '--', 'request', 'list'], '__complete', ['--', 'request', 'list']],
  [['request'], '', ['request']],
  [['request', 'lst'], '', ['request', 'lst']],
  [[], '', []],
])('%j is the command "%s" with %j', (argv, id, rest) => {
  const found = findCommand(argv, IDS);
  expect(found).toMatchObject({ id, argv: rest });
});

test('the language comes from --lang, else the locale, else Chinese', () => {
  expect(wantedLanguage(['request', 'list', '--lang', 'en'], { LANG: 'zh_CN.UTF-8' })).toBe('en');
  expect(wantedLanguage(['--lang=zh'], { LC_ALL: 'en_US.UTF-8' })).toBe('zh');
  expect(wantedLanguage([], { LC_ALL: 'en_US.UTF-8', LANG: 'zh_CN' })).toBe('en');
  expect(wantedLanguage([], { LANG: 'C.UTF-8' })).toBe('zh');
  expect(wantedLanguage(['x', '--', '--lang', 'en'], {})).toBe('zh');
});

test.each([
  [['-o', 'json'], true],
  [['-ojson'], true],
  [['--output=json'], true],
  [['--json'], true],
  [['--', '--json'], false],
  [['-o', 'yaml'], false],
  [['-o', 'json', '-o', 'yaml'], false],
  [['--', '-o', 'json'], false],
])('%j wants errors as JSON: %s', (argv, json) => {
  expect(wantsJson(argv)).toBe(json);
});

test('help is asked for before --, not after it', () => {
  expect(wantsHelp(['request', '-h'])).toBe(true);
  expect(wantsHelp(['request', '--', '--help'])).toBe(false);
});
