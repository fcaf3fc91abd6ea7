const files = import.meta.glob<{ default: object }>('./en/*.json', { eager: true })

/** Each file's words under its name: `words/en/flow.json` is `t('flow.…')`. */
export default Object.fromEntries(
  Object.entries(files).map(([path, file]) => [path.slice('./en/'.length, -'.json'.length), file.default]),
)
