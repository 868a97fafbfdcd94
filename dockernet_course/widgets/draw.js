// What the modules of the drawn widgets begin with: elements made of plain data, which become attributes and text nodes only.
const SVG = 'http://www.w3.org/2000/svg';
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
const button = (words, attributes = {}) => html('button', { type: 'button', class: 'dockernet-button', ...attributes }, words);

// A widget's element: of these classes, and JupyterLab leaves the keys that are pressed in it alone. Its selectors match
// what has the focus first, before they come to the element around.
const rooted = (el, classes, ...children) => {
  const ours = ({ dataset }) => { dataset.lmSuppressShortcuts = 'true'; };
  el.classList.add('dockernet-widget', ...classes);
  ours(el);
  el.addEventListener('focusin', ({ target }) => ours(target));
  el.append(...children);
};

// What the kernel says of a state, now and whenever it says something else.
const follow = (model, names, show) => {
  names.forEach((name) => model.on(`change:${name}`, show));
  show();
};

// As wide as the layout has it, or narrower if there is less room: then it can be shown in full, and scrolled.
const canvas = () => {
  let wide = 0;
  const drawing = svg('svg', { role: 'img' });
  const frame = html('div', { class: 'dockernet-map-frame' }, drawing);
  const zoom = button('Full size', { class: 'dockernet-button dockernet-map-zoom', 'aria-pressed': 'false' });
  const fit = () => {
    const full = zoom.getAttribute('aria-pressed') === 'true';
    const needed = wide * 0.95 > frame.clientWidth;
    zoom.hidden = !needed && !full;
    drawing.style.width = full ? `${wide}px` : '100%';
    drawing.style.maxWidth = `${wide}px`;
    filled(frame, full && needed ? { tabindex: '0', role: 'region', 'aria-label': 'The map, to be scrolled' } : {});
    if (!(full && needed)) ['tabindex', 'role', 'aria-label'].forEach((each) => frame.removeAttribute(each));
  };
  zoom.addEventListener('click', () => {
    zoom.setAttribute('aria-pressed', String(zoom.getAttribute('aria-pressed') !== 'true'));
    fit();
  });
  const room = new ResizeObserver(fit);
  room.observe(frame);
  const sized = ({ width, height }, label) => {
    wide = width * 96 / 72; // from points
    filled(drawing, { viewBox: `0 0 ${width} ${height}`, 'aria-label': label });
    fit();
  };
  return { drawing, frame, zoom, sized, done: () => room.disconnect() };
};

// Back and Next. One that leads nowhere is switched off; if it has the focus, that goes to what still can be used.
const stepper = (by) => {
  const back = button('◀ Back', { title: 'One step back' });
  const next = button('Next ▶', { title: 'One step on' });
  back.addEventListener('click', () => by(-1));
  next.addEventListener('click', () => by(+1));
  const at = (first, last, otherwise) => {
    const held = document.activeElement;
    back.disabled = first;
    next.disabled = last;
    if (held === next && last) (first ? otherwise : back).focus();
    if (held === back && first) (last ? otherwise : next).focus();
  };
  return { back, next, at };
};

// The question of a prediction: the kernel's HTML, made of our own Markdown.
const asked = (model) => {
  const text = html('p', {}, html('strong', {}, 'Predict: '));
  text.insertAdjacentHTML('beforeend', model.get('text'));
  return text;
};
