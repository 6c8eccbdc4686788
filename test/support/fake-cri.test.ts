import test from 'ava';
import { FakeClock } from '../../src/common/actor/fake-clock.ts';
import { criContract } from '../agent/io/cri/cri-contract.ts';
import { FakeCri } from './fake-cri.ts';

const image = 'registry.test/app:1';
const clock = new FakeClock();
const cri = new FakeCri(() => clock.wall());
cri.addImage(image);

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  if (!(await holds())) throw new Error(`the fake does all at once, and yet not: ${what}`);
}

criContract(test, () => ({ cri, image, logs: '/logs', until }), { processes: false });
