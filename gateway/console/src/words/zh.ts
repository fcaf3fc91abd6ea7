const files = import.meta.glob<{ default: object }>('./zh/*.json', { eager: true })

/** Each file's words under its name: `words/zh/flow.json` is `t('flow.…')`. */
export default Object.fromEntries(
  Object.entries(files).map(([path, file]) => [path.slice('./zh/'.length, -'.json'.length), file.default]),
)
