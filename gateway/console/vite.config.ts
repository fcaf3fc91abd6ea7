import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import VueI18n from '@intlify/unplugin-vue-i18n/vite'
import vue from '@vitejs/plugin-vue'
import ElementPlus from 'unplugin-element-plus/vite'
import { defineConfig } from 'vite'
import { catalogue } from './catalogue'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** `licenses.txt`: what others wrote and the program hands on, each with the words it must come with. */
function licenses(): Plugin {
  return {
    name: 'licenses',
    generateBundle(_, bundle) {
      const folders = new Set<string>()
      for (const chunk of Object.values(bundle)) {
        for (const id of chunk.type === 'chunk' ? chunk.moduleIds : []) {
          const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)
          if (folder && folder[0].startsWith('/')) folders.add(folder[0])
        }
      }
      const source = [...folders].sort().map((folder) => {
        const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>
        const words = readdirSync(folder, { withFileTypes: true }).filter((file) => file.isFile() && /^(licen[cs]e|notice)/i.test(file.name))
        return `${about['name']} ${about['version']} (${about['license']})\n\n${words.map((file) => readFileSync(join(folder, file.name), 'utf8')).join('\n')}`
      })
      this.emitFile({ type: 'asset', fileName: 'licenses.txt', source: source.join(`\n${'-'.repeat(72)}\n`) })
    },
  }
}

export default defineConfig({
  plugins: [
    vue(),
    catalogue(),
    // Each component of Element Plus brings its own style file, and nothing else of the library comes along.
    ElementPlus({}),
    // Words are compiled here: the page's Content-Security-Policy lets nothing be compiled there.
    VueI18n({ include: [here('./src/words/*/*.json')], strictMessage: true }),
    licenses(),
  ],
  resolve: { alias: { '@': here('./src') } },
  build: {
    // The browsers of government desktops are at Chromium 90 to 93; a newer Vite's default would drop them.
    target: ['chrome87', 'edge88', 'firefox78', 'safari14'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // a data: address is refused by the policy
    chunkSizeWarningLimit: 800,
    reportCompressedSize: false,
  },
  // For work on the console alone: a gateway's operations port answers what is not the console's.
  server: {
    proxy: process.env['LOANGATE_OPS']
      ? { '/v1': { target: process.env['LOANGATE_OPS'], secure: false, changeOrigin: true } }
      : {},
  },
})
