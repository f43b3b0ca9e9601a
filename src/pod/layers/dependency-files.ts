/** Which files of a workspace say what it depends on, by the conventions of package managers. As data: a new one is a new line. */
const NAMES = new Set([
  ...['package.json', 'package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'],
  ...['bun.lock', 'bun.lockb', 'deno.json', 'deno.lock', '.npmrc', '.yarnrc', '.yarnrc.yml', '.nvmrc', '.node-version'],
  ...['pyproject.toml', 'poetry.lock', 'uv.lock', 'pdm.lock', 'Pipfile', 'Pipfile.lock', 'setup.py', 'setup.cfg'],
  ...['environment.yml', '.python-version', '.tool-versions', 'mise.toml'],
  ...['go.mod', 'go.sum', 'go.work', 'go.work.sum'],
  ...['Cargo.toml', 'Cargo.lock', 'rust-toolchain', 'rust-toolchain.toml'],
  ...['Gemfile', 'Gemfile.lock', '.ruby-version', 'composer.json', 'composer.lock', 'mix.exs', 'mix.lock'],
  ...['pom.xml', 'build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts', 'gradle.lockfile'],
  ...[
    'packages.lock.json',
    'Directory.Packages.props',
    'pubspec.yaml',
    'pubspec.lock',
    'Package.swift',
    'Package.resolved',
  ],
]);

const PATTERNS = [
  /(^|\/)(requirements|constraints)[^/]*\.(txt|in)$/,
  /(^|\/)requirements\/[^/]+\.(txt|in)$/,
  /\.(gemspec|csproj|fsproj|cabal)$/,
  /(^|\/)(patches|\.yarn\/patches)\/[^/]+\.patch$/,
];

/** `path` is relative to the workspace. What lies in an installed dependency is not the workspace's own. */
export function isDependencyFile(path: string): boolean {
  const parts = path.split('/');
  if (parts.includes('node_modules')) return false;
  return NAMES.has(parts.at(-1) ?? '') || PATTERNS.some((pattern) => pattern.test(path));
}
