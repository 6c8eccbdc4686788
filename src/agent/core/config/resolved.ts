/** What a pod asks for by reference: its value, or what is needed and not there, in Kubernetes' words. */

export type Resolved<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

export const found = <T>(value: T): Resolved<T> => ({ ok: true, value });
export const missing = (message: string): { readonly ok: false; readonly message: string } => ({ ok: false, message });
