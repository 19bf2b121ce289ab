'use strict';

// What every page of the staff has: toasts, forms that show that they work, the choice of language, runs to wait for.

const playlistService = (() => {
    const SECONDS_SHOWN = 6;
    const LONGEST_WAIT = 20;

    const toasts = () => document.getElementById('toasts');

    const announce = (text, urgent) => {
        const announcer = document.getElementById('announcer');
        announcer.setAttribute('aria-live', urgent ? 'assertive' : 'polite');
        const line = document.createElement('p');
        line.textContent = text;
        announcer.replaceChildren(line);
    };

    // Good news goes by itself, unless somebody points at it; the rest stays until it is closed.
    const leaveByItself = toast => {
        let timer;
        const wait = () => {
            clearTimeout(timer);
            timer = setTimeout(() => toast.remove(), SECONDS_SHOWN * 1000);
        };
        for (const event of ['mouseenter', 'focusin']) {
            toast.addEventListener(event, () => clearTimeout(timer));
        }
        for (const event of ['mouseleave', 'focusout']) {
            toast.addEventListener(event, wait);
        }
        wait();
    };

    const dress = toast => {
        const close = document.createElement('button');
        close.type = 'button';
        close.className = 'toast-close';
        close.setAttribute('aria-label', gettext('Close this message'));
        close.textContent = '×';
        close.addEventListener('click', () => toast.remove());
        const text = toast.textContent.trim();
        toast.append(close);
        if (toast.classList.contains('success') || toast.classList.contains('info')) {
            leaveByItself(toast);
        }
        return text;
    };

    /** Show a toast: level is success, warning or error; more are nodes to put behind the text. */
    const toast = (level, text, ...more) => {
        const item = document.createElement('li');
        const words = document.createElement('span');
        words.append(text, ...more);
        item.className = level;
        item.append(words);
        announce(dress(item), level === 'error');
        toasts().append(item);
        return item;
    };

    const reasonIn = async response => {
        if (response.redirected || response.status === 401) {
            return gettext('You are no longer logged in.');
        }
        try {
            const {error} = await response.json();
            const fields = Object.values(error.fields ?? {}).flat();
            return fields.length ? fields.join(' ') : error.message;
        } catch {
            return gettext('The server refused it.');
        }
    };

    /** Call the REST API and return its data; throws an Error whose message is for people. */
    const callApi = async (method, path, body) => {
        let response;
        try {
            response = await fetch(path, {
                method,
                headers: {
                    'Content-Type': 'application/json',
                    'Accept-Language': document.documentElement.lang,
                    'X-CSRFToken': document.querySelector('[name=csrfmiddlewaretoken]').value,
                },
                body: JSON.stringify(body),
            });
        } catch {
            throw new Error(gettext('The server could not be reached.'));
        }
        if (!response.ok) {
            throw new Error(await reasonIn(response));
        }
        return (await response.json()).data;
    };

    // Whatever changes something shows that it works, and cannot be sent twice.
    const showWork = form => {
        form.addEventListener('submit', event => {
            if (form.getAttribute('aria-busy') === 'true') {
                event.preventDefault();
                return;
            }
            form.setAttribute('aria-busy', 'true');
            const words = form.dataset.busy ?? gettext('Working…');
            // Once the browser has taken what it sends, of which the button may be a part.
            setTimeout(() => {
                const button = event.submitter;
                if (button instanceof HTMLInputElement) {
                    button.value = words;
                } else if (button) {
                    button.textContent = words;
                }
                announce(words, false);
            });
        });
    };

    /**
     * Call ``save`` when another option of a select is chosen: at once with the mouse, and with the keyboard on Enter,
     * as each arrow key chooses another one; ``leaving``: also when the select is left.
     */
    const onChoice = (select, save, {leaving}) => {
        let before = select.value;
        let byKeyboard = false;
        const settle = () => {
            select.classList.remove('unsaved');
            if (select.value !== before) {
                before = select.value;
                Promise.resolve(save()).then(() => {
                    before = select.value;
                });
            }
        };
        select.addEventListener('pointerdown', () => {
            byKeyboard = false;
        });
        select.addEventListener('keydown', event => {
            byKeyboard = true;
            if (event.key === 'Enter') {
                settle();
            } else if (event.key === 'Escape') {
                select.value = before;
                select.classList.remove('unsaved');
            }
        });
        select.addEventListener('change', () => {
            if (byKeyboard) {
                select.classList.toggle('unsaved', select.value !== before);
            } else {
                settle();
            }
        });
        if (leaving) {
            select.addEventListener('blur', settle);
        }
    };

    // A run that somebody else has started: look again until it has ended, then show how.
    const waitForRun = async mark => {
        let wait = 1;
        while (document.contains(mark)) {
            await new Promise(resolve => setTimeout(resolve, wait * 1000));
            wait = Math.min(wait * 1.5, LONGEST_WAIT);
            try {
                const response = await fetch(mark.dataset.runs);
                if (response.ok && !response.redirected && !(await response.json()).running) {
                    window.location.reload();
                    return;
                }
            } catch {
                // The server cannot be reached for a moment: the next look tells.
            }
        }
    };

    // Django's drop-downs with a search, and its lists to choose from, do not tell screen readers what they are.
    const nameWidgets = () => {
        for (const select of document.querySelectorAll('select.select2-hidden-accessible')) {
            const name = select.labels[0]?.textContent.replace(':', '').trim() || select.getAttribute('aria-label') || select.name;
            const box = select.nextElementSibling;
            for (const part of box?.querySelectorAll('.select2-selection, span.select2-selection__rendered, .select2-search__field') ?? []) {
                part.setAttribute('aria-label', name);
            }
            // A button stands among its entries, which a list must not have.
            box?.querySelector('ul.select2-selection__rendered')?.setAttribute('role', 'none');
        }
        for (const moment of document.querySelectorAll('p.datetime')) {
            const name = moment.closest('.form-row')?.querySelector('label')?.textContent.replace(':', '').trim() ?? '';
            const [date, time] = moment.querySelectorAll('input');
            date.setAttribute('aria-label', `${name}, ${gettext('date')}`);
            time.setAttribute('aria-label', `${name}, ${gettext('time')}`);
        }
        for (const hint of document.querySelectorAll('.help-tooltip[aria-label]')) {
            hint.setAttribute('role', 'img');
        }
    };

    // On a telephone each row is shown as a card, in which every value needs the name of its column.
    const nameCells = table => {
        const names = [...table.tHead?.rows[0]?.cells ?? []].map(cell => cell.innerText.trim());
        for (const row of table.tBodies[0]?.rows ?? []) {
            [...row.cells].forEach((cell, index) => cell.setAttribute('data-label', names[index] ?? ''));
        }
    };

    document.addEventListener('DOMContentLoaded', () => {
        const given = [...toasts()?.children ?? []];
        const texts = given.map(dress);
        if (texts.length) {
            // After the page itself has been read out, or it is not heard.
            setTimeout(() => announce(texts.join(' '), given.some(item => item.classList.contains('error'))), 300);
        }
        document.querySelectorAll('.results table, table.cards').forEach(nameCells);
        if (window.matchMedia('(max-width: 767px)').matches) {
            // They stand above the list there, so only their names are shown at first.
            document.querySelectorAll('#changelist-filter details').forEach(filter => filter.removeAttribute('open'));
        }
        document.querySelectorAll('main form[method=post]').forEach(showWork);
        document.querySelectorAll('[data-runs]').forEach(waitForRun);
        // Once those that make them are done.
        setTimeout(nameWidgets);
        const language = document.getElementById('language-choice');
        if (language) {
            onChoice(language, () => language.form.submit(), {leaving: false});
        }
    });
    // Django makes its lists to choose from as late as this.
    window.addEventListener('load', () => setTimeout(nameWidgets));
    // Back in the browser's history, the page is as it was left.
    window.addEventListener('pageshow', event => event.persisted && window.location.reload());

    return {toast, callApi, onChoice};
})();
