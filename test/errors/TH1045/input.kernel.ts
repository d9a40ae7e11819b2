import { defineIntrinsic, type Ptr, type i32 } from '../../../runtime/lang/types.ts'

export const a = defineIntrinsic()
export const b = defineIntrinsic({ c: '__B', requires: 'dsp', asm: 'b %0' }, double)
export const c = defineIntrinsic({ c: '__C', requires: 'neon', asm: 'c %0' }, (x: i32): i32 => x)
export const d = defineIntrinsic({ c: 'd"', requires: 'dsp', asm: 'd %0' }, (x: i32): i32 => x)
export const e = defineIntrinsic({ c: '__E', requires: 'dsp', asm: 'e\n' }, (x: i32): i32 => x)
export const f = defineIntrinsic({ c: '__F', requires: 'dsp' }, (x: i32): i32 => x)
export const g = defineIntrinsic({ c: '__G', requires: 'dsp', asm: 'g', q: '1' }, (x: i32): i32 => x)
export const h = defineIntrinsic({ c: '__H', requires: 'dsp', asm: 'h' }, (p: Ptr<i32>): i32 => p[0])
export const i = defineIntrinsic({ c: '__I', requires: 'dsp', asm: 'i' }, (x: i32): i32 => x, 1)
