/** Every kind of volume as containers see it: the shipped program, a real containerd, real mounts. */

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { processesOf } from '../../bench/lib/processes.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { until } from '../support/eventually.ts';
import { kill } from '../support/kill.ts';
import { type Scripts, scriptsOn } from '../support/pod-script.ts';

let cluster: Cluster;
let scripts: Scripts;
test.before(async () => {
  cluster = await startCluster(54);
  scripts = scriptsOn(cluster);
});
test.after.always(async () => await cluster?.stop());

const configMap = (name: string, data: Record<string, string>) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
  data,
});
const secret = (name: string, stringData: Record<string, string>) => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name } },
  stringData,
});
const mounting = (...mounts: readonly Record<string, unknown>[]) => ({
  volumeMounts: mounts.map((mount) => ({ name: 'v', mountPath: '/v', ...mount })),
});
const volume = (source: Record<string, unknown>, name = 'v') => ({ name, ...source });
/** A folder of the node that only this test knows. */
function hostFolder(t: ExecutionContext): string {
  const dir = mkdtempSync(join(cluster.dir, 'host-'));
  chmodSync(dir, 0o755);
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
const mounts = () =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(join(cluster.dir, 'data')) && line.includes('/pods/'));
const forever = 'trap "exit 0" TERM; while true; do sleep 0.2; done';

test('an emptyDir is on the disk, or a tmpfs bounded by its limit, or by what the pod may use', async (t) => {
  const printed = await scripts.run('empty', {
    script: `grep -E ' /(disk|small|pod) ' /proc/mounts | cut -d' ' -f1-3; stat -c %a /disk /small
      for v in small pod; do df -k /$v | tail -1 | awk '{print "size", $2}'; done
      dd if=/dev/zero of=/small/big bs=64k count=64 2>&1 | grep -o 'No space left'
      cat /disk/from-init`,
    spec: {
      volumes: [
        volume({ emptyDir: { sizeLimit: '1Gi' } }, 'disk'),
        volume({ emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }, 'small'),
        volume({ emptyDir: { medium: 'Memory' } }, 'pod'),
      ],
      initContainers: [
        {
          ...{ name: 'init', image: 'bramble.local/busybox:1', resources: { limits: { memory: '64Mi' } } },
          command: ['sh', '-c', 'echo kept > /disk/from-init'],
          volumeMounts: [{ name: 'disk', mountPath: '/disk' }],
        },
      ],
    },
    container: {
      resources: { limits: { memory: '32Mi' } },
      volumeMounts: ['disk', 'small', 'pod'].map((name) => ({ name, mountPath: `/${name}` })),
    },
  });
  t.notRegex(printed, /^\S+ \/disk tmpfs/m);
  t.regex(printed, /^\S+ \/small tmpfs/m);
  t.regex(printed, /^777\n777\n/m);
  t.regex(printed, /^size 1024\nsize 32768$/m);
  t.regex(printed, /No space left/);
  t.regex(printed, /^kept$/m);
});

test('a hostPath is what its type says, or is made, or the pod waits and says why', async (t) => {
  const dir = hostFolder(t);
  writeFileSync(join(dir, 'file'), 'of the node');
  const socket = createServer().listen(join(dir, 'socket'));
  t.teardown(() => socket.close());
  const types = [
    ...[
      ['Directory', ''],
      ['DirectoryOrCreate', 'made/folder'],
      ['File', 'file'],
      ['FileOrCreate', 'made-file'],
    ],
    ...[
      ['Socket', 'socket'],
      ['', 'anything'],
    ],
  ] as const;
  const volumes = [
    ...types.map(([type, path], i) => volume({ hostPath: { path: join(dir, path ?? ''), type } }, `v${i}`)),
    volume({ hostPath: { path: '/dev/null', type: 'CharDevice' } }, 'v6'),
  ];
  const printed = await scripts.run('host', {
    script: 'cd /v; cat 2; for i in 0 1 2 3 4 5 6; do stat -c "%F %a" $i; done; echo from the pod > 0/back',
    spec: { volumes },
    container: { volumeMounts: volumes.map(({ name }, i) => ({ name, mountPath: `/v/${i}` })) },
  });
  t.regex(
    printed,
    /^of the nodedirectory 755\ndirectory 755\nregular file \d+\nregular (empty )?file 644\nsocket \d+\ndirectory 755\ncharacter special file 666$/m,
  );
  t.is(readFileSync(join(dir, 'back'), 'utf8'), 'from the pod\n');
  t.is(statSync(join(dir, 'made/folder')).mode & 0o777, 0o755);

  await scripts.apply(
    scripts.pod('host-wrong', {
      script: 'true',
      spec: { volumes: [volume({ hostPath: { path: join(dir, 'file'), type: 'Directory' } })] },
    }),
  );
  await scripts.event(
    'host-wrong',
    'FailedMount',
    /MountVolume\.SetUp failed for volume "v" : hostPath type check failed: .*file is not a directory/,
  );
  t.is(
    await scripts.field('pod', 'host-wrong', '{.status.containerStatuses[0].state.waiting.reason}'),
    'ContainerCreating',
  );
  await cluster.bramble(['delete', 'pod', 'host-wrong', '--now']);
});

