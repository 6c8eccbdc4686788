import test from 'ava';
import { podFilesContract } from '../agent/io/files/pod-files-contract.ts';
import { FakePodFiles } from './fake-pod-files.ts';

podFilesContract(test, async (work) => {
  const files = new FakePodFiles();
  await work({ files, content: async (path) => files.contents.get(path), missing: '/missing' });
});
