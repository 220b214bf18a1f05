import type { FastifySwaggerUiOptions } from '@fastify/swagger-ui';

/** A file on a green ground. */
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0f766e"/><path d="M10 7h8l5 5v13H10z" fill="#fff"/><path d="M18 7v5h5" fill="#99d5cd"/></svg>`;

/** The page in our own colours, with less space than the viewer leaves. */
const style = `
body { margin: 0; background: #fafaf9; }
.swagger-ui { font-family: system-ui, sans-serif; color: #1c1917; }
.swagger-ui .info { margin: 32px 0 16px; }
.swagger-ui .info .title { font-family: inherit; color: #0f766e; }
.swagger-ui .scheme-container { background: none; box-shadow: none; padding: 8px 0 24px; }
.swagger-ui .opblock-tag { font-family: inherit; border-color: #d6d3d1; }
.swagger-ui .btn.authorize { border-color: #0f766e; color: #0f766e; }
.swagger-ui .btn.authorize svg { fill: #0f766e; }
`;

/** Title and look of `/docs`: the viewer without its top bar, which has the logo of its maker, and without any address but ours. */
export const docsPage: Pick<FastifySwaggerUiOptions, 'theme' | 'uiConfig' | 'validatorUrl'> = {
  theme: {
    title: 'bkend storage API',
    favicon: [{ filename: 'favicon.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: icon }],
    css: [{ filename: 'page.css', content: style }],
  },
  uiConfig: { layout: 'BaseLayout', deepLinking: true, displayRequestDuration: true, docExpansion: 'list' },
  validatorUrl: false,
};
