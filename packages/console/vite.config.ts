import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The console's pages: static files that the role `console` serves, in the server's package. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../server/console',
    emptyOutDir: true,
    // The Content Security Policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    cssMinify: 'lightningcss',
  },
});