test('ConfigMaps, Secrets and the pod itself are files with their modes; Secrets never touch the disk', async (t) => {
  await scripts.apply(
    configMap('files', { 'a.conf': 'alpha', b: 'beta' }),
    secret('keys', { token: 's3cret', other: 'x' }),
  );
  const downwardAPI = {
    items: [
      { path: 'name', fieldRef: { fieldPath: 'metadata.name' } },
      { path: 'meta/labels', fieldRef: { fieldPath: 'metadata.labels' }, mode: 0o400 },
      { path: 'memory', resourceFieldRef: { containerName: 'main', resource: 'limits.memory', divisor: '1Mi' } },
      { path: 'cpu', resourceFieldRef: { containerName: 'main', resource: 'limits.cpu' } },
    ],
  };
  const projected = {
    defaultMode: 0o440,
    sources: [
      { configMap: { name: 'files' } },
      {
        secret: {
          name: 'keys',
          items: [
            { key: 'token', path: 'b' },
            { key: 'other', path: 'deep/er/other', mode: 0o600 },
          ],
        },
      },
      { downwardAPI: { items: [{ path: 'uid', fieldRef: { fieldPath: 'metadata.uid' } }] } },
      { secret: { name: 'nobody', optional: true } },
    ],
  };
  const printed = await scripts.run('files', {
    script: `cd /v; for f in map/* items/x keys/token self/name self/meta/labels self/memory self/cpu all/b all/deep/er/other all/uid none; do
        echo "$f $(cat $f 2>/dev/null) $(stat -Lc %a $f)"; done; ls none | wc -l
      grep ' /v/' /proc/mounts | cut -d' ' -f2-3; touch map/x 2>&1 | grep -o Read-only`,
    labels: { app: 'files', zone: 'barn7' },
    spec: {
      volumes: [
        volume({ configMap: { name: 'files' } }, 'map'),
        volume({ configMap: { name: 'files', defaultMode: 0o640, items: [{ key: 'a.conf', path: 'x' }] } }, 'items'),
        volume({ secret: { secretName: 'keys', defaultMode: 0o400 } }, 'keys'),
        volume({ downwardAPI }, 'self'),
        volume({ projected }, 'all'),
        volume({ configMap: { name: 'nobody', optional: true } }, 'none'),
      ],
    },
    container: {
      resources: { limits: { memory: '48Mi' } },
      volumeMounts: ['map', 'items', 'keys', 'self', 'all', 'none'].map((name) => ({
        name,
        mountPath: `/v/${name}`,
        readOnly: true,
      })),
    },
  });
  const cpus = Math.ceil(
    (Number(/\d+/.exec(await scripts.field('node', 'node-1', '{.status.allocatable.cpu}'))?.[0]) || 0) / 1000,
  );
  const uid = await scripts.field('pod', 'files', '{.metadata.uid}');
  for (const line of [
    ...['map/a.conf alpha 644', 'map/b beta 644', 'items/x alpha 640', 'keys/token s3cret 400', 'self/name files 644'],
    ...['self/meta/labels app="files"', 'zone="barn7" 400', 'self/memory 48 644', `self/cpu ${cpus} 644`],
    ...['all/b s3cret 440', 'all/deep/er/other x 600', `all/uid ${uid} 440`, '0'],
    ...['/v/keys tmpfs', '/v/self tmpfs', '/v/all tmpfs', 'Read-only'],
  ]) {
    t.true(printed.split('\n').includes(line), `${line}\nis not in\n${printed}`);
  }
  t.regex(printed, /^\/v\/map (?!tmpfs)/m);
});

