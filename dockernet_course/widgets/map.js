// Draws what the kernel says (see figures/map/page_view.py) and nothing else: all data become attributes and text nodes.
const SAID = { new: ', new', gone: ', gone', changed: ', changed' };
// Two things can be chosen for what is below the map: the first is who asks, the second who is asked.
const ROLES = { source: ['is-from', 'From'], target: ['is-to', 'To'] };
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const called = (thing) => (thing.id.startsWith('host/') ? 'host' : thing.title.replace(/^container /, ''));
const middle = (each) => {
  const box = each.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
};
const thingOf = (event) => event.target.closest('.dockernet-thing')?.dataset.id || '';
const hot = ({ id, x, y, w, h, mark, title: called, lines: told }) => svg('rect', {
  class: `dockernet-thing${id.startsWith('host/') ? ' is-host' : ''}`,
  'data-id': id, x, y, width: w, height: h, rx: 4, tabindex: '-1', role: 'img',
  'aria-label': [called + (SAID[mark] || ''), ...told].join('. '),
});
const cells = (tag, row) => html('tr', {}, ...row.map((cell) => html(tag, {
  dir: 'auto', ...(tag === 'th' ? { scope: 'col' } : {}),
}, cell)));

const render = async ({ model, el, host }) => {
  const unique = `dockernet-map-${Math.random().toString(36).slice(2)}`;
  const { drawing, frame, zoom, sized, done } = canvas();
  filled(drawing, { role: 'group', 'aria-describedby': `${unique}-how` });
  const title = html('div', { class: 'dockernet-map-title', dir: 'auto' });
  const name = html('strong', { dir: 'auto' });
  const lines = html('pre', { tabindex: '0', role: 'group', 'aria-label': 'The facts' });
  const facts = html('div', { class: 'dockernet-map-facts', id: `${unique}-facts` }, name, lines);
  const how = html('p', { class: 'dockernet-map-how', id: `${unique}-how` },
    'Point at something, or move to it with Tab and the arrow keys, to see its facts.');
  const news = html('div', { class: 'dockernet-map-news', role: 'status', dir: 'auto' });
  const table = html('table');
  const twin = html('details', {}, html('summary', {}, 'The same as a table'), table);

  // Who asks and who is asked is the kernel's to know; here it is chosen, and marked.
  let talk;
  let turn = 'source';
  let chosen = [];
  const choose = (thing) => {
    const name = thing && called(thing);
    if (!talk || talk.get('ended') || !talk.get(`${turn}s`).includes(name)) return false;
    talk.set(turn, name);
    talk.save_changes();
    turn = turn === 'source' ? 'target' : 'source';
    return true;
  };
  const sign = (role, n) => {
    const name = talk?.get(role);
    const thing = view.things.find((each) => /^(box|container|host)\//.test(each.id) && called(each) === name);
    if (!thing) return [];
    const [kind, word] = ROLES[role];
    const inset = thing.id.startsWith('host/') ? 2 : 0;
    return [svg('rect', { class: `dockernet-ring ${kind}`, x: thing.x + inset, y: thing.y + inset,
      width: thing.w - 2 * inset, height: thing.h - 2 * inset, rx: 6, 'aria-hidden': 'true' }),
    svg('text', { class: 'dockernet-role dn-bold', x: thing.x + 12 + 24 * n, y: thing.y - 2, 'aria-hidden': 'true' }, word)];
  };
  const mark = () => {
    chosen.forEach((each) => each.remove());
    chosen = Object.keys(ROLES).flatMap(sign);
    drawing.children[0]?.append(...chosen); // behind the labels
  };

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

  const thingAt = (event) => view.things.find(({ id }) => id === thingOf(event));

  const draw = (next) => {
    const focused = drawing.contains(document.activeElement);
    view = next;
    title.textContent = view.title;
    sized(view, `Map: ${view.title}`);
    const drawn = strokes(view.strokes);
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
    tell();
    mark();
  };

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
    if (event.key === 'Enter' && choose(thingAt(event))) event.preventDefault();
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
  drawing.addEventListener('click', (event) => choose(thingAt(event)));

  const known = button('Mark from now on', { title: 'What is there now counts as known; what comes later is marked' });
  known.addEventListener('click', () => model.send({ do: 'mark' }));
  const status = html('span', { class: 'dockernet-map-state' });
  follow(model, ['status', 'ended'], () => {
    status.textContent = model.get('status');
    known.disabled = model.get('ended');
  });
  const controls = html('div', { class: 'dockernet-buttons' }, known, status);
  const below = html('div');
  rooted(el, ['dockernet-map'],
    html('div', { class: 'dockernet-stage' }, title, frame, zoom, facts, how, news, twin), controls, below);
  follow(model, ['data'], () => draw(JSON.parse(model.get('data'))));

  // Only a map that somebody sees is followed.
  const sight = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    sight.disconnect();
    model.send({ do: 'look' });
  });
  sight.observe(frame);

  // Without a kernel nobody answers, and nothing changes.
  controls.hidden = !host;
  if (host && model.get('talk')) {
    talk = await host.getModel(model.get('talk'));
    follow(talk, ['source', 'target'], mark);
    await (await host.getWidget(model.get('talk'))).render({ el: below });
  }
  return () => {
    done();
    sight.disconnect();
  };
};
export default { render };
