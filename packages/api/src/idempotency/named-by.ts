/** The id that a thing gets which a request makes: the same at every try of it. `wrk_01k8…` names `pur_01k8…`. */
export const namedBy = (work: string | undefined, prefix: string): string | undefined =>
  work?.replace(/^[a-z]+(?=_)/, prefix);