test('a part of a volume is mounted safely: made when missing, with variables, never outside', async (t) => {
  await scripts.apply(configMap('parts', { one: '1', two: '2' }));
  const dir = hostFolder(t);
  const shared = { name: 'shared', image: 'bramble.local/busybox:1' };
  const printed = await scripts.run('parts', {
    script: 'cat /one; ls /whole; echo mine > /logs/x; stat -c %a /made; cat /inner/file',
    spec: {
      volumes: [
        volume({ configMap: { name: 'parts' } }, 'map'),
        volume({ hostPath: { path: dir, type: 'Directory' } }),
      ],
      initContainers: [
        {
          ...shared,
          name: 'init',
          command: ['sh', '-c', 'mkdir /v/real; echo inside > /v/real/file; ln -s real /v/link'],
          ...mounting({}),
        },
      ],
    },
    container: {
      env: [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      volumeMounts: [
        { name: 'map', mountPath: '/one', subPath: 'one' },
        { name: 'v', mountPath: '/logs', subPathExpr: 'logs/$(POD)' },
        { name: 'v', mountPath: '/made', subPath: 'made/deep' },
        { name: 'v', mountPath: '/inner', subPath: 'link', readOnly: true },
        { name: 'v', mountPath: '/whole' },
      ],
    },
  });
  t.is(printed, '1link\nlogs\nmade\nreal\n755\ninside\n');
  t.is(readFileSync(join(dir, 'logs/parts/x'), 'utf8'), 'mine\n');
  t.is(statSync(join(dir, 'made/deep')).mode & 0o777, 0o755);

  await scripts.apply(
    scripts.pod('escape', {
      script: 'cat /v/shadow',
      spec: {
        volumes: [volume({ emptyDir: {} })],
        initContainers: [{ ...shared, name: 'init', command: ['sh', '-c', 'ln -s /etc /v/out'], ...mounting({}) }],
      },
      container: mounting({ subPath: 'out' }),
    }),
  );
  await scripts.event('escape', 'Failed', /subPath out leads out of its volume/);
  t.is(
    await scripts.field('pod', 'escape', '{.status.containerStatuses[0].state.waiting.reason}'),
    'CreateContainerConfigError',
  );
  await cluster.bramble(['delete', 'pod', 'escape', '--now']);
});

test('a change of a ConfigMap or of labels is seen without a restart, whole or not at all; a part of a volume stays', async (t) => {
  const lines = (text: string) => ({ first: text.repeat(2000), second: text.repeat(2000) });
  const pod = (label: string) =>
    scripts.pod('watcher', {
      // Reads both files through one opened folder, as a program would that wants them to belong together. A folder that
      // was exchanged meanwhile is removed, as the kubelet does it: then the program looks again.
      script: `last=; while true; do cd /v/..data; a=$(head -c1 first 2>/dev/null) && b=$(head -c1 second 2>/dev/null) || { cd /; continue; }
          l=$(cat /self/labels); p=$(head -c1 /part); cd /; n=$(cat /v/first | tr -d "$a" | wc -c); [ "$a" = "$b" ] || echo torn
          [ "$last" = "$a $l $p" ] || { last="$a $l $p"; echo "$last"; }; done`,
      labels: { step: label },
      spec: {
        volumes: [
          volume({ configMap: { name: 'changing' } }),
          volume({ downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } }, 'self'),
        ],
      },
      container: {
        volumeMounts: [
          { name: 'v', mountPath: '/v' },
          { name: 'v', mountPath: '/part', subPath: 'first' },
          { name: 'self', mountPath: '/self' },
        ],
      },
    });
  await scripts.apply(configMap('changing', lines('1')), pod('one'));
  await scripts.printed('watcher', /^1 step="one" 1$/m);
  for (const text of ['2', '3', '4']) await scripts.apply(configMap('changing', lines(text)));
  await scripts.printed('watcher', /^4 step="one" 1$/m);
  await scripts.apply(pod('two'));
  const printed = await scripts.printed('watcher', /^4 step="two" 1$/m);
  t.notRegex(printed, /torn/);
  t.is(await scripts.field('pod', 'watcher', '{.status.containerStatuses[0].restartCount}'), '0');
  await cluster.bramble(['delete', 'pod', 'watcher', '--now']);
});

