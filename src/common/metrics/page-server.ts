/** The port through which pages are served to Prometheus and people. */

export type ServedPage = { readonly type: string; readonly body: string };
/** By path, such as `/metrics`. One that rejects is a 503 with its words. */
export type Pages = Readonly<Record<string, () => Promise<ServedPage>>>;

export interface PageServer {
  /** Serves until the returned function is called. Where it can not listen, it says so in its log and the program runs on. */
  serve(pages: Pages): () => void;
}
