/** What the sandbox needs of WebAssembly: its types come with those of browsers, which the server does without. */
declare namespace WebAssembly {
  class Module {
    private readonly brand;
  }
  class Memory {
    private readonly brand;
    /** In pages of 64 KiB. */
    constructor(size: { readonly initial: number; readonly maximum: number });
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
