/** Kinds of settings that several processes have. Values may come as text, from variables and flags. */

import * as z from 'zod';
import { parseQuantity } from '../../lib/quantity.ts';

export const port = z.coerce.number().int().min(0).max(65535);
export const seconds = z.coerce.number().positive().max(86_400);
export const flag = z.union([z.boolean(), z.stringbool()]);
export const path = z.string().startsWith('/', 'must be an absolute path');
export const logLevel = z.enum(['debug', 'info', 'warn', 'error']);
export const natsUrl = z
  .string()
  .refine(
    (text) => /^(nats|tls):\/\//.test(text) && text.split(',').every(isNatsServer),
    'must be a NATS address such as nats://127.0.0.1:4222 or tls://nats.example.org:4222, several with commas',
  );
/** After the first one the scheme may be left out. */
function isNatsServer(text: string): boolean {
  const address = text.trim().replace(/^(nats|tls):\/\//, '');
  return /^[^\s/]+\/?$/.test(address) && URL.canParse(`http://${address}`);
}
export const subnet = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, 'must be an IPv4 subnet such as 10.85.0.0/16');
export const interfaceName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,14}$/, 'must be an interface name of at most 15 characters');
export const size = z.coerce
  .string()
  .refine((text) => (parseQuantity(text)?.nanos ?? -1n) > 0n, 'must be a number of bytes such as 512Mi or 4Gi');
const registryHost = /^[A-Za-z0-9.-]+(:\d{1,5})?$/;
const listed = (text: string): readonly string[] => text.split(',').filter((part) => part.trim() !== '');
export const registryMirrors = z
  .string()
  .refine(
    (text) => listed(text).every((part) => /^\s*[A-Za-z0-9.:-]+=https?:\/\/[^\s/"]+(\/[^\s"]*)?\s*$/.test(part)),
    'must be host=address,host=address with http or https addresses, such as docker.io=http://10.0.0.5:5000',
  );
export const hostList = z
  .string()
  .refine(
    (text) => listed(text).every((part) => registryHost.test(part.trim())),
    'must be registry hosts with commas between, such as 10.0.0.5:5000,registry.farm',
  );
export const sysctlList = z
  .string()
  .refine(
    (text) => listed(text).every((part) => /^(kernel\.(shm|msg|sem)|fs\.mqueue\.|net\.)[\w.-]*\*?$/.test(part.trim())),
    'must be names of kernel parameters (or their beginnings with *) of the groups kernel.shm, kernel.msg, kernel.sem, fs.mqueue. and net., which are a pod’s own',
  );
export const nodeName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a lower-case DNS name such as pi-7');
