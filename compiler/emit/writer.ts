// Collects indented lines of emitted text.

export class LineWriter {
  readonly #lines: string[] = []
  readonly #unit: string
  readonly #sources: boolean
  #depth = 0

  /** `sources`: C with `#line` for what `at` is told, so that debug information names the source. */
  constructor(unit = '  ', sources = false) {
    this.#unit = unit
    this.#sources = sources
  }

  /** 1-based number of the line that the next `line()` writes. */
  get nextLine(): number {
    return this.#lines.length + 1
  }

  /** Column, 0-based, at which the text of the next line starts. */
  get column(): number {
    return this.#depth * this.#unit.length
  }

  line(text = ''): void {
    this.#lines.push(text === '' ? '' : this.#unit.repeat(this.#depth) + text)
  }

  /** What follows comes from this place; says nothing unless the writer was made for it. */
  at({ file, line }: { readonly file: string; readonly line: number }): void {
    if (this.#sources && file !== '') this.line(`#line ${line} ${JSON.stringify(file)}`)
  }

  /**
   * Writes a statement of a language in which line breaks mean nothing, on as many lines as its
   * length asks for; breaks come after commas and before operators. With sources it stays one line, as
   * the lines after the first would belong to the next lines of the source.
   */
  wrapped(text: string, width = 100): void {
    let rest = text
    let indent = ''
    if (this.#sources) {
      this.line(text)
      return
    }
    for (;;) {
      const room = width - this.column - indent.length
      const cut = rest.length <= room ? -1 : lastBreak(rest, room)
      if (cut <= 0) break
      this.line(indent + rest.slice(0, cut).trimEnd())
      rest = rest.slice(cut).trimStart()
      indent = this.#unit.repeat(2)
    }
    this.line(indent + rest)
  }

  /** Lines written by `body` are indented once more. */
  indented(body: () => void): void {
    this.#depth++
    body()
    this.#depth--
  }

  toString(): string {
    return this.#lines.join('\n') + '\n'
  }
}

const looseness: Readonly<Record<string, number>> = {
  ',': 0,
  '?': 1,
  ':': 1,
  '||': 2,
  '&&': 3,
  '+': 4,
  '-': 4,
}

/**
 * Where to break `text` so that the first part has at most `room` characters: as far out of its
 * parentheses as possible, at the loosest operator, as late as possible; -1: nowhere.
 */
function lastBreak(text: string, room: number): number {
  let best = { at: -1, depth: Infinity, level: Infinity }
  let depth = 0
  for (let i = 0; i < Math.min(text.length, room); i++) {
    const c = text.charAt(i)
    if (c === '(' || c === '[') depth++
    if (c === ')' || c === ']') depth--
    const at = c === ',' ? i + 1 : c === ' ' ? i : -1
    const token = c === ',' ? ',' : (/^ (\S+) /.exec(text.slice(i))?.[1] ?? '')
    const level = looseness[token] ?? 5
    if (at < 0 || (c === ' ' && !/^(?:[-+*/%&|^?:]|&&|\|\||<<|>>)$/.test(token))) continue
    if (depth < best.depth || (depth === best.depth && level <= best.level)) {
      best = { at, depth, level }
    }
  }
  return best.at
}
