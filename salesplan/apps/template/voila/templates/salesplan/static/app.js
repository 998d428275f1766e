// The page of a salesplan app: closes its kernel when it is left, fills its header, starts downloads, moves what was opened into sight.
(function () {
  'use strict';
  var self = document.currentScript;
  document.documentElement.lang = self.dataset.language || 'en';
  document.title = self.dataset.title || document.title;

  var send = navigator.sendBeacon.bind(navigator);
  navigator.sendBeacon = function (url, data) {
    var token = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/);
    if (token && String(url).indexOf('/voila/api/shutdown/') >= 0) {
      var form = new FormData();
      form.append('_xsrf', decodeURIComponent(token[1]));
      return send(url, form);
    }
    return send(url, data);
  };

  window.voila_process = function (cell, cells) {
    var words = self.dataset.progress;
    if (window.update_loading_text && words) {
      window.update_loading_text(cell, cells, words.replace('{cell}', cell).replace('{cells}', cells));
    }
  };
  window.voila_heartbeat = function () {};

  // What a slider stands for is said in the words beside it, not by the number of its place.
  function sayPairs() {
    document.querySelectorAll('.sp-k-pair').forEach(function (pair) {
      var said = pair.querySelector('.sp-k-said');
      var handle = pair.querySelector('.noUi-handle');
      if (said && handle && handle.getAttribute('aria-valuetext') !== said.textContent) {
        handle.setAttribute('aria-valuetext', said.textContent);
      }
    });
  }
  new MutationObserver(sayPairs).observe(document.documentElement, {
    childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ['aria-valuetext']
  });

  var started = new WeakSet();
  function look() {
    var note = document.querySelector('.sp-provenance[data-source]');
    var facts = document.querySelector('.sp-facts');
    if (note && facts && facts.hidden) {
      ['source', 'period'].forEach(function (name) {
        var slot = facts.querySelector('[data-fact="' + name + '"]');
        slot.querySelector('b').textContent = note.dataset[name] || '';
        slot.hidden = !note.dataset[name];
      });
      facts.hidden = false;
    }
    document.querySelectorAll('a[data-sp-start]').forEach(function (link) {
      if (!started.has(link)) {
        started.add(link);
        link.click();
      }
    });
    document.querySelectorAll('[data-sp-show]').forEach(function (opened) {
      if (!started.has(opened)) {
        started.add(opened);
        opened.scrollIntoView({ block: 'nearest' });
      }
    });
  }
  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
})();
