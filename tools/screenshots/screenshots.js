#!/usr/bin/env node
// screenshots.js PAGE [OUT_DIR [NAME]] -- looks at a page as readers will: three widths, light and dark, and as it is printed.
//
// PAGE is a file or an address of the service, NAME what its pictures are called.
//
// Fails where the page asks for anything outside of itself, writes to the console, scrolls sideways, runs a script, or has a
// heading out of order. See README.md in this folder for how to run it.
'use strict';
const fs = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');
const { chromium } = require(process.env.PLAYWRIGHT || 'playwright-core');

const widths = [360, 768, 1440];
const tallest = 12000; // pixels of a picture: beyond 16384 Chromium paints no more, and long before it takes minutes
const flags = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
               '--disable-sync'];

function levels() {
    return [...document.querySelectorAll('h1,h2,h3,h4')].map((h) => Number(h.tagName[1]));
}

// Contrast of every text with what is behind it; WCAG 2.1, 1.4.3.
function faint() {
    const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const parse = (s) => s.match(/[\d.]+/g).map(Number);
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const ground = (e) => {
        for (; e; e = e.parentElement) {
            const c = parse(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] > 0) return c;
        }
        return [255, 255, 255];
    };
    const found = new Set();
    for (const e of document.querySelectorAll('body *')) {
        if (e.closest('svg') || ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
        if ((a + 0.05) / (b + 0.05) < 4.5) found.add(e.tagName + '.' + e.className + ' ' + ((a + 0.05) / (b + 0.05)).toFixed(2));
    }
    return [...found];
}

// Elements that reach beyond the right edge and are not inside something that scrolls.
function wide() {
    return [...document.querySelectorAll('body *')].filter((e) => !e.closest('.scroll, svg, .jump, .hidden') &&
        e.getBoundingClientRect().right > innerWidth + 0.5).slice(0, 5).map((e) => e.tagName + '.' + (e.className.baseVal ?? e.className));
}

// The whole page, or the first of it.
async function picture(page, file, width) {
    const height = Math.min(await page.evaluate(() => document.documentElement.scrollHeight), tallest);
    await page.screenshot({ path: file, fullPage: true, clip: { x: 0, y: 0, width, height }, timeout: 240000 });
}

async function look(browser, file, out, width, scheme, called) {
    const problems = [];
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const url = /^http:/.test(file) ? file : pathToFileURL(path.resolve(file)).href;
    const name = `${called || path.basename(file, '.html')}-${width}-${scheme}`;

    page.on('console', (m) => problems.push(`console: ${m.text()}`));
    page.on('pageerror', (e) => problems.push(`error: ${e}`));
    page.on('dialog', (d) => { problems.push(`dialog: ${d.message()}`); d.dismiss(); });
    page.on('request', (r) => { if (r.url() !== url) problems.push(`request: ${r.url()}`); });
    await page.goto(url);
    await page.screenshot({ path: path.join(out, `${name}.png`), timeout: 240000 });
    await picture(page, path.join(out, `${name}-full.png`), width);
    for (const fold of [false, true]) {
        if (fold) await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
        const [scroll, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        if (scroll > inner) problems.push(`scrolls sideways: ${scroll} > ${inner}: ${await page.evaluate(wide)}`);
        for (const f of await page.evaluate(faint)) problems.push(`faint: ${f}`);
    }
    await picture(page, path.join(out, `${name}-open.png`), width);
    (await page.evaluate(levels)).reduce((before, level) => {
        if (level > before + 1) problems.push(`heading h${level} after h${before}`);
        return level;
    }, 0);
    if (await page.evaluate(() => document.scripts.length)) problems.push('a script');
    if (width === 1440 && scheme === 'light') await page.pdf({ path: path.join(out, `${name}.pdf`), format: 'A4' });
    await context.close();
    return problems.map((p) => `${name}: ${p}`);
}

async function main() {
    const [file, out = 'build/screenshots', called] = process.argv.slice(2);
    if (!file) throw new Error('screenshots.js PAGE [OUT_DIR [NAME]]');
    fs.mkdirSync(out, { recursive: true });
    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: flags, chromiumSandbox: false });
    let problems = [];
    for (const scheme of ['light', 'dark'])
        for (const width of widths) problems = problems.concat(await look(browser, file, out, width, scheme, called));
    await browser.close();
    console.log(problems.length ? problems.join('\n') : `${file}: ${widths.length} widths, light and dark: nothing to say`);
    process.exitCode = problems.length ? 1 : 0;
}

main().catch((e) => { console.error(String(e)); process.exitCode = 2; });
