'use strict';

// While the worker is at an import, its page asks how far it is, and is loaded anew once the state is another.
// Too much for one upload is told before it is sent.

const EVERY = 1000;
const LATER = 5000;

function follow(box) {
    const bar = box.querySelector('progress');
    const words = box.querySelector('[role="status"]');

    async function ask() {
        let wait = EVERY;
        try {
            const answer = await fetch(box.dataset.url, {headers: {Accept: 'application/json'}, redirect: 'manual'});
            if (answer.type === 'opaqueredirect') {
                words.textContent = box.dataset.loggedOut;
                return;
            }
            if (answer.status === 404 || answer.status === 403) {
                location.reload();
                return;
            }
            const progress = await answer.json();
            if (progress.state !== box.dataset.state) {
                location.reload();
                return;
            }
            if (progress.total) {
                bar.max = progress.total;
                bar.value = progress.done;
            }
            if (words.textContent !== progress.text) {
                words.textContent = progress.text;
            }
        } catch {
            words.textContent = box.dataset.lost;
            wait = LATER;
        }
        setTimeout(ask, wait);
    }

    setTimeout(ask, EVERY);
}

function watchSize(form) {
    const file = form.elements.file;
    const text = form.elements.text;

    function check() {
        const large = file.files.length > 0 && file.files[0].size > Number(file.dataset.most);
        file.setCustomValidity(large ? form.dataset.fileTooLarge : '');
        const long = new Blob([text.value]).size > Number(text.dataset.most);
        text.setCustomValidity(long ? form.dataset.textTooLarge : '');
    }

    file.addEventListener('change', check);
    text.addEventListener('input', check);
    check();
}

document.querySelectorAll('#csv-progress').forEach(follow);
document.querySelectorAll('#csv-upload').forEach(watchSize);
