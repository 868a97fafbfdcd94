// What map.js and walk.js begin with: elements made of plain data, which become attributes and text nodes only.
const root = this.closest('.dockernet-map');
if (root.dataset.lmSuppressShortcuts) return;
root.dataset.lmSuppressShortcuts = 'true';
const SVG = 'http://www.w3.org/2000/svg';
const unique = `dockernet-map-${Math.random().toString(36).slice(2)}`;
const TAGS = ['circle', 'line', 'path', 'rect', 'text'];
const ATTRIBUTES = new Set(['x', 'y', 'width', 'height', 'rx', 'x1', 'y1', 'x2', 'y2', 'cx', 'cy', 'r', 'd', 'class', 'fill',
  'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linejoin', 'font-size', 'text-anchor', 'textLength']);
const filled = (element, attributes, ...children) => {
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
};
const html = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, ...children);
const svg = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, ...children);
const safe = (attributes) => Object.fromEntries(Object.entries(attributes).filter(([name]) => ATTRIBUTES.has(name)));
const stroke = ([tag, attributes, text]) => TAGS.includes(tag) && svg(tag, {
  ...safe(attributes), ...('textLength' in attributes ? { lengthAdjust: 'spacingAndGlyphs' } : {}),
}, text);
const strokes = (all) => all.map(stroke).filter(Boolean);

// As wide as the layout has it, or narrower if there is less room: then it can be shown in full, and scrolled.
const drawing = svg('svg', { role: 'group' });
const frame = html('div', { class: 'dockernet-map-frame' }, drawing);
const zoom = html('button', { type: 'button', class: 'dockernet-map-zoom', 'aria-pressed': 'false' }, 'Full size');
const fit = (width) => {
  const full = zoom.getAttribute('aria-pressed') === 'true';
  const wide = width * 96 / 72;
  const needed = wide * 0.95 > frame.clientWidth;
  zoom.hidden = !needed && !full;
  drawing.style.width = full ? `${wide}px` : '100%';
  drawing.style.maxWidth = `${wide}px`;
  filled(frame, full && needed ? { tabindex: '0', role: 'region', 'aria-label': 'The map, to be scrolled' } : {});
  if (!(full && needed)) ['tabindex', 'role', 'aria-label'].forEach((each) => frame.removeAttribute(each));
};
const zoomed = (width) => zoom.addEventListener('click', () => {
  zoom.setAttribute('aria-pressed', String(zoom.getAttribute('aria-pressed') !== 'true'));
  fit(width());
});

// The kernel's data come into a field of their own, in their own time; its placeholder is the number of the view.
const arriving = (parts, width, draw) => {
  let field;
  let seen = '';
  const look = () => {
    const stage = root.querySelector('.dockernet-stage');
    field ||= root.querySelector('textarea');
    if (!stage || !field || !field.value || field.placeholder === seen) return;
    if (!stage.firstChild) {
      stage.append(...parts);
      new ResizeObserver(() => fit(width())).observe(frame);
    }
    seen = field.placeholder;
    draw(JSON.parse(field.value));
  };
  new MutationObserver(look).observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ['placeholder'] });
  look();
};
