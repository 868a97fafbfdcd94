// Steps through a walk (see figures/walk/page_view.py) without asking the kernel for anything.
const SECOND = 1000;

// The list: a packet's heading, and its steps below.
const end = (step, what) => html('span', step.changed.includes(what) ? { class: 'is-changed' } : {},
  (step.changed.includes(what) ? '✎' : '') + step[what]);
const note = ({ sign, words, rule }) => html('span', { class: 'dockernet-walk-note', 'data-sign': sign },
  html('span', { 'aria-hidden': 'true' }, `${sign} `), words + (rule ? ', by the rule' : ''), ...(rule ? [html('code', {}, rule)] : []));
const row = (leg, step) => {
  const ends = step.source ? [html('span', { class: 'dockernet-walk-ends' }, end(step, 'source'), ' → ', end(step, 'target'))] : [];
  return html('button', { type: 'button', class: 'dockernet-walk-step', tabindex: '-1', dir: 'auto' },
    html('span', { class: `dockernet-walk-number is-${leg.tone}${leg.back ? ' is-back' : ''}` }, String(step.number)),
    html('span', { class: 'dockernet-walk-words' }, step.words), ...ends, ...step.notes.map(note));
};
const section = (leg) => {
  const sample = svg('svg', { viewBox: '-1 0 28 12', width: 36, height: 16, 'aria-hidden': 'true' }, ...strokes(leg.sample));
  const rows = leg.steps.map((step) => html('li', {}, step.button = row(leg, step)));
  return [html('p', { class: 'dockernet-walk-leg', dir: 'auto' }, sample, leg.title),
    html('ol', leg.steps.length ? { start: leg.steps[0].number } : {}, ...rows)];
};

