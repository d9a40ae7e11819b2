// Makes a C identifier of a model's file name.

const longest = 48

/** Keywords of C99 and C++17 that consist of lower-case letters, and what C libraries claim. */
const reserved = new Set(
  `alignas alignof and asm auto bitand bitor bool break case catch char class compl concept const constexpr continue
  decltype default delete do double else enum explicit export extern false float for friend goto if inline int long
  main mutable namespace new noexcept not nullptr operator or private protected public register reinterpret requires
  restrict return short signed sizeof static struct switch template this thread throw true try typedef typeid
  typename union unsigned using virtual void volatile while xor errno inline thimble`.split(/\s+/),
)

/**
 * 'models/MCUNet-in3.tflite' becomes 'mcunet_in3': lower case, [a-z0-9_], beginning with a letter,
 * no keyword of C or C++, at most 48 characters.
 */
export function graphName(file: string): string {
  const base = file.replace(/^.*[\\/]/s, '')
  const stem = base.replace(/\.[^.]*$/, '') || base
  const name = stem
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, longest)
  if (name === '') return 'model'
  return /^[0-9]/.test(name) || reserved.has(name) ? `model_${name}` : name
}
