// Collects indented lines of emitted text.

export class LineWriter {
  readonly #lines: string[] = []
  readonly #unit: string
  #depth = 0

  constructor(unit = '  ') {
    this.#unit = unit
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
