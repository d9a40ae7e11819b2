// The shape of a diagnostic's message.

/** One diagnostic. `{name}` in `text` and `hint` is replaced by the parameter of that name. */
export interface Message {
  readonly severity: 'error' | 'warning'
  readonly text: string
  readonly hint: string
}
