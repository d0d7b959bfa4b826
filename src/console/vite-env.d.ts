/// <reference types="vite/client" />

/** MapLibre's worker is an address to us, not a module. */
declare module '*.mjs?url' {
  const url: string;
  export default url;
}
