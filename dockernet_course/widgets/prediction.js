const widget = this.closest('.dockernet-prediction');
if (widget.dataset.keys) return;
widget.dataset.keys = 'true';
const name = `prediction-${performance.now()}`;
widget.addEventListener('focusin', () => {
  widget.querySelectorAll('input[type=radio]').forEach((radio) => {
    radio.name = name;
    radio.dataset.lmSuppressShortcuts = 'true';
  });
});
// What the learner chose last (a browser's arrow keys click, too): the radio buttons themselves may show an earlier choice
// again for a moment, when the kernel's echo of it comes late.
let chosen;
widget.addEventListener('click', ({ target }) => {
  const radios = [...widget.querySelectorAll('input[type=radio]')];
  const [commit, said] = ['button', 'input[type=text]'].map((what) => widget.querySelector(what));
  if (radios.includes(target)) {
    chosen = radios.indexOf(target);
  } else if (target.closest('button') === commit && chosen !== undefined) {
    said.value = chosen;
    said.dispatchEvent(new Event('change', { bubbles: true }));
  }
}, true);
