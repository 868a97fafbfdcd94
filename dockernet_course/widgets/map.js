// Draws what the kernel says (see figures/view.py) and nothing else: all data become attributes and text nodes.
const root = this.closest('.dockernet-map');
if (root.dataset.lmSuppressShortcuts) return;
root.dataset.lmSuppressShortcuts = 'true';
const SVG = 'http://www.w3.org/2000/svg';
const unique = `dockernet-map-${Math.random().toString(36).slice(2)}`;
const TAGS = ['circle', 'line', 'path', 'rect', 'text'];
const ATTRIBUTES = new Set(['x', 'y', 'width', 'height', 'rx', 'x1', 'y1', 'x2', 'y2', 'cx', 'cy', 'r', 'd', 'class', 'fill',
  'stroke', 'stroke-width', 'stroke-dasharray', 'font-size', 'text-anchor', 'textLength']);
const SAID = { new: ', new', gone: ', gone', changed: ', changed' };
const filled = (element, attributes, ...children) => {
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
};
const html = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, ...children);
const svg = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, ...children);
const safe = (attributes) => Object.fromEntries(Object.entries(attributes).filter(([name]) => ATTRIBUTES.has(name)));

const title = html('div', { class: 'dockernet-map-title', dir: 'auto' });
const drawing = svg('svg', { role: 'group', 'aria-describedby': `${unique}-how` });
const frame = html('div', { class: 'dockernet-map-frame' }, drawing);
const zoom = html('button', { type: 'button', class: 'dockernet-map-zoom', 'aria-pressed': 'false' }, 'Full size');
const name = html('strong', { dir: 'auto' });
const lines = html('pre', { tabindex: '0', role: 'group', 'aria-label': 'The facts' });
const facts = html('div', { class: 'dockernet-map-facts', id: `${unique}-facts` }, name, lines);
const how = html('p', { class: 'dockernet-map-how', id: `${unique}-how` },
  'Point at something, or move to it with Tab and the arrow keys, to see its facts.');
const news = html('div', { class: 'dockernet-map-news', role: 'status', dir: 'auto' });
const table = html('table');
const twin = html('details', {}, html('summary', {}, 'The same as a table'), table);

let view = { things: [] };
let asked = '';   // what has the focus, or had it last
let pointed = ''; // what the mouse is over
const elements = () => [...drawing.querySelectorAll('.dockernet-thing')];
const element = (id) => elements().find((each) => each.dataset.id === id);

// Around what is told: behind the labels that lie on its edge, so that they can still be read.
let rings = [];
const ringed = ({ x, y, w, h, front }, kind) => {
  const ring = svg('rect', { class: `dockernet-ring ${kind}`, x, y, width: w, height: h, rx: 4, 'aria-hidden': 'true' });
  drawing.children[front ? 1 : 0].append(ring);
  return ring;
};
const tell = () => {
  const thing = view.things.find(({ id }) => id === (pointed || asked));
  rings.forEach((ring) => ring.remove());
  rings = thing ? [ringed(thing, 'is-told')] : [];
  const focused = view.things.find(({ id }) => id === document.activeElement?.dataset.id);
  if (focused && drawing.querySelector('.dockernet-thing:focus-visible')) rings.push(ringed(focused, 'is-focused'));
  name.textContent = thing ? thing.title : 'Facts';
  lines.textContent = thing ? thing.lines.join('\n') || 'Nothing more is known of it.' : how.textContent;
};
const stop = (id) => elements().forEach((each) => each.setAttribute('tabindex', each.dataset.id === id ? '0' : '-1'));
const thingOf = (event) => event.target.closest('.dockernet-thing')?.dataset.id || '';

const hot = ({ id, x, y, w, h, mark, title: called, lines: told }) => svg('rect', {
  class: `dockernet-thing${id === 'host/host' ? ' is-host' : ''}`,
  'data-id': id, x, y, width: w, height: h, rx: 4, tabindex: '-1', role: 'img',
  'aria-label': [called + (SAID[mark] || ''), ...told].join('. '),
});
const cells = (tag, row) => html('tr', {}, ...row.map((cell) => html(tag, {
  dir: 'auto', ...(tag === 'th' ? { scope: 'col' } : {}),
}, cell)));

