/* reports/stylesheet.c -- how our pages look.
 *
 * One column of text at a measure that reads well, hairlines instead of boxes, figures in tabular digits, colour only for a
 * status, and never colour alone: each status has a word and an icon of its own shape. System fonts. Light and dark by what the
 * reader prefers; the pairs of text and ground all have a contrast of at least 4.5. Below 44rem everything stands below each other;
 * what is wider than the screen (tables of samples) scrolls by itself. In print, what holds stays a line
 * each, and the rest is unfolded.
 *
 * The policy of a page allows no style attribute: whatever depends on data is an attribute of SVG.
 */
#include "reports/page.h"

// clang-format off
const char page_stylesheet[] =
":root{color-scheme:light dark;--bg:#fcfbf9;--raised:#fff;--wash:#f4f1ec;--line:#e3ded6;--rule:#c9c2b8;--ink:#1d1b19;--soft:#615b53;"
"--link:#24559c;--fail:#b3261e;--fail-wash:#fcefed;--warning:#8a5100;--warning-wash:#fcf3e2;--info:#3d5a80;--info-wash:#edf2f8;"
"--open:#5b4bb0;--open-wash:#f1effb;--pass:#1b6b45;--pass-wash:#ebf5ef;--skip:#6b655d;--skip-wash:#f4f1ec;"
"--bar:#5b7ea8;--bar-soft:#c7d4e4;--reference:#8f8678}\n"
"@media(prefers-color-scheme:dark){:root{--bg:#171615;--raised:#1f1d1c;--wash:#262422;--line:#35322f;--rule:#57524c;--ink:#ece8e2;"
"--soft:#a8a198;--link:#8fb8f0;--fail:#ff8a7d;--fail-wash:#3a1f1c;--warning:#f0b354;--warning-wash:#362a15;--info:#9dbce0;"
"--info-wash:#1f2935;--open:#b6a9f7;--open-wash:#292440;--pass:#74cfa0;--pass-wash:#182d22;--skip:#a8a198;--skip-wash:#262422;"
"--bar:#7ba0cc;--bar-soft:#34465c;--reference:#a0968a}}\n"
"*,*::before,*::after{box-sizing:border-box}\n"
"html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n"
"body{margin:0;background:var(--bg);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",sans-serif;"
"font-variant-numeric:tabular-nums;overflow-wrap:anywhere}\n"
"header,main,footer{max-width:70rem;margin:0 auto;padding:0 clamp(1rem,4vw,2.5rem)}\n"
"header{padding-top:clamp(1.25rem,4vw,3rem)}footer{padding-top:3rem;padding-bottom:3rem;color:var(--soft);font-size:.875rem}\n"
"h1,h2,h3,h4,p,dl,dd,ol,ul,figure{margin:0}ol,ul{padding:0;list-style:none}\n"
"h1{font-size:clamp(1.5rem,1.1rem + 2vw,2.25rem);line-height:1.2;font-weight:650;letter-spacing:-.015em}\n"
"h1+.prose{margin-top:.5rem}h2{font-size:1.25rem;line-height:1.3;font-weight:650;margin:3.5rem 0 .25rem}h2 .n{color:var(--soft);font-weight:400}\n"
"h3{font-size:1.0625rem;line-height:1.4;font-weight:600}h4{font-size:.8125rem;font-weight:600;color:var(--soft)}\n"
"code,pre,.id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,\"Liberation Mono\",monospace;font-size:.9em;unicode-bidi:isolate}\n"
"a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:1px}a:hover{text-decoration-thickness:2px}\n"
":focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:2px}\n"
".jump{position:absolute;left:-99rem}.jump:focus{position:static;display:inline-block;padding:.75rem 1rem}\n"
".hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}\n"
".symbols{position:absolute}.icon{width:1em;height:1em;flex:none;vertical-align:-.125em}\n"
".icon.fail,b.fail{color:var(--fail)}.icon.warning,b.warning{color:var(--warning)}.icon.info,b.info{color:var(--info)}"
".icon.open,b.open{color:var(--open)}.icon.pass,b.pass{color:var(--pass)}.icon.skip,b.skip{color:var(--skip)}\n"
".soft{color:var(--soft)}.small{font-size:.875rem}.prose{max-width:46rem}\n"
/* the verdict */
".verdict{display:inline-flex;align-items:center;gap:.5em;margin-bottom:1.25rem;padding:.3em .85em .3em .65em;border-radius:2em;font-weight:650;"
"font-size:1rem;letter-spacing:.01em;border:1px solid currentColor}\n"
".verdict.fail{color:var(--fail);background:var(--fail-wash)}.verdict.pass{color:var(--pass);background:var(--pass-wash)}"
".verdict.open{color:var(--open);background:var(--open-wash)}.verdict .icon{width:1.15em;height:1.15em;color:inherit}\n"
".parts{margin-top:.35rem;color:var(--soft)}.lead{margin-top:1rem;font-size:clamp(1.0625rem,1rem + .4vw,1.25rem);line-height:1.45;max-width:50rem}\n"
".trouble{margin-top:1.25rem;padding:.85rem 1rem;border-left:4px solid var(--open);background:var(--open-wash);max-width:50rem}\n"
/* the worst, as links */
".worst{margin-top:1.75rem;border-top:1px solid var(--line)}.worst li{display:grid;grid-template-columns:1.25rem minmax(0,1fr);gap:0 .6rem;"
"padding:.6rem 0;border-bottom:1px solid var(--line)}.worst .icon{margin-top:.27em}.worst .amount{grid-column:2;color:var(--soft);font-size:.9375rem}\n"
"@media(min-width:52rem){.worst li{grid-template-columns:1.25rem minmax(0,5fr) minmax(0,6fr)}.worst .amount{grid-column:auto}}\n"
/* facts and figures */
".facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,11.25rem),1fr));gap:1.1rem 1.75rem;margin-top:1.75rem}\n"
".facts.wide{grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr))}\n"
"dt{font-size:.8125rem;color:var(--soft)}.facts dd{margin-top:.1rem}.facts dd .small{display:block;color:var(--soft)}\n"
".command{margin-top:1.75rem}.command pre,pre.text{margin:.3rem 0 0;padding:.7rem .9rem;background:var(--wash);border-radius:.4rem;white-space:pre-wrap;"
"overflow-wrap:anywhere;line-height:1.5}\n"
".figures{display:flex;flex-wrap:wrap;gap:.9rem 2.25rem;margin-top:1rem}.figures dd{font-size:1.25rem;line-height:1.3;font-weight:600}"
".figures .quiet dd{font-weight:400}.figures dd .small{font-weight:400;color:var(--soft)}\n"
".figures .bad dd{color:var(--fail)}.warning .figures .bad dd{color:var(--warning)}.info .figures .bad dd{color:var(--info)}\n"
/* tallies */
".tally{margin-top:1.75rem}.tally ul{display:flex;flex-wrap:wrap;gap:.35rem 1.5rem;margin-top:.6rem}.tally li{display:inline-flex;gap:.4em;align-items:center}\n"
"svg.share{display:block;width:100%;height:10px;border-radius:5px}svg.share.thin{height:6px;border-radius:3px}\n"
".s-fail{fill:var(--fail)}.s-warning{fill:var(--warning)}.s-open{fill:var(--open)}.s-pass{fill:var(--pass)}.s-skip{fill:var(--rule)}"
".s-null{fill:url(#hatch)}.s-rest{fill:var(--bar-soft)}.s-bar{fill:var(--bar)}.hatch{stroke:var(--soft);stroke-width:2}.ground{fill:var(--wash)}\n"
/* one expectation */
".result{display:grid;grid-template-columns:minmax(0,1fr);gap:.75rem 2.5rem;padding:2rem 0;border-top:1px solid var(--line);scroll-margin-top:1rem}\n"
".result:first-of-type{margin-top:1rem}\n"
"@media(min-width:56rem){.result{grid-template-columns:11rem minmax(0,1fr)}}\n"
".mark{display:flex;flex-wrap:wrap;gap:.2rem .6rem;align-items:center;font-size:.9375rem;align-content:flex-start}"
".mark b{display:inline-flex;gap:.4em;align-items:center;font-weight:650}.mark .small{width:100%;color:var(--soft)}\n"
".says{margin-top:.2rem;max-width:46rem}.says+.soft,.why{margin-top:.4rem;max-width:46rem}\n"
".plot{margin-top:1.5rem}.plot p{margin-top:.35rem}.plot figcaption{font-size:.875rem;color:var(--soft);margin-bottom:.4rem}\n"
".key{print-color-adjust:exact;-webkit-print-color-adjust:exact;display:inline-block;width:.85em;height:.85em;border-radius:2px;vertical-align:-.06em;margin-right:.35em}"
".key.k-bar{background:var(--bar)}.key.k-line{height:.2em;vertical-align:.25em;background:var(--ink)}.key.k-band{background:var(--pass-wash);"
"border:1px solid var(--pass)}.key.k-fail{background:var(--fail)}.key.k-warning{background:var(--warning)}.key.k-rest{background:var(--bar-soft)}.key.k-null{border:1px solid var(--soft);background:repeating-linear-gradient(135deg,var(--soft) 0 1.5px,transparent 1.5px 4px)}.keys{display:flex;flex-wrap:wrap;gap:.2rem 1.25rem}\n"
"svg.chart{display:block;width:100%;overflow:visible}svg.chart text{font:400 .75rem system-ui,-apple-system,\"Segoe UI\",Roboto,sans-serif;fill:var(--soft);"
"font-variant-numeric:tabular-nums}svg.chart text.strong{fill:var(--ink);font-weight:600}\n"
".axis{stroke:var(--rule)}.bound{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:4 3}.step{stroke:var(--ink);stroke-width:1.75;stroke-linecap:round}"
".band{fill:var(--pass);fill-opacity:.14}.s-out{fill:var(--fail)}.here{fill:var(--ink)}.here-bad{fill:var(--fail)}.edge{stroke:var(--pass);stroke-width:1.5}\n"
/* tables */
".tables{display:flex;flex-wrap:wrap;gap:0 3.5rem;align-items:flex-start}.tables>.scroll{flex:0 1 auto;min-width:min(100%,18rem)}.scroll{position:relative;margin-top:1.25rem;overflow-x:auto;max-width:100%}table{border-collapse:collapse;font-size:.9375rem;min-width:min(100%,24rem);overflow-wrap:break-word}table.full{min-width:100%}\n"
"caption{text-align:left;font-size:.875rem;color:var(--soft);padding-bottom:.35rem}\n"
"th,td{text-align:left;vertical-align:top;padding:.32rem 1.75rem .32rem 0;border-bottom:1px solid var(--line)}th{font-weight:600;font-size:.8125rem;"
"color:var(--soft);border-bottom-color:var(--rule);white-space:nowrap}tbody th{font-weight:400;color:var(--ink);font-size:inherit;white-space:normal;border-bottom-color:var(--line)}\n"
"th.n,td.n{text-align:right;white-space:nowrap}td:last-child,th:last-child{padding-right:0}td code{white-space:pre-wrap}\n"
"td.v{min-width:8rem;max-width:28rem}td.bars{vertical-align:middle}td.bars svg{display:block;width:clamp(7rem,30vw,18rem)}td.bars svg.spark{width:10rem}td svg.share{width:10rem;margin-top:.15rem}.nowrap{white-space:nowrap}em{color:var(--soft)}\n"
/* folded results */
".fold{border-top:1px solid var(--line)}.fold:last-of-type{border-bottom:1px solid var(--line)}summary{cursor:pointer;padding:.6rem 0;list-style:none}"
"summary::-webkit-details-marker{display:none}\n"
".fold>summary,.line{display:grid;grid-template-columns:1.25rem minmax(0,1fr) .8rem;gap:0 .6rem;align-items:baseline}.fold>summary::after{content:\"\";width:.45rem;height:.45rem;"
"border:solid var(--soft);border-width:0 1.5px 1.5px 0;transform:rotate(45deg);align-self:center;grid-row:1;grid-column:-2}.fold[open]>summary::after{transform:rotate(-135deg)}\n"
".fold>summary:hover .id{text-decoration:underline;text-underline-offset:.2em}.fold .amount,.line .amount{grid-column:2;color:var(--soft);font-size:.9375rem}\n"
".line{padding:.45rem 0;border-top:1px solid var(--line)}\n"
"@media(min-width:52rem){.fold>summary,.line{grid-template-columns:1.25rem minmax(0,5fr) minmax(0,6fr) .8rem}.fold .amount,.line .amount{grid-column:auto}}\n"
".fold .result{border:0;margin:0;padding:.25rem 0 2rem}\n"
".more{margin-top:1.25rem}.more>summary{color:var(--link);display:inline-block;padding:.2rem 0;font-size:.9375rem}.more>summary::before{content:\"+ \"}.more[open]>summary::before{content:\"\\2212 \"}\n"
".pairs{display:grid;grid-template-columns:minmax(6rem,max-content) minmax(0,1fr);gap:.3rem 1.25rem;margin-top:.5rem;font-size:.9375rem}.pairs dt{font-size:inherit}\n"
".note{margin-top:1.25rem;padding:.7rem 1rem;background:var(--wash);border-radius:.4rem;font-size:.9375rem;max-width:50rem}\n"
".chips{display:inline-flex;flex-wrap:wrap;gap:.2rem .9rem}.chips span{display:inline-flex;gap:.3em;align-items:center;white-space:nowrap}\n"
"nav{margin-top:1.25rem}header>nav:first-child{margin:0 0 1.5rem}main>.chips:first-child{margin-top:1.25rem}nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.5rem}\n"
"@media(max-width:44rem){th,td{padding-right:1rem}table.stack,.stack tbody,.stack tr,.stack td,.stack th{display:block;border:0;padding:0;white-space:normal}.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}.stack tr{padding:.75rem 0;border-bottom:1px solid var(--line)}.stack tr>*+*{margin-top:.2rem}.stack td:empty{display:none}.stack td[data-label]::before{content:attr(data-label) \" \";color:var(--soft)}.stack td svg.share,.stack td.bars svg.spark{width:100%;max-width:18rem}.pairs{grid-template-columns:minmax(0,1fr);gap:0}.pairs dd{margin-bottom:.5rem}}\n"
"@media(prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}\n"
".folds{margin-top:1rem}\n"
"@media print{:root{color-scheme:light;--bg:#fff;--raised:#fff;--wash:#f4f4f4;--line:#ddd;--rule:#999;--ink:#000;--soft:#444;--link:#000;--fail:#a01810;--warning:#7a4600;"
"--info:#333;--open:#4a3ca0;--pass:#155c39;--fail-wash:#fff;--warning-wash:#fff;--pass-wash:#fff;--open-wash:#fff;--bar:#5b7ea8;--bar-soft:#c7d4e4}"
"body{font-size:10pt}header,main,footer{max-width:none;padding-left:0;padding-right:0}.jump,nav{display:none}.result,tr,.worst li,figure{break-inside:avoid}h2,h3{break-after:avoid}"
".scroll{overflow:visible}.more::details-content{content-visibility:visible;block-size:auto}.fold>summary::after,.more>summary::before{display:none}"
"svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}a{text-decoration:none}}\n";

