// Names that runtime/lang/types.ts exports; a test compares this list with that file.

export const builtinNames: ReadonlySet<string> = new Set([
  ...['i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'i64', 'u64', 'f32', 'bool'],
  ...['Integer', 'Scalar', 'Static', 'ConstPtr', 'Ptr', 'IntrinsicSpelling'],
  ...['localArray', 'unroll', 'defineIntrinsic'],
  ...['wrapI8', 'wrapU8', 'wrapI16', 'wrapU16', 'wrapI32', 'wrapU32', 'wrapI64', 'wrapU64'],
  ...['satI8', 'satU8', 'satI16', 'satU16', 'satI32'],
  ...['wrapAdd', 'wrapSub', 'wrapMul', 'wrapShl', 'idiv', 'irem', 'truncI32'],
])
