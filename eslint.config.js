// Lint rules: typescript-eslint's strict set with types, and the project's own bans.
import tseslint from 'typescript-eslint'

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Named exports only: a name that is the same everywhere can be searched for.',
}

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'out/',
      '.tap/',
      'test/golden/',
      'test/errors/',
      'test/fixtures/',
      // Kernels are C-like by intent (static conditions, branded integers, asserted indexes), which the
      // rules below take for mistakes; they are judged by tsc and by the compiler's own subset checks.
      '**/*.kernel.ts',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', noDefaultExport],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // A number in a message is meant to be read as one.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // noUncheckedIndexedAccess makes `!` the honest form for an index the loop has just bounded.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
    },
  },
  {
    // ts-morph declares its nodes as classes that nobody constructs, which this rule takes for mistakes.
    files: ['compiler/frontend/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  {
    // The language's integers are branded numbers; the rule does not see the number in the union of brands.
    files: ['runtime/lang/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-unary-minus': 'off' },
  },
  {
    // Searches, training and everything random must be repeatable from a seed.
    files: ['nas/**/*.ts', 'zoo/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Use a seeded generator.' },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // t.test() queues its subtest by itself; async without await is how tap is told that a test has ended.
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
)