const render = ({ model, el }) => {
  const { drawing, frame, zoom, sized, done } = canvas();
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const title = html('div', { class: 'dockernet-map-title', dir: 'auto' });
  const command = html('code', { class: 'dockernet-walk-command', dir: 'ltr' });
  const by = (step) => { halt(); go(at + step); };
  const { back, next, at: ends } = stepper(by);
  const play = button('Play');
  const said = html('div', { class: 'dockernet-walk-said', role: 'status', dir: 'auto' });
  const buttons = html('div', { class: 'dockernet-buttons', role: 'group', 'aria-label': 'Steps' }, back, next, play);
  const list = html('div', { class: 'dockernet-walk-list', role: 'group', 'aria-label': 'The steps' });
  const maps = html('div', { class: 'dockernet-walk-map' }, frame, zoom);
  const body = html('div', { class: 'dockernet-walk-body' }, maps, list);

  let view = { width: 0 };
  let steps = []; // each with its elements: the button in the list, what is drawn on the map, the number there
  let at = 0;
  let playing = 0;
  let moving = 0;
  const dot = svg('circle', { class: 'dockernet-walk-dot', r: 7.6, cx: 0, cy: 0 });

  // Where the dot is: it runs along the step's line, if motion is welcome and the step is the next one.
  const put = ({ x, y }) => filled(dot, { cx: x, cy: y });
  const run = (way) => {
    const track = svg('path', { d: `M${way.map((point) => point.join(' ')).join('L')}` });
    const long = track.getTotalLength();
    const began = performance.now();
    cancelAnimationFrame(moving);
    const frameOf = (now) => {
      const part = Math.min(1, Math.max(0, now - began) / (SECOND * 0.6));
      put(track.getPointAtLength(part * long));
      if (part < 1) moving = requestAnimationFrame(frameOf);
    };
    moving = requestAnimationFrame(frameOf);
  };
  const halt = () => {
    clearInterval(playing);
    playing = 0;
    play.textContent = 'Play';
  };
  const reveal = (button) => {
    const [outer, inner] = [list.getBoundingClientRect(), button.getBoundingClientRect()];
    if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top + 8;
    if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom + 8;
  };
  const go = (to) => {
    const forward = to === at + 1;
    at = Math.max(1, Math.min(steps.length, to));
    steps.forEach((step, n) => {
      const here = n + 1 === at;
      [...step.drawn, step.stop].forEach((each) => { each.style.display = n < at ? '' : 'none'; });
      step.stop.classList.toggle('is-here', here);
      step.button.tabIndex = here ? 0 : -1;
      if (here) step.button.setAttribute('aria-current', 'step'); else step.button.removeAttribute('aria-current');
    });
    const step = steps[at - 1];
    const [x, y] = step.way[step.way.length - 1];
    cancelAnimationFrame(moving);
    if (forward && !still.matches && step.way.length > 1) run(step.way); else put({ x, y });
    reveal(step.button);
    ends(at === 1, at === steps.length, play);
    if (at === steps.length) halt();
    const last = at === steps.length ? ` ${view.end}` : '';
    said.textContent = `Step ${at} of ${steps.length}: ${[step.words, ...step.notes.map(({ words }) => words)].join('; ')}.${last}`;
  };

  const draw = (given) => {
    halt();
    cancelAnimationFrame(moving);
    view = given;
    title.textContent = view.title;
    command.textContent = view.command;
    sized(view, `Map: ${view.title}`);
    steps = view.legs.flatMap((leg) => leg.steps);
    steps.forEach((step) => {
      step.drawn = [step.behind, step.lines].map((lines) => svg('g', {}, ...strokes(lines)));
      step.stop = svg('g', { class: 'dockernet-walk-stop' }, ...strokes(step.stops));
    });
    const map = strokes(view.strokes);
    const [low, high] = view.layers;
    drawing.replaceChildren(
      svg('g', {}, ...map.slice(0, low)), svg('g', {}, ...steps.map(({ drawn: [behind] }) => behind)),
      svg('g', {}, ...map.slice(low, high)), svg('g', {}, ...steps.map(({ drawn: [, lines] }) => lines)),
      svg('g', {}, ...map.slice(high)), svg('g', {}, ...steps.map(({ stop }) => stop)), ...(steps.length ? [dot] : []),
    );
    const verdict = html('p', { class: 'dockernet-walk-end', dir: 'auto' }, `${view.ok ? '✔' : '✗'} ${view.end}`);
    list.replaceChildren(...view.legs.flatMap(section), ...view.after.map((words) => html('p', { dir: 'auto' }, words)), verdict);
    buttons.hidden = !steps.length;
    if (steps.length) go(1); else said.textContent = view.end;
  };

  play.addEventListener('click', () => {
    if (playing) { halt(); return; }
    play.textContent = 'Pause';
    playing = setInterval(() => { if (el.isConnected) go(at + 1); else halt(); }, SECOND);
    go(at === steps.length ? 1 : at + 1);
  });
  list.addEventListener('click', (event) => {
    const chosen = steps.findIndex(({ button }) => button === event.target.closest('button'));
    if (chosen >= 0) { halt(); go(chosen + 1); }
  });
  const KEYS = { ArrowDown: () => at + 1, ArrowRight: () => at + 1, ArrowUp: () => at - 1, ArrowLeft: () => at - 1,
    Home: () => 1, End: () => steps.length };
  list.addEventListener('keydown', (event) => {
    if (!KEYS[event.key] || !event.target.closest('.dockernet-walk-step')) return;
    event.preventDefault();
    event.stopPropagation();
    halt();
    go(KEYS[event.key]());
    steps[at - 1].button.focus({ preventScroll: true });
  });
  zoom.addEventListener('click', () => body.classList.toggle('is-full')); // the list makes room for the map
  const stage = html('div', { class: 'dockernet-stage' }, title, command, buttons, said, body);
  follow(model, ['data'], () => { // before the first walk there is nothing to see
    if (!model.get('data')) return;
    if (!stage.isConnected) rooted(el, ['dockernet-map', 'dockernet-walk'], stage);
    draw(JSON.parse(model.get('data')));
  });
  return () => {
    done();
    halt();
    cancelAnimationFrame(moving);
  };
};
export default { render };
