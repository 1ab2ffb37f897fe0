// Run in the portal's folder: eslint -c ../../Backend.Tests/browser/eslint.config.mjs .
import js from '@eslint/js';

const browser = Object.fromEntries(
    [
        'AbortController',
        'AbortSignal',
        'Blob',
        'CSS',
        'CustomEvent',
        'DOMException',
        'Element',
        'Event',
        'File',
        'FormData',
        'HTMLElement',
        'IntersectionObserver',
        'Intl',
        'MutationObserver',
        'Node',
        'ResizeObserver',
        'Response',
        'TextDecoderStream',
        'URL',
        'URLSearchParams',
        'cancelAnimationFrame',
        'clearInterval',
        'clearTimeout',
        'console',
        'devicePixelRatio',
        'document',
        'fetch',
        'getComputedStyle',
        'history',
        'localStorage',
        'location',
        'matchMedia',
        'navigator',
        'performance',
        'queueMicrotask',
        'requestAnimationFrame',
        'sessionStorage',
        'setInterval',
        'setTimeout',
        'window',
    ].map((name) => [name, 'readonly']),
);

export default [
    { ignores: ['vendor/**'] },
    js.configs.recommended,
    {
        languageOptions: { ecmaVersion: 2024, sourceType: 'module', globals: browser },
        rules: {
            curly: 'error',
            eqeqeq: 'error',
            'no-eval': 'error',
            'no-implied-eval': 'error',
            'no-new-func': 'error',
            'no-shadow': 'error',
            'no-var': 'error',
      'max-len': ['error', { code: 140, ignoreStrings: true, ignoreTemplateLiterals: true }],
            'no-unused-vars': ['error', { args: 'after-used' }],
            'prefer-const': 'error',
            // What comes from outside must never be read as HTML.
            'no-restricted-properties': [
                'error',
                ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'srcdoc', 'cssText'].map((property) => ({
                    property,
                    message: 'Text only: use core/dom.js.',
                })),
                { object: 'document', property: 'write', message: 'Text only: use core/dom.js.' },
            ],
            // The server joins files by these lines: they must be written plainly.
            'no-restricted-syntax': [
                'error',
                { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
                { selector: 'ExportSpecifier', message: 'Export where it is declared.' },
                { selector: 'ImportNamespaceSpecifier', message: 'Import by name.' },
                {
                    selector: "VariableDeclaration[kind='let']:matches(ExportNamedDeclaration > VariableDeclaration)",
                    message: 'What is exported does not change: export a function, or an object.',
                },
            ],
        },
    },
    { files: ['texts/*.js'], rules: { 'no-restricted-syntax': 'off', 'max-len': 'off' } },
    { files: ['theme.js'], languageOptions: { sourceType: 'script' } },
];
