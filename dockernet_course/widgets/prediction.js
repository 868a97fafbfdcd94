// A question, its options, Commit and Skip. What is committed to is what is chosen here, however busy the kernel is.
let made = 0;

const render = ({ model, el }) => {
  const group = `dockernet-prediction-${made += 1}`;
  const commit = button('Commit', { title: 'Commit to the chosen answer' });
  const skip = button('Skip', { title: 'Go on without an answer; the explanation unfolds' });
  const radios = model.get('options').map(() => html('input', { type: 'radio', name: group }));
  const labels = model.get('options').map((words, n) => html('label', {}, radios[n], html('span', { dir: 'auto' }, words)));
  const chosen = () => radios.findIndex(({ checked }) => checked);
  const show = () => {
    [...radios, skip].forEach((each) => { each.disabled = model.get('closed'); });
    commit.disabled = model.get('closed') || chosen() < 0;
  };
  radios.forEach((radio, n) => radio.addEventListener('change', () => {
    model.set('choice', n);
    model.save_changes();
    show();
  }));
  commit.addEventListener('click', () => model.send({ do: 'commit', choice: chosen() }));
  skip.addEventListener('click', () => model.send({ do: 'skip' }));
  const said = html('div', { role: 'status' });
  rooted(el, ['dockernet-prediction'], asked(model),
    html('div', { role: 'radiogroup', 'aria-label': model.get('name'), title: model.get('name') }, ...labels),
    html('div', { class: 'dockernet-buttons' }, commit, skip), said);
  follow(model, ['feedback'], () => { said.innerHTML = model.get('feedback'); });
  if (model.get('choice') !== null) radios[model.get('choice')].checked = true; // another view, or the page of before
  follow(model, ['closed'], show);
};
export default { render };
