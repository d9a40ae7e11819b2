// The import rule as dependency-cruiser rules: who may import whom (docs/architecture.md has the table).

/** The stages of the compiler in the order of the data flow; a stage never imports a later one. */
export const stages = [
  'diagnostics',
  'kir',
  'frontend',
  'graph',
  'import',
  'export',
  'passes',
  'cost',
  'select',
  'schedule',
  'memory',
  'planner',
  'emit',
  'report',
  'package',
]

/** Folders whose code must run in a browser: bytes in, text out. */
const portable = '^(runtime/lang|boards|kernels|compiler|nas)/'

const only = (name, comment, from, allowed) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed },
})

const stageRules = stages.slice(0, -1).map((stage, index) => ({
  name: `stage-${stage}-looks-back-only`,
  comment: `compiler/${stage} may not import a later stage`,
  severity: 'error',
  from: { path: `^compiler/${stage}/` },
  to: { path: `^compiler/(${stages.slice(index + 1).join('|')})/` },
}))

export default {
  forbidden: [
    only('lang-imports-nothing', 'the language stands alone', '^runtime/lang/', '^runtime/lang/'),
    only('boards-import-nothing', 'boards are data and their checker', '^boards/', '^boards/'),
    only(
      'kernels-import-lang',
      'kernels know the language and each other',
      '^kernels/',
      '^(kernels|runtime/lang)/',
    ),
    only(
      'kernel-files-import-lang',
      'a .kernel.ts imports the language and sibling kernels only',
      '\\.kernel\\.ts$',
      '^runtime/lang/|\\.kernel\\.ts$',
    ),
    only(
      'compiler-imports',
      'the compiler knows kernels, boards, the language and npm packages that run in a browser',
      '^compiler/',
      '^(compiler|kernels|boards|runtime/lang)/|^node_modules/',
    ),
    only(
      'nas-imports',
      'the search knows compiler and boards; a host comes as a parameter, so only its type',
      '^nas/',
      '^(nas|compiler|boards|runtime/hosts)/|^node_modules/',
    ),
    {
      name: 'nas-takes-hosts-as-types',
      severity: 'error',
      from: { path: '^nas/' },
      to: { path: '^runtime/hosts/', dependencyTypesNot: ['type-only'] },
    },
    only(
      'hosts-imports',
      'hosts know the language, boards and the shapes of a package and of a source span',
      '^runtime/hosts/',
      '^(runtime/(hosts|lang)|boards|compiler/(package|kir))/|^node_modules/|^node:|^[a-z_]+(/promises)?$',
    ),
    only(
      'profile-imports',
      'the profiler takes ELF files and knows hosts and boards',
      '^runtime/profile/',
      '^runtime/(profile|hosts)/|^boards/|^node:|^[a-z_]+(/promises)?$',
    ),
    {
      name: 'hosts-take-packages-as-types',
      severity: 'error',
      from: { path: '^runtime/hosts/' },
      to: { path: '^compiler/(package|kir)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-node-in-portable-folders',
      comment: 'these folders must work in a browser and under test without a disk',
      severity: 'error',
      from: { path: portable },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'nothing-imports-the-outer-folders',
      comment: 'bench, cli, scripts, zoo, playground and test sit on top',
      severity: 'error',
      from: { pathNot: '^(bench|cli|scripts|zoo|playground|test)/' },
      to: { path: '^(bench|cli|scripts|zoo|playground|test)/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'entry-points-are-for-outsiders',
      comment: 'inside the compiler a stage imports the file it needs, not the pipeline',
      severity: 'error',
      from: { path: '^compiler/[^/]+/' },
      to: { path: '^compiler/index\\.ts$' },
    },
    {
      name: 'no-development-packages-in-the-product',
      severity: 'error',
      from: { path: '^(runtime|boards|kernels|compiler|nas|cli)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...stageRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(test/(errors|fixtures)|dist|out)/' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
}
