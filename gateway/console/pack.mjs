// Makes of the built console what the gateway serves: one file of bytes (each asset plain, brotli and gzip) and the C++
// table that says where in it which lies. `node pack.mjs DIST PAGES.json OUT`
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const [dist, pagesFile, out] = process.argv.slice(2)
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
}

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(dist.length))
  .sort()

const chunks = []
let size = 0
/** Where these bytes will lie; `{0, 0}` for a packed form that saves nothing. */
function put(bytes, plain = Infinity) {
  if (bytes.length >= plain) return '{0, 0}'
  chunks.push(bytes)
  size += bytes.length
  return `{${size - bytes.length}, ${bytes.length}}`
}

const rows = files.map((path) => {
  const type = types[extname(path)]
  if (!type) throw new Error(`${path}: pack.mjs knows no media type for it: add one`)
  const bytes = readFileSync(join(dist, path))
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 20)
  const places = [put(bytes), put(brotli, bytes.length), put(gzipSync(bytes, { level: 9 }), bytes.length)]
  return `    {"${path}", "${type}", "${digest}", ${path.startsWith('/assets/')}, ${places.join(', ')}},`
})

const pages = JSON.parse(readFileSync(pagesFile, 'utf8')).map((page) => `"${page.id}"`)
mkdirSync(out, { recursive: true })
const bytes = resolve(out, 'console.bytes')
writeFileSync(bytes, Buffer.concat(chunks))
writeFileSync(
  join(out, 'console_table.cpp'),
  `// Made by gateway/console/pack.mjs; bytes ${createHash('sha256').update(Buffer.concat(chunks)).digest('hex')}.
#include "ops/console_table.hpp"

asm(R"(
  .section .rodata.loangate_console, "a"
  .balign 16
  .global loangate_console_bytes
loangate_console_bytes:
  .incbin "${bytes}"
  .text
)");
extern "C" const char loangate_console_bytes[];

namespace loangate::ops {
namespace {

constexpr ConsoleFile files[] = {
${rows.join('\n')}
};
constexpr std::string_view pages[] = {${pages.join(', ')}};

}  // namespace

std::span<const ConsoleFile> console_table() {
  return files;
}

std::span<const std::string_view> console_pages() {
  return pages;
}

std::string_view console_bytes(ConsolePlace place) {
  return {loangate_console_bytes + place.begin, place.size};
}

}  // namespace loangate::ops
`,
)
