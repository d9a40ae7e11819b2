import type { i32 } from '../../../runtime/lang/types.ts'

class Kernel {}
enum Mode {
  a,
}
namespace Inner {
  export const x = 1
}
type Index = i32
let counter: i32 = 0
export default counter
export * from '../../../runtime/lang/math.ts'
if (true) {
}