test('a pod waits for the ConfigMap that it needs, and an optional one appears in it later', async (t) => {
  const script = 'until cat /optional/key 2>/dev/null; do sleep 0.1; done; cat /needed/key';
  await scripts.apply(
    scripts.pod('waiting', {
      script,
      spec: {
        volumes: [
          volume({ configMap: { name: 'needed' } }, 'needed'),
          volume({ secret: { secretName: 'optional', optional: true } }, 'optional'),
        ],
      },
      container: { volumeMounts: ['needed', 'optional'].map((name) => ({ name, mountPath: `/${name}` })) },
    }),
  );
  await scripts.event(
    'waiting',
    'FailedMount',
    /MountVolume\.SetUp failed for volume "needed" : configmap "needed" not found/,
  );
  t.is(
    await scripts.field('pod', 'waiting', '{.status.containerStatuses[0].state.waiting.reason}'),
    'ContainerCreating',
  );
  await scripts.apply(configMap('needed', { key: 'here' }));
  await until('the pod runs', async () => (await scripts.field('pod', 'waiting', '{.status.phase}')) === 'Running');
  await scripts.apply(secret('optional', { key: 'late ' }));
  t.is(await scripts.printed('waiting', /here/), 'late here');
});

test('the group of volumes owns them: folders, files, and what is made there', async (t) => {
  await scripts.apply(secret('grouped', { key: 'x' }), configMap('grouped', { key: 'x' }));
  const printed = await scripts.run('grouped', {
    script: `id -u; id -G; cd /v; for f in empty memory map/key keys/key all/deep/key all/deep; do stat -Lc "$n %a %u:%g" $f; done
      echo mine > empty/new && stat -c '%u:%g' empty/new; cat keys/key`,
    spec: {
      securityContext: {
        runAsUser: 1000,
        runAsGroup: 1000,
        fsGroup: 2000,
        fsGroupChangePolicy: 'OnRootMismatch',
        supplementalGroups: [3000],
      },
      volumes: [
        volume({ emptyDir: {} }, 'empty'),
        volume({ emptyDir: { medium: 'Memory' } }, 'memory'),
        volume({ configMap: { name: 'grouped', defaultMode: 0o600 } }, 'map'),
        volume({ secret: { secretName: 'grouped', defaultMode: 0o400 } }, 'keys'),
        volume(
          { projected: { sources: [{ secret: { name: 'grouped', items: [{ key: 'key', path: 'deep/key' }] } }] } },
          'all',
        ),
      ],
    },
    container: {
      volumeMounts: ['empty', 'memory', 'map', 'keys', 'all'].map((name) => ({ name, mountPath: `/v/${name}` })),
    },
  });
  t.is(
    printed,
    [
      '1000',
      '1000 2000 3000',
      ' 2777 0:2000',
      ' 2777 0:2000',
      ' 640 0:2000',
      ' 440 0:2000',
      ' 644 0:2000',
      ' 2755 0:2000',
      '1000:2000',
      'x',
    ].join('\n'),
  );
});

test('a mount can be read-only, and can see what is mounted on the node later', async (t) => {
  const dir = hostFolder(t);
  execFileSync('mount', ['-t', 'tmpfs', 'shared', dir]);
  t.teardown(() => execFileSync('umount', ['-R', '-l', dir]));
  execFileSync('mount', ['--make-shared', dir]);
  mkdirSync(join(dir, 'later'));
  const volumes = [volume({ hostPath: { path: dir, type: 'Directory' } })];
  t.regex(
    await scripts.run('read-only', {
      script: 'touch /v/x 2>&1; true',
      spec: { volumes },
      container: mounting({ readOnly: true }),
    }),
    /Read-only file system/,
  );
  await scripts.apply(
    scripts.pod('maker', {
      script: `mount -t tmpfs made /v/later && touch /v/later/seen; ${forever}`,
      spec: { volumes },
      container: { ...mounting({ mountPropagation: 'Bidirectional' }), securityContext: { privileged: true } },
    }),
    scripts.pod('seer', {
      script: 'until ls /v/later | grep seen; do sleep 0.1; done',
      spec: { volumes },
      container: mounting({ mountPropagation: 'HostToContainer' }),
    }),
  );
  t.is(await scripts.printed('seer', /seen/), 'seen\n');
  await cluster.bramble(['delete', 'pod', 'maker', 'seer', '--now']);
});