/* Octagon, triangle, circle, question mark, tick, dash: told apart without colour. */
const char page_symbols[] =
"<svg class=\"symbols\" aria-hidden=\"true\" width=\"0\" height=\"0\">"
"<symbol id=\"i-fail\" viewBox=\"0 0 16 16\"><path fill=\"currentColor\" fill-rule=\"evenodd\" d=\"M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5zM5.3 4.2 4.2 5.3 6.9 8l-2.7 2.7 1.1 1.1L8 9.1l2.7 2.7 1.1-1.1L9.1 8l2.7-2.7-1.1-1.1L8 6.9z\"/></symbol>"
"<symbol id=\"i-warning\" viewBox=\"0 0 16 16\"><path fill=\"currentColor\" fill-rule=\"evenodd\" d=\"M8 .9 15.8 14.8H.2zM7.2 5.6h1.6v4.6H7.2zm0 5.8h1.6V13H7.2z\"/></symbol>"
"<symbol id=\"i-info\" viewBox=\"0 0 16 16\"><path fill=\"currentColor\" fill-rule=\"evenodd\" d=\"M8 .8a7.2 7.2 0 1 1 0 14.4A7.2 7.2 0 0 1 8 .8zM7.2 4h1.6v1.6H7.2zm0 3h1.6v5H7.2z\"/></symbol>"
"<symbol id=\"i-open\" viewBox=\"0 0 16 16\"><path fill=\"currentColor\" fill-rule=\"evenodd\" d=\"M2.5.8h11a1.7 1.7 0 0 1 1.7 1.7v11a1.7 1.7 0 0 1-1.7 1.7h-11A1.7 1.7 0 0 1 .8 13.5v-11A1.7 1.7 0 0 1 2.5.8zM5.4 6.1h1.6c0-.6.4-1 1-1s1 .4 1 .9c0 .5-.3.7-.8 1.1-.7.5-1.1 1-1 2.1v.3h1.5v-.2c0-.6.3-.8.8-1.2.6-.5 1.1-1 1.1-2.1 0-1.4-1.1-2.3-2.6-2.3-1.6 0-2.6 1-2.6 2.4zm1.7 4.5h1.7v1.7H7.1z\"/></symbol>"
"<symbol id=\"i-pass\" viewBox=\"0 0 16 16\"><path fill=\"none\" stroke=\"currentColor\" stroke-width=\"2.2\" stroke-linecap=\"round\" stroke-linejoin=\"round\" d=\"m2.6 8.6 3.5 3.6 7.3-8.2\"/></symbol>"
"<symbol id=\"i-skip\" viewBox=\"0 0 16 16\"><path fill=\"none\" stroke=\"currentColor\" stroke-width=\"2.2\" stroke-linecap=\"round\" d=\"M3 8h10\"/></symbol>"
"<defs><pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect class=\"ground\" width=\"5\" height=\"5\"/><path class=\"hatch\" d=\"M0 0v5\"/></pattern></defs>"
"</svg>\n";
// clang-format on
