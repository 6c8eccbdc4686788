import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import test from 'ava';

/** What Biome, with this project's rules, says of `source` if it stood at `path`: in a tree of its own, not in this one. */
function lint(path: string, source: string): string {
  const root = mkdtempSync(join(tmpdir(), 'bramble-lint-'));
  try {
    cpSync('biome.json', join(root, 'biome.json'));
    cpSync('scripts/lint', join(root, 'scripts/lint'), { recursive: true });
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), source);
    const result = spawnSync(resolve('node_modules/.bin/biome'), ['lint', '--vcs-enabled=false', path], {
      cwd: root,
      encoding: 'utf8',
    });
    return `${result.stdout}${result.stderr}`;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const uses = (specifier: string): string => `import { x } from '${specifier}';\nexport const y = x;\n`;

const violations: readonly (readonly [path: string, specifier: string])[] = [
  ['src/common/lib/planted.ts', '../model/pod.ts'],
  ['src/common/lib/planted.ts', 'zod'],
  ['src/common/model/planted.ts', '../store/store.ts'],
  ['src/common/model/planted.ts', 'node:fs'],
  ['src/common/actor/planted.ts', '../model/pod.ts'],
  ['src/common/manifest/planted.ts', '../../cli/io.ts'],
  ['src/common/wire/planted.ts', '../../master/ports.ts'],
  ['src/common/store/planted.ts', '../../agent/ports/cri.ts'],
  ['src/master/core/planted.ts', 'node:fs/promises'],
  ['src/master/core/planted.ts', '../../common/actor/types.ts'],
  ['src/agent/core/planted.ts', '../ports/cri.ts'],
  ['src/agent/core/planted.ts', '../actors/agent.ts'],
  ['src/agent/actors/planted.ts', '../io/cri.ts'],
  ['src/agent/actors/planted.ts', '@nats-io/transport-node'],
  ['src/agent/io/planted.ts', '../core/pod-lifecycle.ts'],
  ['src/master/actors/planted.ts', '../../agent/ports/cri.ts'],
  ['src/agent/main-planted.ts', '../master/ports.ts'],
  ['src/cli/planted.ts', '../master/ports.ts'],
  ['src/cli/planted.ts', '../agent/ports/cri.ts'],
  ['src/up/planted.ts', '../agent/main.ts'],
  ['src/sim/planted.ts', '../master/ports.ts'],
  ['src/sim/core/planted.ts', '../../common/actor/types.ts'],
  ['src/sim/device/planted.ts', '../../agent/io/cri/cri.ts'],
  ['src/sim/device/planted.ts', 'node:fs'],
  ['src/agent/actors/planted.ts', '../../sim/fleet.ts'],
  ['src/master/core/planted.ts', '../../sim/core/plan.ts'],
];

for (const [path, specifier] of violations) {
  test(`the linter refuses that ${path} imports ${specifier}`, (t) => {
    t.regex(lint(path, uses(specifier)), /noRestrictedImports/);
  });
}

test('the linter accepts what the import table allows', (t) => {
  t.notRegex(lint('src/master/core/planted.ts', uses('../../common/model/pod.ts')), /noRestrictedImports/);
  t.notRegex(lint('src/agent/io/planted.ts', uses('../ports/cri.ts')), /noRestrictedImports/);
});

for (const [what, source] of [
  ['a global timer', 'export const x = setTimeout(() => {}, 1);\n'],
  ['the current time', 'export const x = Date.now();\n'],
] as const) {
  test(`the linter refuses ${what} outside the clock file`, (t) => {
    t.regex(lint('src/master/core/planted.ts', source), /noRestrictedGlobals/);
    t.notRegex(lint('src/common/actor/clock.ts', source), /noRestrictedGlobals/);
  });
}

test('the linter refuses Math.random in a core', (t) => {
  t.regex(lint('src/master/core/planted.ts', 'export const x = Math.random();\n'), /Chance is an argument/);
});
