const slider = this.closest('.dockernet-film').querySelector('.widget-slider');
slider.dataset.lmSuppressShortcuts = 'true';
slider.querySelector('[role=slider]').setAttribute('aria-label', 'Step: move with the arrow keys');
