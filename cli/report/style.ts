/** The look of pages and printed reports: light and dark, wide and narrow, A4 landscape. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1b2430;--soft:#5b6675;--paper:#fff;--panel:#f4f6f9;--rule:#d7dde5;--link:#0b57b8;--bad:#b3261e;
--k0:#2f6db5;--k1:#e0912f;--k2:#a9c6a4;--k3:#8a5aa8;--k4:#3c9c94;--k5:#b5483f}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--paper:#14181e;--panel:#1d232b;--rule:#333c47;--link:#7fb4ff;--bad:#ff8a80;
--k0:#5b9be6;--k1:#f0ac57;--k2:#5f8a5c;--k3:#b98ad6;--k4:#5cc2b9;--k5:#e07f76}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Micro Hei",sans-serif}
main{max-width:1180px;margin:0 auto;padding:16px 20px 48px}
h1{font-size:24px;margin:12px 0 4px}h2{font-size:18px;margin:32px 0 8px}
.sub{color:var(--soft);margin:0 0 12px}
a{color:var(--link)}a:focus-visible,input:focus-visible,select:focus-visible,button:focus-visible,.wide:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--paper);padding:6px 10px}
nav{background:var(--panel);border-bottom:1px solid var(--rule)}
nav ul{max-width:1180px;margin:0 auto;padding:8px 20px;display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none}
nav a{text-decoration:none;padding:4px 0;display:inline-block}nav a[aria-current]{font-weight:600;color:var(--ink);border-bottom:2px solid var(--link)}
nav .end{margin-left:auto;padding:4px 0}
form{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:end;background:var(--panel);padding:10px 12px;border-radius:6px}
label{display:flex;flex-direction:column;font-size:13px;color:var(--soft)}
input,select,button{font:inherit;color:var(--ink);background:var(--paper);border:1px solid var(--rule);border-radius:4px;padding:4px 8px;min-height:34px}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
th,td{padding:5px 9px;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top}
th{background:var(--panel);font-weight:600;min-width:5.5em}td.t{min-width:4.5em}td.w{min-width:13em}.d{white-space:nowrap}
.n{text-align:right;white-space:nowrap}th.n{white-space:normal}
tfoot td{font-weight:600;border-top:2px solid var(--rule)}
.none{color:var(--soft)}.bad{color:var(--bad);font-weight:600}
figure{margin:8px 0 12px;overflow-x:auto}svg{width:100%;max-width:860px;min-width:560px;height:auto;display:block;font-size:12.5px;fill:var(--ink)}
svg text{dominant-baseline:middle}svg .label{text-anchor:end}
rect.k0,.legend .k0{fill:var(--k0);background:var(--k0)}rect.k1,.legend .k1{fill:var(--k1);background:var(--k1)}
rect.k2,.legend .k2{fill:var(--k2);background:var(--k2)}rect.k3,.legend .k3{fill:var(--k3);background:var(--k3)}
rect.k4,.legend .k4{fill:var(--k4);background:var(--k4)}rect.k5,.legend .k5{fill:var(--k5);background:var(--k5)}
.line{fill:none;stroke-width:2}.line.k0{stroke:var(--k0)}.line.k1{stroke:var(--k1)}.line.k2{stroke:var(--k2)}.line.k3{stroke:var(--k3)}.line.k4{stroke:var(--k4)}.line.k5{stroke:var(--k5)}
.grid{stroke:var(--rule);fill:none}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;padding:0;margin:6px 0 0;font-size:13px;color:var(--soft)}
.legend span{display:inline-block;width:11px;height:11px;margin-right:6px;border-radius:2px}
.remarks{color:var(--soft);font-size:13px}.missing{border-left:3px solid var(--bad);padding-left:12px;list-style:none}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px}dt{color:var(--soft)}dd{margin:0}
.sign{display:none}
@media (max-width:640px){main{padding:10px 12px 40px}h1{font-size:20px}nav ul{padding:6px 12px}nav .end{margin-left:0}}
@page{size:A4 landscape;margin:14mm 12mm 16mm;@bottom-right{content:counter(page) " / " counter(pages);font-size:9pt;color:#5b6675}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--paper:#fff;--panel:#eef1f5;--rule:#b8c0ca;--link:#000;--bad:#8c1d18;
--k0:#2f6db5;--k1:#e0912f;--k2:#a9c6a4;--k3:#8a5aa8;--k4:#3c9c94;--k5:#b5483f}
body{font-size:10pt}main{max-width:none;padding:0}nav,form,.skip{display:none}h1{font-size:18pt;text-align:center}.sub{text-align:center}
h2{font-size:12pt;margin:14pt 0 4pt;break-after:avoid}table{font-size:8.5pt}thead{display:table-header-group}tfoot{display:table-row-group}tr,figure{break-inside:avoid}
th,td,td.w,td.t{padding:2.5pt 5pt;min-width:0}td.w{min-width:26mm}figure{overflow:visible}details{display:none}.wide{overflow:visible}svg{max-width:190mm}figure{print-color-adjust:exact}th{print-color-adjust:exact}
.sign{display:grid;grid-template-columns:repeat(4,1fr);gap:10mm;margin-top:14mm;break-inside:avoid;font-size:10.5pt}.sign div{border-bottom:.6pt solid #000;padding-bottom:2pt}}
`;
