// Steps through a film (see figures/film/page_view.py) without asking the kernel for anything.
const render = ({ model, el }) => {
  const { drawing, frame, zoom, sized, done } = canvas();
  let view = { steps: [] };
  const { back, next, at } = stepper((by) => go(Number(slider.value) + by));
  const slider = html('input', { type: 'range', min: 0, 'aria-label': 'Step: move with the arrow keys' });
  const title = html('div', { class: 'dockernet-map-title', dir: 'auto' });
  const what = html('strong');
  const where = html('span');
  const said = html('div', { role: 'status', dir: 'auto' }, what, where);
  const words = html('pre', { class: 'dockernet-film-words', dir: 'ltr' });
  const buttons = html('div', { class: 'dockernet-buttons', role: 'group', 'aria-label': 'Steps' }, back, next, slider);
  const go = (to) => {
    const last = view.steps.length - 1;
    const n = Math.max(0, Math.min(last, to));
    const step = view.steps[n];
    slider.value = n;
    slider.setAttribute('aria-valuetext', `${n} of ${last}`);
    at(n === 0, n === last, slider);
    what.textContent = `${n} of ${last}: ${step.title}`;
    where.textContent = ` (${step.at_ms.toFixed(3)} ms, ${step.where})`;
    words.textContent = step.words;
    words.hidden = !step.words;
    drawing.replaceChildren(...strokes(step.strokes));
    sized(view, step.alt);
  };
  slider.addEventListener('input', () => go(Number(slider.value)));
  rooted(el, ['dockernet-film'],
    html('div', { class: 'dockernet-stage' }, title, buttons, said, frame, zoom, words));
  follow(model, ['data'], () => {
    view = JSON.parse(model.get('data'));
    title.textContent = view.title;
    slider.max = view.steps.length - 1;
    go(0);
  });
  return done;
};
export default { render };