test.serial('of deleted pods neither mounts nor folders are left, and what was mounted from the node is', async (t) => {
  const dir = hostFolder(t);
  writeFileSync(join(dir, 'kept'), 'yes');
  await scripts.apply(secret('left', { key: 'x' }));
  await scripts.apply(
    scripts.pod('leaving', {
      script: forever,
      spec: {
        volumes: [
          volume({ secret: { secretName: 'left' } }),
          volume({ emptyDir: { medium: 'Memory' } }, 'memory'),
          volume({ hostPath: { path: dir, type: '' } }, 'host'),
        ],
      },
      container: {
        volumeMounts: [
          { name: 'v', mountPath: '/v' },
          { name: 'memory', mountPath: '/m', subPath: 'part' },
          { name: 'host', mountPath: '/h', subPath: 'kept' },
        ],
      },
    }),
  );
  const running = async () => (await scripts.field('pod', 'leaving', '{.status.phase}')) === 'Running';
  await until('the pod runs', running);
  const uid = await scripts.field('pod', 'leaving', '{.metadata.uid}');
  const own = () => mounts().filter((line) => line.includes(uid));
  t.is(own().length, 4, own().join('\n'));
  await cluster.bramble(['delete', 'pod', 'leaving', '--now']);
  const podsDir = join(cluster.dir, 'data/agent/pods');
  t.true(existsSync(podsDir), readdirSync(join(cluster.dir, 'data')).join(' '));
  await until('nothing is left', async () => own().length === 0 && !existsSync(join(podsDir, uid)));
  t.is(readFileSync(join(dir, 'kept'), 'utf8'), 'yes');
});

test.serial(
  'an agent that is killed while it makes and removes volumes leaves nothing, and touches nothing of the node',
  async (t) => {
    const dir = hostFolder(t);
    writeFileSync(join(dir, 'kept'), 'yes');
    await scripts.apply(secret('killed', { key: 'x' }));
    const names = ['killed-1', 'killed-2', 'killed-3'];
    const spec = {
      volumes: [
        volume({ secret: { secretName: 'killed' } }),
        volume({ emptyDir: { medium: 'Memory' } }, 'memory'),
        volume({ hostPath: { path: dir, type: '' } }, 'host'),
      ],
    };
    const container = {
      volumeMounts: [
        { name: 'v', mountPath: '/v', subPath: 'key' },
        { name: 'memory', mountPath: '/m', subPath: 'part' },
        { name: 'host', mountPath: '/h', subPath: 'kept' },
      ],
    };
    const killAgent = () => {
      for (const { pid, role } of processesOf(cluster.dir)) if (role === 'agent') kill(pid);
    };
    await scripts.apply(...names.map((name) => scripts.pod(name, { script: forever, spec, container })));
    await until('a volume is mounted', async () => mounts().length > 0);
    killAgent();
    for (const name of names) {
      const ran = await cluster.bramble(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=60s']);
      t.is(ran.code, 0, ran.stderr);
    }
    const uids = await Promise.all(names.map((name) => scripts.field('pod', name, '{.metadata.uid}')));
    const left = () => mounts().filter((line) => uids.some((uid) => line.includes(uid)));
    t.is(left().length, 5 * names.length, left().join('\n'));
    const deleted = cluster.bramble(['delete', 'pod', ...names, '--now']);
    await until('the first volume is unmounted', async () => left().length < 5 * names.length);
    killAgent();
    t.is((await deleted).code, 0);
    const podsDir = join(cluster.dir, 'data/agent/pods');
    await until(
      'nothing is left',
      async () => left().length === 0 && !uids.some((uid) => existsSync(join(podsDir, uid))),
    );
    t.is(readFileSync(join(dir, 'kept'), 'utf8'), 'yes');
  },
);

test('a pod that has ended gives the memory of its volumes back, and its log stays', async (t) => {
  const printed = await scripts.run('ended', {
    script: 'echo x > /m/x; echo bye',
    spec: { volumes: [volume({ emptyDir: { medium: 'Memory' } })] },
    container: { volumeMounts: [{ name: 'v', mountPath: '/m' }] },
  });
  t.is(printed, 'bye\n');
  const uid = await scripts.field('pod', 'ended', '{.metadata.uid}');
  await until('its volume is gone', async () => !mounts().some((line) => line.includes(uid)));
  t.is((await cluster.bramble(['logs', 'ended'])).stdout, 'bye\n');
});
