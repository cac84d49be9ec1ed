/** The `oclif` part of package.json, for the sources and for the bundle alike: both lie beside their `commands`. */
export const oclif = {
  bin: 'govcloud',
  dirname: 'govcloud',
  topicSeparator: ' ',
  additionalHelpFlags: ['-h'],
  commands: { strategy: 'pattern', target: './commands', globPatterns: ['**/*.{js,ts}', '!**/*.test.ts'] },
} as const;
