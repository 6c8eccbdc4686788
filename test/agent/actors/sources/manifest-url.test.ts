import test from 'ava';
import type { ManifestUrl, UrlAnswer } from '../../../../src/agent/ports/manifests.ts';
import { createDevice } from '../../../support/device.ts';
import { FakeKeptFile } from '../../../support/fake-local.ts';

const manifest = (name: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  containers: [{name: app, image: 'registry.test/app:1'}]\n`;

/** A URL that answers what it is given, with an ETag of it. */
class FakeUrl implements ManifestUrl {
  readonly url = 'https://farm.test/pods.yaml';
  text: string | undefined;
  asked = 0;
  get = async (etag: string | undefined): Promise<UrlAnswer> => {
    this.asked += 1;
    if (this.text === undefined) return { problem: 'connection refused' };
    const own = `"${this.text.length}"`;
    return own === etag ? { unchanged: true } : { content: Buffer.from(this.text), etag: own };
  };
}

const setUp = () => {
  const [url, file] = [new FakeUrl(), new FakeKeptFile()];
  return { ...createDevice(), url, file };
};

test('the pods of a URL run, a change makes them anew, and an unreachable one removes nothing', async (t) => {
  const { cri, boot, clock, url, file } = setUp();
  url.text = manifest('web');
  const agent = await boot({ manifestUrl: { url, file } });
  await clock.advance(1000);
  t.is(cri.running()[0]?.labels['io.kubernetes.pod.name'], 'web-pi-7');
  const [before] = cri.running();
  url.text = undefined;
  await clock.advance(120_000);
  t.is(cri.running()[0]?.id, before?.id);
  url.text = `${manifest('web')}---\n${manifest('other')}`;
  await clock.advance(70_000);
  t.is(cri.running().length, 2);
  t.true(
    cri.running().some(({ id }) => id === before?.id),
    'what did not change runs on',
  );
  await agent.crash();
});

test('it is asked every 20 seconds, soon again when it fails, and what is wrong is told once', async (t) => {
  const { master, boot, clock, url, file } = setUp();
  const agent = await boot({ manifestUrl: { url, file } });
  await clock.advance(10_000);
  t.true(url.asked > 2, 'soon again');
  t.is(master.events.filter(({ reason }) => reason === 'InvalidStaticPod').length, 1);
  url.text = manifest('web');
  await clock.advance(60_000);
  url.asked = 0;
  await clock.advance(200_000);
  t.true(url.asked >= 9 && url.asked <= 11, String(url.asked));
  await agent.crash();
});

test('an answer that can not be kept runs, is told for as long, and is kept when there is room', async (t) => {
  const { cri, boot, clock, url, file, localServer } = setUp();
  url.text = manifest('web');
  file.full = true;
  const agent = await boot({ manifestUrl: { url, file } });
  await clock.advance(70_000);
  const [before] = cri.running();
  const asked = localServer.ask().status();
  await clock.settle();
  t.regex((await asked).problems['http']?.[0] ?? '', /a reboot without a network forgets it: the disk is full/);
  file.full = false;
  await clock.advance(30_000);
  t.truthy(file.content);
  t.is(cri.running()[0]?.id, before?.id);
  const later = localServer.ask().status();
  await clock.settle();
  t.deepEqual((await later).problems['http'], []);
  await agent.crash();
});

test('after a reboot without a network the last answer runs, and what it no longer has goes once it answers', async (t) => {
  const { cri, boot, clock, url, file } = setUp();
  url.text = manifest('web');
  const first = await boot({ manifestUrl: { url, file } });
  await clock.advance(1000);
  await first.crash();
  for (const { id } of cri.running()) cri.exit(id, 255);
  url.text = undefined;
  const second = await boot({ manifestUrl: { url, file } });
  await clock.advance(5000);
  t.is(cri.running().length, 1);
  url.text = manifest('another');
  await clock.advance(70_000);
  t.deepEqual(
    cri.running().map(({ labels }) => labels['io.kubernetes.pod.name']),
    ['another-pi-7'],
  );
  await second.crash();
});

test('an answer that is no manifest is told and changes nothing', async (t) => {
  const { cri, boot, clock, url, file, localServer } = setUp();
  url.text = manifest('web');
  const agent = await boot({ manifestUrl: { url, file } });
  await clock.advance(1000);
  url.text = '<html>log in first</html>';
  await clock.advance(30_000);
  t.is(cri.running().length, 1);
  const status = localServer.ask().status();
  await clock.settle();
  t.regex((await status).problems['http']?.[0] ?? '', /^https:\/\/farm\.test\/pods\.yaml:1:1: /);
  await agent.crash();
});

test('without a URL in the settings, pods of an earlier one go', async (t) => {
  const { cri, boot, clock, url, file } = setUp();
  url.text = manifest('web');
  const first = await boot({ manifestUrl: { url, file } });
  await clock.advance(1000);
  await first.crash();
  const second = await boot();
  await clock.advance(5000);
  t.is(cri.running().length, 0);
  await second.crash();
});
