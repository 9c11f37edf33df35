'use strict';
(() => {
const root = document.documentElement, all = (s, e = document) => [...e.querySelectorAll(s)];
const make = (name, text, at) => { const e = document.createElement(name); e.textContent = text; for (const k in at) e.setAttribute(k, at[k]); return e; };

// The state stands in the hash: place, theme, sorted tables, curves that are off.
const state = {at: '', theme: '', sort: {}, off: {}};
const read = () => {
	const [at, ...rest] = decodeURIComponent(location.hash.slice(1)).split('&');
	state.at = at;
	if (!rest.length) return;
	Object.assign(state, {theme: '', sort: {}, off: {}});
	for (const part of rest) {
		const [key, value = ''] = part.split('=');
		if (key === 'theme' && /^(light|dark)$/.test(value)) state.theme = value;
		const [id, ...args] = value.split(':');
		if (key === 'sort' && args.length === 2) state.sort[id] = [Number(args[0]), args[1]];
		if (key === 'off' && args.length) state.off[id] = args[0].split('.').filter(Boolean);
	}
};
const write = () => {
	let hash = state.at;
	if (state.theme) hash += '&theme=' + state.theme;
	for (const id in state.sort) hash += '&sort=' + id + ':' + state.sort[id].join(':');
	for (const id in state.off) if (state.off[id].length) hash += '&off=' + id + ':' + state.off[id].join('.');
	if (hash !== decodeURIComponent(location.hash.slice(1))) history.replaceState(null, '', '#' + hash);
};

// Theme.
const themes = ['', 'light', 'dark'];
const themer = make('button', '', {type: 'button', id: 'theme'});
const paint = () => {
	if (state.theme) root.dataset.theme = state.theme; else delete root.dataset.theme;
	themer.textContent = 'Theme: ' + (state.theme || 'system');
};
themer.onclick = () => { state.theme = themes[(themes.indexOf(state.theme) + 1) % 3]; paint(); write(); };
document.querySelector('.tools').append(themer);

// Numbers as they are written, in base units.
const factors = {ns: 1, 'µs': 1e3, ms: 1e6, s: 1e9, k: 1e3, M: 1e6, G: 1e9, B: 1, KiB: 1024, MiB: 1048576, GiB: 1073741824, '%': 0.01, '×': 1, '': 1};
const bases = {ns: 'ns', 'µs': 'ns', ms: 'ns', s: 'ns', B: 'bytes', KiB: 'bytes', MiB: 'bytes', GiB: 'bytes', '%': 'share'};
const plain = text => text.replaceAll('\u00a0', ' ').trim();
const shown = d => plain([...d.childNodes].filter(n => n.nodeName !== 'SMALL').map(n => n.textContent).join(''));
const number = text => {
	const m = /^(-?[\d.]+(?:e[-+]?\d+)?) ?(ns|µs|ms|s|k|M|G|B|KiB|MiB|GiB|%|×|)$/.exec(text);
	return m ? {value: Number(m[1]) * factors[m[2]], base: bases[m[2]] || ''} : null;
};

// Sorting: a button in each head; what has no number goes last either way.
const sort = (table, column, direction) => {
	const rows = [...table.tBodies[0].rows];
	rows.forEach((r, i) => { r.dataset.row ??= i; });
	const key = r => { const text = shown(r.cells[column]); return {n: number(text), text, row: Number(r.dataset.row)}; };
	const keyed = rows.map(r => [key(r), r]), sign = direction === 'd' ? -1 : 1;
	keyed.sort(([a], [b]) => {
		if (!direction) return a.row - b.row;
		if (a.text === '—' || b.text === '—') return (a.text === '—') - (b.text === '—') || a.row - b.row;
		if (a.n && b.n) return sign * (a.n.value - b.n.value) || a.row - b.row;
		if (a.n || b.n) return (a.n ? 0 : 1) - (b.n ? 0 : 1);
		return sign * a.text.localeCompare(b.text, 'en', {numeric: true}) || a.row - b.row;
	});
	table.tBodies[0].append(...keyed.map(([, r]) => r));
	all('th', table).forEach((th, i) => {
		if (direction && i === column) th.setAttribute('aria-sort', direction === 'd' ? 'descending' : 'ascending');
		else th.removeAttribute('aria-sort');
	});
};
for (const table of all('table')) all('th', table).forEach((th, i, heads) => {
	const b = make('button', th.textContent, {type: 'button'});
	th.replaceChildren(b);
	b.onclick = () => {
		const next = {ascending: 'd', descending: ''}[th.getAttribute('aria-sort')] ?? 'a';
		sort(table, i, next);
		if (next) state.sort[table.id] = [i, next]; else delete state.sort[table.id];
		write();
	};
	b.onkeydown = e => {
		const to = {ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: heads.length - 1}[e.key];
		const next = heads[to]?.firstChild;
		if (next) { next.focus(); e.preventDefault(); }
	};
});

// A table as CSV: numbers in base units, notes in columns of their own.
const csv = table => {
	const rows = [...table.tBodies[0].rows].map(r => [...r.cells]);
	const quote = s => /[",\n\r]/.test(s) ? '"' + s.replaceAll('"', '""') + '"' : s;
	const safe = s => /^[=+@\t\r]|^-(?![\d.]|$)/.test(s) ? "'" + s : s; // no formula for a spreadsheet
	const columns = all('th', table).map((th, i) => {
		const texts = rows.map(r => shown(r[i])), notes = rows.map(r => plain(r[i].querySelector('small')?.textContent ?? ''));
		const numbers = texts.map(number), found = numbers.filter(Boolean);
		const base = found.length && found.every(n => n.base === found[0].base) ? found[0].base : null;
		const values = base === null ? texts : texts.map((t, k) => numbers[k] ? String(Number(numbers[k].value.toPrecision(12))) : t === '—' ? '' : t);
		const name = plain(th.textContent), head = name + (base ? ' [' + base + ']' : '');
		return notes.some(Boolean) ? [[head, ...values], [name + ': note', ...notes]] : [[head, ...values]];
	}).flat();
	return columns[0].map((_, i) => columns.map(c => quote(safe(c[i]))).join(',')).join('\r\n') + '\r\n';
};
for (const table of all('table')) {
	const b = make('button', 'CSV', {type: 'button', class: 'csv', 'aria-label': 'Download as CSV: ' + table.closest('[role=region]').getAttribute('aria-label')});
	b.onclick = () => {
		const url = URL.createObjectURL(new Blob(['\ufeff' + csv(table)], {type: 'text/csv'}));
		make('a', '', {href: url, download: table.id + '.csv'}).click();
		setTimeout(() => URL.revokeObjectURL(url), 1000);
	};
	table.closest('.scroll').after(b);
}

// Curves on and off, in figures of one large chart.
const hide = figure => {
	for (const b of all('.curves button', figure)) {
		const off = (state.off[figure.id] ?? []).includes(b.dataset.ink);
		b.setAttribute('aria-pressed', String(!off));
		figure.classList.toggle('off-' + b.dataset.ink, off);
	}
};
const inked = g => /k-(\w+)/.exec(g.querySelector('.mark .f:last-of-type, .s')?.getAttribute('class') ?? '')?.[1];
for (const figure of all('figure.large')) {
	const curves = all('svg.wide g.curve', figure).filter(g => g.querySelector('.mark'));
	if (curves.length < 2) continue;
	const box = make('p', '', {class: 'curves', role: 'group', 'aria-label': 'Curves shown'});
	const seen = new Set();
	for (const g of curves) {
		const ink = inked(g);
		if (!ink || seen.has(ink)) continue;
		seen.add(ink);
		const b = make('button', g.querySelector('title').textContent, {type: 'button', 'data-ink': ink});
		b.prepend(make('span', '', {class: 'dot k-' + ink}));
		b.onclick = () => {
			const off = state.off[figure.id] ?? [];
			state.off[figure.id] = off.includes(ink) ? off.filter(x => x !== ink) : [...off, ink];
			hide(figure); write();
		};
		box.append(b);
	}
	figure.querySelector('h3').after(box);
}

// Arrow keys step through the points of a chart, and say each.
for (const svg of all('svg')) {
	const marks = all('.mark', svg).filter(m => m.querySelector(':scope > title'));
	if (!marks.length) continue;
	svg.setAttribute('tabindex', '0');
	let now = -1;
	svg.onkeydown = e => {
		const step = {ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: marks.length - 1}[e.key];
		if (e.key === 'Escape') svg.blur();
		if (step === undefined) return;
		e.preventDefault();
		marks[now]?.classList.remove('now');
		now = Math.min(Math.max(step, 0), marks.length - 1);
		marks[now].classList.add('now');
		let say = svg.closest('figure').querySelector('.point');
		if (!say) svg.closest('figure').append(say = make('p', '', {class: 'point', role: 'status'}));
		say.textContent = marks[now].querySelector('title').textContent;
	};
	svg.onblur = () => {
		marks[now]?.classList.remove('now');
		now = -1;
		svg.closest('figure').querySelector('.point')?.remove();
	};
}

// Place: what is folded around it unfolds, and an unfolded claim is the place.
const go = () => {
	const e = state.at && document.getElementById(state.at);
	for (let p = e; p; p = p.parentElement) if (p.nodeName === 'DETAILS') p.open = true;
	if (e) e.scrollIntoView();
};
const apply = () => {
	read(); paint();
	for (const table of all('table')) {
		const [column, direction] = state.sort[table.id] ?? [];
		if (direction && table.tHead.rows[0].cells[column]) sort(table, column, direction);
		else if (table.querySelector('[aria-sort]')) sort(table, 0, '');
	}
	all('figure.large').forEach(hide);
	go(); write();
};
for (const d of all('details.claim')) d.ontoggle = () => {
	const id = d.querySelector('[id]').id;
	if (d.open) state.at = id; else if (state.at === id) state.at = '';
	write();
};
addEventListener('hashchange', apply);
apply();
})();
