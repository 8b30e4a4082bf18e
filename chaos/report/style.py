"""How a timeline looks, in light and in dark."""

STYLE = """
.tl{--paper:#fff;--ink:#1b2430;--soft:#5a6675;--line:#e3e7ec;--good:#2e8b57;--bad:#c62828;
--ill:#e0a100;--unsure:#8a6100;--idle:#1565c0;--pale:#9aa5b1;--fault:#c62828;--bar:#5fb382;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;
font-size:12px}
@media (prefers-color-scheme:dark){.tl{--paper:#161b22;--ink:#e6edf3;--soft:#9aa7b5;--line:#2a323c;
--good:#56d38a;--bad:#ff7b72;--ill:#d9a520;--unsure:#e3b341;--idle:#79c0ff;--pale:#6b7683;
--fault:#ff7b72;--bar:#3d9463}}
.tl text{direction:ltr;fill:var(--ink)}
.tl-paper{fill:var(--paper)}
.tl-grid{stroke:var(--line);fill:none}
.tl .tl-tick{fill:var(--soft);text-anchor:middle;font-size:11px}
.tl .tl-note{fill:var(--soft);font-size:9.5px}
.tl .tl-fault{fill:var(--fault);font-weight:600}
.tl .tl-last{text-anchor:end}
.tl .tl-label{font-size:10.5px;paint-order:stroke;stroke:var(--paper);stroke-width:3px}
.tl-force{fill:var(--fault);opacity:.13}
.tl-asked{fill:var(--fault);opacity:.06}
.tl-ready,.tl-True{fill:var(--bar)}
.tl-unready,.tl-False{fill:var(--ill)}
.tl-Unknown{fill:var(--ill)}
.tl-pending{fill:var(--paper);stroke:var(--pale);stroke-dasharray:3 2}
.tl-deleting{fill:var(--pale);opacity:.55}
.tl-well{fill:var(--good)}
.tl-silent{fill:var(--bad)}
.tl-slow{fill:var(--ill)}
.tl-ill{fill:var(--unsure)}
.tl-hatch{stroke:var(--soft);stroke-width:2}
.tl-gap{fill:url(#tl-gap);opacity:.55}
.tl-lag{fill:url(#tl-gap);opacity:.2}
.tl-exit{stroke:var(--bad);stroke-width:2.5;fill:none}
.tl-restart{fill:var(--paper);stroke:var(--ink);stroke-width:2}
.tl-gone{stroke:var(--ink);stroke-width:2.5;fill:none}
.tl-heir{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:4 3;fill:none}
.tl-window{stroke:var(--soft);stroke-width:2;fill:none}
.tl-term0{fill:var(--soft);opacity:.55}
.tl-term1{fill:var(--soft);opacity:.25}
.tl .tl-word{font-size:11px;font-weight:600}
.tl .tl-holds{fill:var(--good)}
.tl .tl-broken{fill:var(--bad)}
.tl .tl-no-trace{fill:var(--idle)}
.tl .tl-unknown,.tl .tl-open{fill:var(--unsure)}
@media print{.tl{--paper:#fff;--ink:#000;--soft:#444;--line:#ddd;--good:#1c6b3f;--bad:#a01010;
--unsure:#6b4b00;--idle:#0d47a1;--bar:#5fb382;--ill:#e0a100;--fault:#c62828;--pale:#9aa5b1}}
""".strip()
