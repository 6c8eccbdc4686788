/** Bramble's own version, put in by the build; `dev` when run from source. */
export const version: string = process.env.BRAMBLE_VERSION ?? 'dev';