const fit = () => {
  const full = zoom.getAttribute('aria-pressed') === 'true';
  const wide = view.width * 96 / 72;
  const needed = wide * 0.95 > frame.clientWidth;
  zoom.hidden = !needed && !full;
  drawing.style.width = full ? `${wide}px` : '100%';
  drawing.style.maxWidth = `${wide}px`;
  filled(frame, full && needed ? { tabindex: '0', role: 'region', 'aria-label': 'The map, to be scrolled' } : {});
  if (!(full && needed)) ['tabindex', 'role', 'aria-label'].forEach((each) => frame.removeAttribute(each));
};
const draw = (next) => {
  const focused = drawing.contains(document.activeElement);
  view = next;
  title.textContent = view.title;
  filled(drawing, { viewBox: `0 0 ${view.width} ${view.height}`, 'aria-label': `Map: ${view.title}` });
  const drawn = view.strokes.map(([tag, attributes, text]) => TAGS.includes(tag) && svg(tag, {
    ...safe(attributes), ...(tag === 'text' ? { lengthAdjust: 'spacingAndGlyphs' } : {}),
  }, text)).filter(Boolean);
  drawing.replaceChildren(
    svg('g', { 'aria-hidden': 'true' }, ...drawn.slice(0, view.behind)),
    svg('g', { 'aria-hidden': 'true' }, ...drawn.slice(view.behind)),
    ...view.things.map(hot),
  );
  if (!element(asked)) asked = '';
  if (!element(pointed)) pointed = '';
  stop(asked || 'host/host');
  if (focused) (element(asked) || element('host/host')).focus({ preventScroll: true });
  if (news.textContent !== view.news) news.textContent = view.news;
  table.replaceChildren(
    html('caption', {}, view.title),
    html('thead', {}, cells('th', view.columns)),
    html('tbody', {}, ...view.rows.map((row) => cells('td', row))),
  );
  fit();
  tell();
};

const middle = (each) => {
  const box = each.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
};
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const towards = (here, [dx, dy]) => {
  const [x, y] = middle(here);
  const far = (each) => {
    const [cx, cy] = middle(each);
    const along = (cx - x) * dx + (cy - y) * dy;
    const aside = Math.abs((cx - x) * dy + (cy - y) * dx);
    return each !== here && along > 2 && aside <= along * 4 ? along + 2 * aside : Infinity;
  };
  return elements().filter((each) => far(each) < Infinity).sort((a, b) => far(a) - far(b))[0];
};
drawing.addEventListener('keydown', (event) => {
  const here = event.target.closest('.dockernet-thing');
  if (!here) return;
  const all = elements();
  const next = WAYS[event.key] ? towards(here, WAYS[event.key])
    : event.key === 'Home' ? all[0] : event.key === 'End' ? all[all.length - 1] : undefined;
  if (!WAYS[event.key] && !next) return;
  event.preventDefault();
  event.stopPropagation();
  next?.focus();
});
drawing.addEventListener('focusin', (event) => {
  asked = thingOf(event);
  pointed = '';
  stop(asked);
  tell();
});
drawing.addEventListener('focusout', () => setTimeout(tell));
drawing.addEventListener('pointerover', (event) => { pointed = thingOf(event); tell(); });
drawing.addEventListener('pointerleave', () => { pointed = ''; tell(); });
zoom.addEventListener('click', () => {
  zoom.setAttribute('aria-pressed', String(zoom.getAttribute('aria-pressed') !== 'true'));
  fit();
});

// The kernel's data come into a field of their own, in their own time; its placeholder is the number of the view.
let field;
let seen = '';
const look = () => {
  const stage = root.querySelector('.dockernet-stage');
  field ||= root.querySelector('textarea');
  if (!stage || !field || !field.value || field.placeholder === seen) return;
  if (!stage.firstChild) {
    stage.append(title, frame, zoom, facts, how, news, twin);
    new ResizeObserver(fit).observe(frame);
  }
  seen = field.placeholder;
  draw(JSON.parse(field.value));
};
new MutationObserver(look).observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ['placeholder'] });
look();
