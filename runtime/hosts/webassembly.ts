// The part of the WebAssembly interface the hosts use, typed here because Node's types leave it out.

export type WasmFunction = (...values: number[]) => number | undefined

export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

export interface WasmInstance {
  readonly exports: Readonly<Record<string, WasmFunction | WasmMemory>>
}

interface WasmApi {
  compile(bytes: Uint8Array): Promise<object>
  instantiate(
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, WasmFunction | WasmMemory>>>>,
  ): Promise<WasmInstance>
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => WasmMemory
  readonly Module: {
    imports(module: object): readonly { readonly module: string; readonly name: string }[]
  }
}

/** The global `WebAssembly`. */
export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly
