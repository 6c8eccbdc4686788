/** This machine's architecture by the name that images and Kubernetes' labels use. */

/** Go's name (`amd64`, `arm64`, `arm`) of Node's (`x64`, `arm64`, `arm`); one that Go names alike is kept. */
export function goArch(nodeArch: string): string {
  const names: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', loong64: 'loong64' };
  return names[nodeArch] ?? nodeArch;
}
