import test from 'ava';
import { createCri } from '../../../../src/agent/io/cri/cri.ts';
import { CriError } from '../../../../src/agent/ports/cri.ts';

test('an image is not asked for before the runtime was given the images of the device', async (t) => {
  let bring = () => {};
  const imagesBrought = new Promise<void>((resolve) => {
    bring = resolve;
  });
  const cri = createCri('/nonexistent/containerd.sock', { imagesBrought });
  let settled = false;
  const asked = cri.imageStatus('bramble.local/busybox:1').finally(() => {
    settled = true;
  });
  // The connection refuses meanwhile what needs no image.
  await t.throwsAsync(cri.listContainers(), { instanceOf: CriError });
  t.false(settled);
  bring();
  t.is((await t.throwsAsync<CriError>(asked, { instanceOf: CriError }))?.code, 'unavailable');
  cri.close();
});
