export function broken(x: i32: i32 {
  return x
}
