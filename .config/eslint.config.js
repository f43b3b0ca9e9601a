/** Lint: types in full, and the layers of the design as error messages. */
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Modules in `files` may not import what one of the expressions matches. */
function layer(files, patterns, ignores = []) {
  return { files, ignores, rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] } };
}

const never = (regex, message, { types = false } = {}) => ({ regex, message, allowTypeImports: types });

const whoeverUsesIt = [
  never('/(workflows|activities|workers)/', 'src does not know who uses it.'),
  never('/(cli|client)/', 'Only the command line stands above the client.'),
];

const layers = [
  layer(
    ['src/contracts/**/*.ts'],
    [never('^(?!zod$|\\./)', 'Contracts import zod and each other: no clock, no I/O, nothing above.')],
  ),
  layer(
    ['workflows/**/*.ts'],
    [
      never('^(node:|openai|zod)', 'Workflows are deterministic: no Node, no SDKs, no zod.'),
      never('/workers/', 'Workflows do not know who runs them.'),
      never('/src/(?!contracts/)', 'Of src, Workflows see the contracts alone.'),
      never('/activities/', 'Workflows know Activities by their types alone.', { types: true }),
    ],
  ),
  layer(
    ['activities/**/*.ts'],
    [
      never('/(workflows|workers)/', 'Activities do not know who calls them.'),
      never('/src/(config|cli/|client/|embedded/|standin/)', 'What Activities need is handed to them.'),
    ],
  ),
  layer(
    ['workers/**/*.ts'],
    [
      never(
        '/src/(cli|client|standin)/',
        'Workers stand beside the client, not on it; the stand-in is another process.',
      ),
      never('/workflows/', 'Workflows are loaded by path, from the bundle.'),
    ],
  ),
  layer(
    ['src/**/*.ts'],
    [...whoeverUsesIt, never('/standin/', 'Only the command line starts the stand-in.')],
    ['src/contracts/**', 'src/client/**', 'src/cli/**', 'src/standin/**'],
  ),
  layer(
    ['src/standin/**/*.ts'],
    [
      ...whoeverUsesIt,
      never(
        '/((model|store|report|embedded|bootstrap)/|(config|tiers|pricing)\\.ts$)',
        'The stand-in is the other side: it shares what the catalogue knows of the provider, and no code of the product.',
      ),
    ],
  ),
  layer(
    ['src/client/**/*.ts', 'src/cli/**/*.ts'],
    [
      never('/(activities|workers)/', 'Clients speak to Workflows; workers are started as processes.'),
      never('/workflows/(?!messages)', 'Workflows are known by type, and by their messages.', { types: true }),
    ],
  ),
];

export default [
  { ignores: ['dist/**', 'dist.*/**', 'node_modules/**', 'coverage/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: [`${root}test/tsconfig.json`], tsconfigRootDir: root } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNullish: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' },
      ],
      'max-lines': ['error', { max: 250, skipComments: true, skipBlankLines: true }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'No default exports: a name is chosen once.' },
      ],
    },
  },
  ...layers,
  {
    files: ['src/**/*.ts', 'activities/**/*.ts', 'workers/**/*.ts', 'workflows/**/*.ts'],
    ignores: ['src/config.ts', 'src/cli/main.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'The environment is read in src/config.ts alone.' },
      ],
    },
  },
  {
    files: ['**/*.js'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { parserOptions: { project: null, programs: null } },
    rules: { ...tseslint.configs.disableTypeChecked.rules, 'no-restricted-syntax': 'off' },
  },
  { files: ['test/**/*.ts'], rules: { 'max-lines': 'off' } },
];
